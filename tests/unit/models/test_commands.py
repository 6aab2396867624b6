"""The commands as people run them."""

import io
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.cli import main
from appliance.engine import Model, Session
from appliance.engine.model_directory import WEIGHTS, make_manifest
from appliance.errors import ModelError
from appliance.models import commands, library, perplexity
from appliance.models.chat import Chat, Report, Wish
from appliance.models.commands import Meter, summary
from appliance.models.generation import End
from appliance.models.text import TextStream, TextTokenizer
from tests.unit.models import random_models as models
from tests.unit.models.test_download import Server, _server  # noqa: F401 - a fixture

Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="gguf", scope="module")
def _gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    arrays = models.random_arrays(models.CONFIG)
    file = tmp_path_factory.mktemp("files") / "Tiny Model.gguf"
    return models.write_as_gguf(file, "bitnet-b1.58", models.CONFIG, arrays, "I2_S")


@pytest.fixture(name="root")
def _root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    return tmp_path / "state" / "models"


@pytest.fixture(name="tiny")
def _tiny(gguf: Path, root: Path, capsys: Capture) -> Path:
    assert main(["model", "add", str(gguf), "--name", "tiny"]) == 0
    assert "tiny is installed and computes" in capsys.readouterr().out
    return root / "tiny"


def run(*arguments: str) -> int:
    return main(list(arguments))


def write_listing(tmp_path: Path, name: str, server: Server) -> Path:
    """A catalogue of one model."""
    listing = tmp_path / "models.toml"
    listing.write_text(
        f'[[model]]\nname = "{name}"\ntitle = "M"\nlicence = "MIT"\npage = "https://x.org"\nram_mb = 1\nboards = "all"\n'
        f'[[model.file]]\nurl = "{server.url}"\n',
        encoding="utf-8",
    )
    return listing


def test_a_model_from_file_to_removal(tiny: Path, capsys: Capture) -> None:
    assert run("model", "list", "--json") == 0
    listing = json.loads(capsys.readouterr().out)
    assert [model["name"] for model in listing["installed"]] == ["tiny"]
    assert run("model", "list") == 0
    assert "bitnet-2b-4t" in capsys.readouterr().out
    assert run("model", "info", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ternary_weights"] == 6 * 256 * 256
    assert facts["chat_format"] == "bitnet"
    assert run("model", "info", "tiny") == 0
    assert run("model", "verify", str(tiny)) == 0
    assert "as it was converted" in capsys.readouterr().out
    assert run("model", "remove", "tiny") == 0
    assert not tiny.exists()
    assert run("model", "remove", "tiny") == 1
    assert "there is no model 'tiny'" in capsys.readouterr().err


def test_names_are_made_from_files_or_asked_for(gguf: Path, root: Path, capsys: Capture) -> None:
    assert run("model", "add", str(gguf)) == 0
    assert (root / "tiny-model").is_dir()
    assert run("model", "add", str(gguf), "--name", "../evil") == 1
    assert "--name" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_explained(root: Path, gguf: Path, capsys: Capture) -> None:
    for arguments, match in (
        (("chat",), "no model yet"),
        (("chat", "nope"), "no model 'nope'"),
        (("model", "info", str(gguf)), "no converted model: ternd model convert"),
        (("model", "pull", "nope"), "catalogue"),
        (("model", "pull", "ternary-bonsai-1.7b"), "by hand"),
    ):
        assert run(*arguments) == 1
        assert match in capsys.readouterr().err
    assert not root.exists()


def test_several_models_must_be_named(tiny: Path, gguf: Path, capsys: Capture) -> None:
    assert run("model", "add", str(gguf), "--name", "other") == 0
    capsys.readouterr()
    assert run("model", "info") == 1
    assert "other, tiny" in capsys.readouterr().err


def test_a_changed_byte_is_found(tiny: Path, capsys: Capture) -> None:
    data = bytearray((tiny / WEIGHTS).read_bytes())
    data[-100] ^= 1
    (tiny / WEIGHTS).write_bytes(data)
    assert run("model", "verify") == 1
    assert "SHA-256" in capsys.readouterr().err


def test_a_conversion_that_computes_nonsense_is_not_installed(
    gguf: Path, root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "SELF_TEST", "\udc80 is no text")
    assert run("model", "add", str(gguf), "--name", "broken") == 1
    assert "does not give a text back" in capsys.readouterr().err
    assert not (root / "broken").exists()


def test_a_model_stays_until_its_successor_passed_the_test(
    server: Server, tiny: Path, gguf: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (tiny / WEIGHTS).read_bytes()
    server.data = gguf.read_bytes()
    listing = write_listing(tmp_path, "tiny", server)
    arguments = ("model", "pull", "tiny", "--catalogue", str(listing), "--replace", "--embedding", "f16")
    with monkeypatch.context() as patched:
        patched.setattr(library, "SELF_TEST", "\udc80 is no text")
        assert run(*arguments) == 1
    assert "does not give a text back" in capsys.readouterr().err
    assert (tiny / WEIGHTS).read_bytes() == before
    assert run(*arguments) == 0
    assert (tiny / WEIGHTS).read_bytes() != before


def test_what_was_fetched_and_not_installed_can_be_removed(root: Path, tiny: Path, capsys: Capture) -> None:
    for name in ("half", "tiny"):
        (root / library.DOWNLOADS / name).mkdir(parents=True)
        (root / library.DOWNLOADS / name / "model.gguf.part").write_bytes(b"x")
    assert run("model", "remove", "half") == 0
    assert run("model", "remove", "tiny") == 0
    assert not tiny.exists()
    assert list((root / library.DOWNLOADS).iterdir()) == []
    assert run("model", "remove", "..") == 1
    assert (root / library.DOWNLOADS).exists()


def test_generate_prints_text_or_an_object(tiny: Path, capsys: Capture) -> None:
    assert run("generate", "tiny", "hello", "--max-tokens", "5") == 0
    text = capsys.readouterr().out
    assert run("generate", "tiny", "hello", "--max-tokens", "5", "--json", "--no-drafting") == 0
    reply = json.loads(capsys.readouterr().out)
    assert reply["text"] == text.rstrip("\n")
    assert reply["tokens"] == 5
    assert reply["end"] == "length"
    assert run("generate", "tiny", "hello", "--max-tokens", "5", "--shortlist") == 0
    assert capsys.readouterr().out == text


def test_generate_under_a_schema(tiny: Path, tmp_path: Path, capsys: Capture) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"enum": ["yes", "no"]}', encoding="utf-8")
    assert run("generate", "tiny", "Is it on?", "--json-schema", str(schema)) == 0
    assert capsys.readouterr().out.strip() in {'"yes"', '"no"'}
    assert run("generate", "tiny", "x", "--regex", "a{50}", "--max-tokens", "5") == 1
    assert "cut off before" in capsys.readouterr().err
    assert run("generate", "tiny", "x", "--json-schema", str(tmp_path / "absent.json")) == 1


@pytest.mark.parametrize(
    "option", [("--temperature", "9"), ("--context", "0"), ("--max-tokens", "-1"), ("--format", "x")]
)
def test_wrong_options_are_explained(option: tuple[str, str], tiny: Path, capsys: Capture) -> None:
    assert run("generate", "tiny", "x", *option) == 1
    assert option[1] in capsys.readouterr().err


def test_a_talk_over_stdin(tiny: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "hello\n\n/help\n/reset\nhello\n" + "x" * 600 + "\n/quit\nnever said\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert run("chat", "tiny", "--max-tokens", "6", "--context", "128") == 0
    captured = capsys.readouterr()
    replies = captured.out.splitlines()
    assert len(replies) == 2
    assert replies[0] == replies[1]
    assert captured.err.count("tokens/s") == 2
    assert "begins anew" in captured.err
    assert "Ctrl-C stops" in captured.err
    assert "shorten it" in captured.err


def test_pull_fetches_converts_and_tests(
    server: Server, gguf: Path, tmp_path: Path, root: Path, capsys: Capture
) -> None:
    server.data = gguf.read_bytes()
    listing = write_listing(tmp_path, "m", server)
    server.cut = [10_000]
    arguments = ("model", "pull", "m", "--catalogue", str(listing))
    assert run(*arguments) == 0
    assert "m is installed and computes" in capsys.readouterr().out
    assert server.ranges == [None, "bytes=10000-"]
    assert [path.name for path in (root / ".downloads").iterdir()] == []
    assert run(*arguments) == 1
    assert "--replace" in capsys.readouterr().err
    assert run(*arguments, "--replace", "--embedding", "f16", "--keep") == 0
    assert (root / ".downloads" / "m" / "model.gguf").exists()


def test_perplexity_is_that_of_the_logits(tiny: Path, tmp_path: Path, capsys: Capture) -> None:
    text = tmp_path / "text.txt"
    text.write_text("hello kitchen light, hello hall light. " * 4, encoding="utf-8")
    assert run("model", "perplexity", "tiny", str(text), "--window", "48", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    with Model.open(tiny) as model, Session(model, n_ctx=48) as session:
        tokenizer = TextTokenizer.open(model.tokenizer_path, model.config.n_vocab)
        tokens = tokenizer.encode(text.read_text(encoding="utf-8"))
        losses = []
        for start in range(0, len(tokens), 47):
            known = list(tokenizer.begin)
            for token in tokens[start : start + 47]:
                session.sync(known)
                logits = session.logits().astype(np.float64)
                losses.append(np.log(np.exp(logits - logits.max()).sum()) + logits.max() - logits[token])
                known.append(token)
    assert found["tokens"] == len(losses) == len(tokens)
    assert found["perplexity"] == pytest.approx(np.exp(np.mean(losses)), rel=1e-9)
    assert run("model", "perplexity", "tiny", str(text), "--window", "48", "--json", "--shortlist") == 0
    coarse = json.loads(capsys.readouterr().out)["perplexity"]
    assert np.log(coarse) == pytest.approx(np.mean(losses), rel=0.05)


@pytest.mark.parametrize(
    ("name", "window", "match"), [("absent", 8, "No such"), ("empty", 8, "too few"), ("empty", 1, "window")]
)
def test_a_text_that_cannot_be_rated_is_refused(name: str, window: int, match: str, tiny: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(ModelError, match=match):
        perplexity.measure(tiny, tmp_path / name, window=window)


def test_progress_is_one_line_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    times = iter([0.0, 0.1, 0.3, 0.4])
    out = Terminal()
    meter = Meter(out, lambda: next(times))
    for done in (0, 10, 50, 100):
        meter.show("file", done * 10**6, 100 * 10**6, "MB")
    meter.close()
    shown = [part for part in out.getvalue().split("\r") if part.startswith("file")]
    assert [part.split("%")[0].split()[-1] for part in shown] == ["0", "50", "100"]
    assert "\n" not in out.getvalue()


def test_ctrl_c_stops_a_reply_and_only_it(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    push = TextStream.push
    pressed: list[bool] = []

    def slowly(stream: TextStream, token: int) -> str:
        time.sleep(0 if pressed else 0.01)
        return push(stream, token)

    monkeypatch.setattr(TextStream, "push", slowly)

    class Impatient(io.StringIO):
        """Somebody presses Ctrl-C at the second piece of text."""

        pieces = 0

        def write(self, text: str) -> int:
            self.pieces += 1
            if self.pieces == 2:
                pressed.append(True)
                raise KeyboardInterrupt
            return super().write(text)

    out, notes = Impatient(), io.StringIO()
    with Chat.open(tiny, threads=1) as chat:
        commands.talk(chat, Wish(max_tokens=400), lines=iter(["hello", "hello"]), out=out, notes=notes)
    first, second = notes.getvalue().splitlines()
    assert "stopped" in first
    assert "[400 tokens" in second
    assert out.getvalue().count("\n") >= 2


def report(**changes: Any) -> Report:
    fields: dict[str, Any] = {
        "end": End.STOP, "cancelled": False, "tokens": 10, "seconds": 2.0, "prompt_tokens": 3, "prompt_seconds": 0.5,
        "forced": 0, "drafted": 0, "forgotten": 0,
    }  # fmt: skip
    return Report(**fields | changes)


def test_a_summary_says_what_people_need_to_know() -> None:
    assert summary(report()) == "[10 tokens, 5.0 tokens/s; prompt 3 tokens in 0.50 s]\n"
    assert "context was full: the oldest 2 turns" in summary(report(forgotten=2))
    assert "cut off: the context is full" in summary(report(end=End.FULL))
    assert "stopped" in summary(report(cancelled=True, end=End.FULL))


def test_the_manifest_speaks_for_all_files(tiny: Path) -> None:
    assert make_manifest(tiny) == (tiny / "manifest.json").read_bytes()
