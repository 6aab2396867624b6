"""``ternd intents``: the stable batch interface, as a script uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FLAT = Path(__file__).with_name("homes") / "flat.yaml"


def ternd(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "appliance", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )


def batch(*lines: str | bytes | dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to these input lines."""
    raw = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    stdin = b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in raw)
    done = ternd("intents", "--home", str(FLAT), stdin=stdin)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_each_line_gets_an_answer_of_the_promised_shape() -> None:
    answers = batch("turn on the kettle", "", "what time is it", {"text": "turn off the kettle"})
    assert [answer["text"] for answer in answers] == ["turn on the kettle", "what time is it", "turn off the kettle"]
    for answer in answers:
        assert {"text", "intents", "speech", "route", "ms"} <= set(answer)
        assert answer["route"] in ("command", "chat", "none")
        assert answer["ms"] > 0
        for intent in answer["intents"]:
            assert {"name", "slots", "entities"} <= set(intent)
            assert intent["name"].startswith("Hass")


PLAIN = {
    "turn on the kettle": [("HassTurnOn", ["switch.kettle"])],
    "turn off the reading lamp": [("HassTurnOff", ["light.lounge_lamp"])],
    "switch on the big light": [("HassTurnOn", ["light.kitchen_ceiling"])],
    "turn off the lights in the kitchen": [("HassTurnOff", ["light.kitchen_ceiling", "light.kitchen_shelf"])],
    "set the tower fan to 50 percent": [("HassFanSetSpeed", ["fan.lounge"])],
    "lock the front door": [("HassTurnOn", ["lock.front_door"])],
    "turn on the kettle and turn off the reading lamp": [
        ("HassTurnOn", ["switch.kettle"]),
        ("HassTurnOff", ["light.lounge_lamp"]),
    ],
}


@pytest.fixture(scope="module")
def plain() -> dict[str, dict[str, Any]]:
    return {answer["text"]: answer for answer in batch(*PLAIN)}


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_sentences(plain: dict[str, dict[str, Any]], sentence: str) -> None:
    answer = plain[sentence]
    assert [(intent["name"], sorted(intent["entities"])) for intent in answer["intents"]] == PLAIN[sentence]
    assert answer["route"] == "command"


def test_slots_are_home_assistants() -> None:
    (answer,) = batch("set the reading lamp to 40 percent")
    (intent,) = answer["intents"]
    assert intent["name"] == "HassLightSet"
    assert intent["slots"]["brightness"] == 40
    assert intent["slots"]["name"] == "Reading lamp"


def test_the_area_of_a_line_counts() -> None:
    (answer,) = batch({"text": "turn off the lights", "area": "Lounge"})
    assert [intent["entities"] for intent in answer["intents"]] == [["light.lounge_lamp"]]


def test_a_device_that_is_not_there_is_refused() -> None:
    (answer,) = batch("turn on the sauna stove")
    assert answer["intents"] == []
    assert answer["route"] == "none"
    assert answer["speech"]


BAD = (
    b"\xff\xfe\x00",
    b"{broken",
    b'{"area": "Kitchen"}',
    b'{"text": 7}',
    b'{"text": ""}',
    b'{"text": "turn on the kettle", "area": 7}',
    b"{" * 50_000,
    b"word " * 10_000,
    b"x" * 200_000,
)


def test_bad_lines_are_answered_with_their_error_and_the_next_one_is_served() -> None:
    answers = batch(*(line for bad in BAD for line in (bad, b"turn on the kettle")))
    assert len(answers) == 2 * len(BAD)
    for bad, good in zip(answers[::2], answers[1::2], strict=True):
        assert bad["intents"] == []
        assert bad["speech"]
        assert len(json.dumps(bad)) < 60_000
        assert good["intents"][0]["entities"] == ["switch.kettle"]


def test_nothing_to_do_is_no_error() -> None:
    answers = batch("?!", "the weather was nice yesterday", "don't turn on the kettle")
    assert [intent for answer in answers for intent in answer["intents"] if intent["entities"]] == []
    assert batch() == []


def test_it_answers_each_line_at_once() -> None:
    command = [sys.executable, "-m", "appliance", "intents", "--home", str(FLAT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for sentence in ("turn on the kettle", "turn off the kettle"):
            process.stdin.write(sentence + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["text"] == sentence
        process.stdin.close()
        assert process.wait(30) == 0


def test_sentences_as_arguments() -> None:
    done = ternd("intents", "--home", str(FLAT), "turn on the kettle")
    assert done.returncode == 0
    assert "HassTurnOn" in done.stdout.decode()
    as_json = ternd("intents", "--home", str(FLAT), "--json", "turn on the kettle")
    assert json.loads(as_json.stdout)["intents"][0]["entities"] == ["switch.kettle"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "missing.yaml"),
        ("entities: [", "home.yaml"),
        ("entities: [{id: light.a, name: A, area: attic}]", "attic"),
        ("rooms: []", "rooms"),
    ],
)
def test_a_bad_home_is_one_line_of_explanation(tmp_path: Path, content: str | None, complaint: str) -> None:
    path = tmp_path / ("missing.yaml" if content is None else "home.yaml")
    if content is not None:
        path.write_text(content)
    done = ternd("intents", "--home", str(path), stdin=b"turn on the kettle\n")
    assert done.returncode in (1, 2)
    assert complaint in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert len(done.stderr.decode().strip().splitlines()) <= 3


def test_without_a_home_it_says_how() -> None:
    done = ternd("intents", stdin=b"turn on the kettle\n")
    assert done.returncode == 2
    assert "--home" in done.stderr.decode()


def test_it_never_touches_the_network(tmp_path: Path) -> None:
    program = tmp_path / "offline.py"
    program.write_text(
        "import socket, sys\n"
        "def refuse(*_): raise RuntimeError('network')\n"
        "socket.socket.connect = refuse\n"
        "socket.socket.bind = refuse\n"
        "from appliance.cli import main\n"
        f"sys.exit(main(['intents', '--home', {str(FLAT)!r}, 'turn on the kettle', 'unlock the front door']))\n"
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr.decode()
