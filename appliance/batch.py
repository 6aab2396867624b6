"""``ternd intents``: sentences in, what would be understood and decided out. It never acts.

The stable batch interface: one JSON object a line, see :meth:`Batch.run`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence

from appliance.conversation import Conversation
from appliance.errors import RequestError, TerndError
from appliance.interpreter import Interpreter
from appliance.messages import Home, Json, Request

MAX_LINE = 100_000
"""Characters of one input line; a longer one is answered with an error."""


class Batch:
    """The first half of the assistant, understand and decide, over a home that stands still."""

    def __init__(self, interpreter: Interpreter, home: Home) -> None:
        """Store the parts; `appliance.opening.open_batch` opens them."""
        self._interpreter = interpreter
        self._home = home

    def run(self, text: str, area: str | None = None, before: Sequence[str] = ()) -> dict[str, Json]:
        """Understand one sentence: ``{"text", "intents", "speech", "route", "ms"}``.

        `before` are the turns of the same talk that came before it: understood for what "it" and "the other one" mean, but
        neither done nor answered nor counted in ``ms``.
        ``intents`` are ``{"name", "slots", "entities"}``; ``speech`` says what is asked, missing or refused;
        ``confidence`` and ``line`` are of the reading that was chosen.
        """
        talk = Conversation(self._interpreter)
        for turn in before:
            talk.decide(talk.hear(_said(turn, area), self._home, asked=False), self._home, area)
        start = time.perf_counter()
        found = talk.decide(talk.hear(_said(text, area), self._home, asked=False), self._home, area)
        steps = [judged.step for judged in found.steps]
        intents = [
            {
                "name": step.intent.name,
                "slots": dict(step.intent.slots),
                "entities": list(step.intent.entities),
            }
            for step in steps
            if step.intent is not None
        ]
        return {
            "text": text,
            "intents": intents,
            "speech": " ".join(dict.fromkeys(said for step in steps if (said := step.refusal or step.answer))),
            "route": "command" if intents else "none",
            "ms": round(1000 * (time.perf_counter() - start), 2),
            "confidence": found.confidence,
            "line": found.line,
        }

    def lines(self, lines: Iterable[bytes]) -> Iterator[str]:
        """Answer each input line with one JSON line; a bad one with ``{"text", "intents": [], "error"}``."""
        for raw in lines:
            if not raw.strip():
                continue
            try:
                text, area = parse_line(raw)
                answer = self.run(text, area)
            except TerndError as error:
                shown = raw.decode(errors="replace").strip()[:200]
                answer = {
                    "text": shown,
                    "intents": [],
                    "speech": str(error),
                    "route": "none",
                    "ms": 0.0,
                    "error": str(error),
                }
            yield json.dumps(answer, ensure_ascii=False)


def _said(text: str, area: str | None) -> Request:
    return Request("batch", text, "batch", area)


def parse_line(raw: bytes) -> tuple[str, str | None]:
    """A sentence and the area where it was said, from a plain line or ``{"text": …, "area": …}``.

    Raises:
        RequestError: not UTF-8, too long, empty, or JSON of another shape.
    """
    if len(raw) > MAX_LINE:
        msg = f"A line has at most {MAX_LINE} characters."
        raise RequestError(msg)
    try:
        line = raw.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        msg = f"The line is not UTF-8: {error.reason} at byte {error.start}."
        raise RequestError(msg) from error
    if not line.startswith("{"):
        return line, None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        msg = f"The line looks like JSON but is not: {error}."
        raise RequestError(msg) from error
    text, area = value.get("text"), value.get("area")
    if not isinstance(text, str) or not text.strip():
        msg = 'A JSON line needs a "text" that is not empty.'
        raise RequestError(msg)
    if area is not None and not isinstance(area, str):
        msg = '"area" is the name or id of an area.'
        raise RequestError(msg)
    return text, area or None
