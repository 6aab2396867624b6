"""Things with a few settings that are put on one of them: "put the standing desk on stand"."""

from __future__ import annotations

import re

from appliance.messages import Home
from appliance.text import any_of, key

_SWITCHED = frozenset({"on", "off"})


class Settings:
    """The settings of one home. Immutable after construction."""

    def __init__(self, home: Home) -> None:
        """Look through `home`."""
        self._forms: list[tuple[re.Pattern[str], re.Pattern[str]]] = []
        for entity in home.entities:
            options = entity.attributes.get("options")
            if not isinstance(options, list | tuple) or not options:
                continue
            name = rf"(?P<name>(?:(?:the|my|our) )?(?:{any_of(entity.names)}))"
            to = rf"(?P<to>{any_of(str(one) for one in options if key(str(one)) not in _SWITCHED)})"
            put = rf"\b(?:put|set|switch|turn|change|get) {name} (?:on|to|into|in|at|for) (?:the )?{to}"
            alone = rf"{name}(?: on| to| into| in| at|,)? {to}(?: (?:mode|please))*[.!]?"
            end = r"(?: mode)?(?=\s*(?:$|[,.;!?]|(?:and|please|then|now|again)\b))"
            self._forms.append((re.compile(put + end, re.IGNORECASE), re.compile(alone, re.IGNORECASE)))

    def put(self, text: str) -> str:
        """`text` with things set to their settings in the words that the command model knows."""
        for put, alone in self._forms:
            if found := alone.fullmatch(text):
                return f"set {found['name']} to {found['to']}"
            text = put.sub(r"set \g<name> to \g<to>", text)
        return text
