"""What a single value of the configuration may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from appliance.config.complaints import near


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both allowed."""

    low: float
    high: float

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return (
            None if self.low <= value <= self.high else f"must be between {self.low:g} and {self.high:g}, not {value!r}"
        )


@dataclass(frozen=True, slots=True)
class OneOf:
    """The only allowed texts."""

    choices: tuple[str, ...]

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return (
            None
            if value in self.choices
            else f"must be one of {', '.join(self.choices)}, not {value!r}{near(value, self.choices)}"
        )


@dataclass(frozen=True, slots=True)
class Like:
    """A text that must match a pattern as a whole."""

    pattern: str
    what: str
    """The pattern in words, after "must be"."""

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, or None."""
        return None if re.fullmatch(self.pattern, value) else f"must be {self.what}, not {value!r}"


NodeId = Annotated[str, Like(r"[a-z0-9_-]{1,64}", "1 to 64 of a-z, 0-9, _ and -")]
EntityId = Annotated[str, Like(r"[a-z_]{1,32}\.[a-z0-9_]{1,64}", 'an entity id such as "switch.pump"')]
EntityPattern = Annotated[
    str,
    Like(
        r"(?=.*[.*?\[])[a-z0-9_.*?\[\]!-]{1,128}",
        'a pattern of entity ids such as "switch.saw*" or "lock.*" (small letters, not a name or a kind alone)',
    ),
]
TopicPrefix = Annotated[
    str, Like(r"[^\x00-\x1f+#$\uffff][^\x00-\x1f+#\uffff]{0,255}", "the beginning of a topic, without wildcards")
]
Seconds = Annotated[float, Range(0, 86_400)]
LongSeconds = Annotated[float, Range(0, 2_592_000)]
TopicFilter = Annotated[str, Like(r"[^\x00-\x1f\x7f-\x9f\uffff]{1,256}", "an MQTT topic of at most 256 characters")]
Port = Annotated[int, Range(1, 65_535)]
Pin = Annotated[int, Range(0, 27)]
