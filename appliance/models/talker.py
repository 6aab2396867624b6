"""A chat model that answers questions in a home: it is told what the home's things report, and can do nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.messages import Entity, Home
from appliance.models.chat import Chat, Wish
from appliance.text import key

SYSTEM: Final = (
    "You are the voice of a home. Answer the question in one or two short sentences of plain text. "
    "Use what the home reports where it helps. You cannot operate anything and never say that you did."
)
MAX_FACTS: Final = 24
_ATTRIBUTES: Final = (
    "current_temperature",
    "temperature",
    "brightness",
    "percentage",
    "current_position",
    "volume_level",
)
_MEASURED: Final = frozenset({"sensor", "climate", "weather", "binary_sensor"})
_COMMON: Final = frozenset(
    "the a an of in on at is are was what how who why when where which my and or to it me".split()
)
"""Words that say nothing about what a question is about."""
_MAX_NAME: Final = 60


class HomeTalker:
    """Answers one question at a time; each stands for itself."""

    def __init__(self, chat: Chat, *, max_tokens: int, name: str = "chat") -> None:
        """Talk through an open model whose system text is `SYSTEM`."""
        self.name = name
        self.tokens_per_second: float | None = None
        self._chat = chat
        self._max_tokens = max_tokens

    @classmethod
    def open(
        cls,
        directory: Path,
        *,
        context: int,
        threads: int | None,
        max_tokens: int,
        prefixes: Path | None = None,
        shortlist: bool = False,
    ) -> HomeTalker:
        """Open a model directory and have it read `SYSTEM`; raises `ModelError` or `EngineError`."""
        chat = Chat.open(
            directory, system=SYSTEM, context=context, threads=threads, prefixes=prefixes, shortlist=shortlist
        )
        chat.prepare()
        return cls(chat, max_tokens=max_tokens, name=directory.name)

    def answer(self, text: str, home: Home, seconds: float) -> str:
        """Answer within some seconds; what is not finished then is cut at the last whole sentence."""
        self._chat.reset()
        known = facts(home, text)
        question = f"The home reports:\n{known}\n\nQuestion: {text}" if known else text
        wish = Wish(max_tokens=self._max_tokens, seconds=seconds)
        pieces = self._chat.say(question, wish)
        timer = threading.Timer(seconds, self._chat.cancel)  # also while the question is still being read
        timer.start()
        try:
            reply = "".join(pieces).strip()
        finally:
            timer.cancel()
            timer.join()  # it must not cancel the next one
        report = self._chat.report
        if report is not None and report.tokens:
            self.tokens_per_second = round(report.tokens_per_second, 1)
        if report is not None and (report.cancelled or report.end != "stop"):
            reply = whole_sentences(reply)
        return reply

    def cancel(self) -> None:
        """Stop the answer that is being written."""
        self._chat.cancel()

    def close(self) -> None:
        """Let go of the model."""
        self._chat.close()


def facts(home: Home, text: str) -> str:
    """Return what the home reports that a question may be about: things it names first, then measurements; a line each."""
    asked = set(key(text).split()) - _COMMON
    areas = {area.id: area.name for area in home.areas}

    def relevance(entity: Entity) -> int:
        words = key(f"{entity.name} {areas.get(entity.area or '', '')} {entity.device_class or ''}").split()
        return 2 * len(asked.intersection(words)) + (entity.domain in _MEASURED)

    rated = [(relevance(entity), entity) for entity in home.entities if entity.state not in {"unknown", "unavailable"}]
    chosen = sorted((item for item in rated if item[0]), key=lambda item: -item[0])[:MAX_FACTS]
    return "\n".join(_fact(entity, areas) for _, entity in chosen)


def _fact(entity: Entity, areas: dict[str, str]) -> str:
    unit = entity.attributes.get("unit_of_measurement") or ""
    more = [
        f"{name.replace('_', ' ')} {value:g}"
        for name in _ATTRIBUTES
        if isinstance(value := entity.attributes.get(name), int | float)
    ]
    area = areas.get(entity.area or "", "")
    place = f" in {_plain(area)}" if area and key(area) not in key(entity.name) else ""
    return "; ".join([f"- {_plain(entity.name)}{place}: {_plain(entity.state)} {_plain(str(unit))}".rstrip(), *more])


def _plain(text: str) -> str:
    """One short line, whatever a device calls itself."""
    return " ".join(text.split())[:_MAX_NAME]


def whole_sentences(text: str) -> str:
    """Return the text up to its last full stop; empty when there is none."""
    ends: Sequence[int] = [text.rfind(mark) for mark in (". ", "! ", "? ")]
    at = max(ends)
    if text.endswith((".", "!", "?")):
        return text
    return text[: at + 1]
