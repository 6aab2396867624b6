"""``ternd bench``: what a sentence costs on this machine, with everything from text to entities, and what the daemon weighs.

The sentences are run over the demo's home as its devices announce it, or over a home file.
"""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path

from appliance import config
from appliance.batch import Batch
from appliance.demo.main import demo_home
from appliance.engine import bench as engine_bench
from appliance.errors import TerndError
from appliance.health import rss_mb
from appliance.home import load_home
from appliance.messages import Home
from appliance.opening import SHIPPED_MODEL, make_interpreter, open_command_model

ROUNDS = 5
"""Times each sentence is read; the best of them counts, because others use the machine too."""
_PROMPT_TOKENS = 16
_READY_S = 30.0
_IDLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Report:
    """Figures of one run."""

    model_bytes: int
    """All files of the command model."""
    open_ms: float
    """Opening it: checksums, mapping, a test sentence."""
    sentences: int
    entities: int
    p50_ms: float
    """Per sentence: understand and decide."""
    p95_ms: float
    first_p50_ms: float
    """The same for the first time each sentence is read."""
    ready_ms: float
    """From starting ``ternd run`` to READY=1."""
    rss_mb: float
    """Resident memory of that daemon, idle."""
    engine: engine_bench.Report


def measure(model: Path | None = None, home: Path | None = None) -> Report:
    """Measure the command model in `model` (the shipped one) over `home` (the demo's)."""
    directory = model or SHIPPED_MODEL
    snapshot: Home = load_home(home) if home is not None else demo_home()
    sentences = resources.files("appliance").joinpath("data/bench.txt").read_text("utf-8").splitlines()
    with contextlib.ExitStack() as parts:
        start = time.perf_counter()
        _, command = open_command_model(directory, parts)
        opened = 1000 * (time.perf_counter() - start)
        batch = Batch(make_interpreter(command, config.ModelSettings()), snapshot)
        batch.run("turn on the lights")  # the first one builds the index of names
        rounds = [[batch.run(sentence)["ms"] for sentence in sentences] for _ in range(ROUNDS)]
        best = sorted(min(times) for times in zip(*rounds, strict=True))
    ready, weight = _daemon()
    return Report(
        model_bytes=sum(file.stat().st_size for file in directory.iterdir() if file.is_file()),
        open_ms=round(opened, 1),
        sentences=len(sentences),
        entities=len(snapshot.entities),
        p50_ms=round(statistics.median(best), 2),
        p95_ms=round(best[int(0.95 * len(best))], 2),
        first_p50_ms=round(statistics.median(rounds[0]), 2),
        ready_ms=round(ready),
        rss_mb=weight,
        engine=engine_bench.measure(directory, prefill=_PROMPT_TOKENS),
    )


def _daemon() -> tuple[float, float]:
    """Start the daemon without a broker; milliseconds to READY=1 and megabytes resident a moment later."""
    with (
        tempfile.TemporaryDirectory(prefix="ternd-bench-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify,
    ):
        address = str(Path(folder) / "notify")
        notify.bind(address)
        notify.settimeout(_READY_S)
        settings = Path(folder) / "ternd.toml"
        settings.write_text(f'[mqtt]\nenabled = false\n[store]\npath = "{folder}/ternd.sqlite"\n', encoding="utf-8")
        start = time.perf_counter()
        daemon = subprocess.Popen(
            [sys.executable, "-m", "appliance", "run", "--config", str(settings)],
            env={**os.environ, "NOTIFY_SOCKET": address},
            stderr=subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in notify.recv(4096):
                pass
            ready = 1000 * (time.perf_counter() - start)
            time.sleep(_IDLE_S)
            return ready, rss_mb(daemon.pid)
        except TimeoutError as error:
            raise TerndError(f"the daemon was not ready within {_READY_S:.0f} seconds") from error
        finally:
            daemon.terminate()
            daemon.wait(_READY_S)


def render(report: Report) -> str:
    """The report for people."""
    return (
        f"model     {report.model_bytes / 1e6:.2f} MB, opened in {report.open_ms:.0f} ms\n"
        f"sentence  {report.p50_ms:.1f} ms p50, {report.p95_ms:.1f} ms p95 (first time {report.first_p50_ms:.1f} ms) over "
        f"{report.sentences} sentences and {report.entities} entities\n"
        f"daemon    ready in {report.ready_ms:.0f} ms, {report.rss_mb:.0f} MB resident when idle\n"
        + engine_bench.render(report.engine).rstrip()
    )


def as_json(report: Report) -> dict[str, object]:
    """The report for scripts."""
    return asdict(report)
