"""Questions about one thing by its name that the command model takes for talk: "what is Gaston doing", "which coffee strength is set".

A question whose every word is either the name of one thing of the home or a word such questions are made of asks for the state of that
thing. Nothing is done by it, so it is tried wherever a sentence comes to nothing.
"""

from __future__ import annotations

from appliance.messages import Call, Target
from appliance.resolver.names import NameIndex
from appliance.resolver.spelling import every_word, stem
from appliance.text import words

_OPENERS = frozenset("what what's whats how how's which where where's has is are does do tell show".split())
_ASKING = frozenset(
    """what what's whats where where's wheres how how's which who is are was does do has have gone got been be being the a an of to at
    up on in it its it's my our your me tell show doing set say says saying shows showing read reads reading report producing
    making using drawing consuming running now right currently just this moment today high low full empty much many big strong fast
    deep long old we us on off there still back home her his their dock base work state status value level temperature going
    percent mode colour color""".split()
)
"""Words that such a question is made of beside the name."""
_LEAST = 3


def inquiry(text: str, index: NameIndex) -> Call | None:
    """The question for the state of the one thing that `text` asks about; None: it is no such question."""
    said = every_word(text)
    spoken = [word.text for word in words(text)]
    if len(said) < _LEAST or not spoken or spoken[0] not in _OPENERS:
        return None
    for length in range(min(6, len(said) - 1), 0, -1):
        for at in range(1, len(said) - length + 1):
            rest = (*said[:at], *said[at + length :])
            name = " ".join(said[at : at + length])
            if not all(word in _ASKING for word in rest) or said[at] in {"the", "a", "an", "my", "our"}:
                continue
            if all(word in _ASKING or stem(word) in _ASKING for word in said[at : at + length]):
                continue
            if len(index.called(name)) == 1:
                return Call("GetState", Target(name=name), values={"ask": "one"})
    return None
