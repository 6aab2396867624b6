"""Hours without "o'clock" behind a command that has no use for a number: "open the awning at ten" is not at ten percent."""

from __future__ import annotations

import re

_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])"
_NO_COMMAND = r"(?:set|leave|keep|have|make|dim|put|is|are|what|who|why|when|how|did|do|does|was|were)\b"
_TELLS = (
    r"\b(?:turns|turned|switches|switched|puts|opens|opened|closes|shuts|goes|went|comes|came|gets|got|starts|started|is|are|was|were|has"
    r"|had|i|we|he|she|they|you|always|usually) "
)
"""Words of what somebody tells: "the neighbour turns his off at ten"."""
_AT_AN_HOUR = re.compile(
    r"(?P<command>(?:(?:please|and|then|could you|can you|would you|will you)[ ,]+)*"
    r"(?:(?:open|close|shut|raise|lower|water|start|run|lock|unlock)\b[^,;]*?"
    r"|(?:set|dim|put|turn|bring|make)\b[^,;]*? to "
    r"(?:(?:a )?(?:half|third|quarter)|full(?: \w+)?|[\w-]+ ?(?:percent|%|degrees?|°c?|kelvin))"
    r"|(?:turn|switch|put|power)\b[^,;]*? (?:on|off|up|down)\b[^,;]*?"
    rf"|(?!{_NO_COMMAND})(?!.*{_TELLS})[^,;]*? (?:on|off|open|closed|shut))"
    rf" at {_HOUR})(?P<end>(?:,? (?:please|thanks|tonight|today|sharp))*[.!]?)",
    re.IGNORECASE,
)
_HALF = re.compile(
    rf"(?P<at>\b(?:at|until|till|by|from) )half (?={_HOUR}\b(?! ?(?:%|percent|degrees?|minutes?|hours?|seconds?|lamps?|lights?)\b))",
    re.IGNORECASE,
)
"""British for half past: "at half six"."""


def on_the_hour(text: str) -> str:
    """`text` with "o'clock" behind the hour at its end, and half an hour after it."""
    text = _HALF.sub(r"\g<at>half past ", text)
    found = _AT_AN_HOUR.fullmatch(text)
    return text if found is None else f"{found['command']} o'clock{found['end']}"
