import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine import in_turns, shape_bench, shape_report
from appliance.engine.synthetic import write_synthetic
from appliance.engine.variants import Variant
from appliance.errors import TerndError
from tests.native.models import SMALL
from tests.unit.engine.test_shape_bench import LLAMA_CPP, TINY

TASKS = ["free", "grammar", "prompt 16"]


def _contestant(milliseconds: str, log: Path) -> list[str]:
    """A process that notes what it is asked and says that it took so long."""
    program = f"""
from appliance.engine import in_turns
def do(task, n):
    with open({str(log)!r}, "a") as file:
        file.write(f"{milliseconds}:{{task}} {{n}}\\n")
    return {milliseconds}
in_turns.serve(do)
"""
    return [sys.executable, "-c", program]


def test_tasks_are_done_in_turns(tmp_path: Path) -> None:
    log = tmp_path / "log"
    duels = in_turns.compare(_contestant("2", log), _contestant("6", log), TASKS)
    assert [(duel.task, duel.ratio, duel.first_ms, duel.second_ms) for duel in duels] == [
        (task, 3.0, 2.0, 6.0) for task in TASKS
    ]
    lines = log.read_text().splitlines()
    assert lines[::2] == [line.replace("6:", "2:") for line in lines[1::2]]
    assert lines[-1] == "6:prompt 16"


def test_each_round_gives_a_ratio() -> None:
    times = iter([1.0, 3.0, 10.0, 30.0, 2.0, 6.0])  # the machine ten times as slow in the second round
    duel = in_turns._duel("free", [lambda _: next(times)] * 2, 3)
    assert (duel.low, duel.ratio, duel.high) == (3.0, 3.0, 3.0)


def test_a_contestant_that_ends_says_why() -> None:
    ends = [sys.executable, "-c", "import sys; print('ready', flush=True); sys.exit('no memory left')"]
    with pytest.raises(TerndError, match="no memory left"):
        in_turns.compare(ends, ends, ["free"])


def test_what_a_contestant_reads_and_writes() -> None:
    sink = io.StringIO()
    in_turns.serve(lambda task, n: n + (task == "prompt"), source=io.StringIO("free\nprompt 16\n"), sink=sink)
    assert sink.getvalue() == f"{in_turns.READY}\n1\n17\n"


def test_a_model_directory_takes_its_turns(tmp_path: Path) -> None:
    write_synthetic(tmp_path / "model", TINY)
    command = shape_bench._command(str(tmp_path / "model"), "--turns")
    duels = in_turns.compare(command, command, TASKS)
    assert [duel.task for duel in duels] == TASKS
    assert min(min(duel.first_ms, duel.second_ms) for duel in duels) > 0


@pytest.mark.skipif(not LLAMA_CPP, reason="the extra bench is not installed")
def test_a_report_with_a_peer_has_ratios_in_turns(tmp_path: Path) -> None:
    config = replace(SMALL, d_model=256, d_ff=512, n_heads=4, n_kv_heads=2, head_dim=64)
    shape = replace(TINY, config=config)
    report = shape_bench.measure(
        shape, variants=[Variant("t2", "i8")], threads=[1], versus=True, n_decode=2, folder=tmp_path
    )
    assert {duel.task for _, duel in report.duels} >= {"free", "grammar", "prompt 16"}
    assert "t2+i8 and the peer in turns, grammar: " in shape_report.render(report)
    assert not list(tmp_path.iterdir())


def test_a_turn_begins_when_the_other_has_gone_to_sleep() -> None:
    spins = "import time; print('now', flush=True); [None for _ in range(10**7)]; time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", spins], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        threads = Path(f"/proc/{process.pid}/task")
        in_turns._wait_until_idle(threads)
        assert not any(in_turns._runs(thread / "stat") for thread in threads.glob("*"))
        process.kill()
    in_turns._wait_until_idle(threads)  # it has ended: nothing to wait for
