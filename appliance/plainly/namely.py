"""What is said once more, more exactly: "in ours, I mean the main bedroom" is in the main bedroom."""

from __future__ import annotations

import re

_OURS = re.compile(
    r"\b(?P<where>in|for|of) (?:ours|mine|his|hers|theirs|that one),? (?:i mean|that is|that's|namely|meaning) "
    r"(?:in )?(?=(?:the|our|my) )",
    re.IGNORECASE,
)


def exactly(text: str) -> str:
    """`text` with the place itself for the pronoun before it."""
    return _OURS.sub(r"\g<where> ", text)
