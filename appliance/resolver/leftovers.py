"""Words around a span that nothing accounts for: the "swimming pool" of a heater that was heard as any heater.

The model copies spans from the sentence and may cut one short. A noun phrase of which only the end was copied names
another thing, so such words are put back before the home is searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from appliance.messages import Call, Target
from appliance.resolver.situation import Situation
from appliance.resolver.spelling import distance, every_word, stem, stems
from appliance.resolver.vocabulary import CLASS_WORDS, DOMAIN_WORDS, NOUNS, Noun
from appliance.text import NUMERALS

_OPENERS = frozenset(
    "the a an my our your his her their that this these those on off up down all every each both any".split()
)
"""Words after which a noun phrase begins."""

_EMPTY = frozenset(
    """bit touch tad more less extra much lot lots plenty single some da de robotic cleaning burglar intrusion security house home
    apartment flat uhm hmmm damn damned bloody stupid freaking fucking little big old nice lovely dear whole entire remaining other
    same actual specific last bright dark dim main smart just only still even right now quite very really uh um er erm hmm ah oh
    well like sort kind please current currently again back already too also then over there here roller venetian roman electric
    automatic
    """.split()
)
"""Words in a noun phrase that name nothing: dropped without harm."""

_FUNCTION = frozenset(
    """and or but then to from in into inside at by with without for of the a an is are was be been it its i we you me us please thanks
    thank so if when while as until till after before not no don dont do does did can could would will should shall may might must let lets
    get got give go have has had want wants need like make made makes set sets put puts turn turns turned turning switch switched
    flip flick shut kill cut power fire start stop run open opened close closed dim brighten lower raise increase decrease adjust change
    lock unlock play pause resume mute unmute activate deactivate enable disable toggle press push move bring take keep leave check tell say
    show what which who where how why percent degrees degree brightness volume speed temperature color warm cool warmer cooler
    brighter dimmer louder quieter higher lower faster slower on off up down out over under upon via per through throughout across around
    plus sound audio music tunes hot water okay ok hey yes yeah no
    everything everywhere here there now today tonight tomorrow later soon quickly immediately minute minutes hour hours second seconds
    first except excluding besides apart instead also too both all any every each only just half full max maximum min minimum
    """.split()
)


_EMPTY_STEMS = frozenset(map(stem, _EMPTY))
_KNOWN_STEMS = frozenset(map(stem, _FUNCTION | _OPENERS)) | _FUNCTION | _OPENERS


def claimed(calls: Sequence[Call], *, exempt: bool = True) -> frozenset[str]:
    """Stems of all words that some call copied from the sentence or stands for; `exempt`: in an exception, too."""
    stood_for = {
        word
        for call in calls
        for target in (call.target, *(call.excepts if exempt else ()))
        for noun in DOMAIN_WORDS.get(target.domain or "", ()) + CLASS_WORDS.get(target.device_class or "", ())
        for word in stems(noun)
    }
    return spans_of(calls, exempt=exempt) | stood_for


def spans_of(calls: Sequence[Call], *, exempt: bool = True) -> frozenset[str]:
    """Stems of all words that some call copied from the sentence; `exempt`: in an exception, too."""
    return frozenset(word for call in calls for text in _copied(call, exempt=exempt) for word in stems(text))


def _copied(call: Call, *, exempt: bool) -> Iterator[str]:
    for target in (call.target, *(call.excepts if exempt else ())):
        yield from (span for span in (target.name, target.area, target.floor) if span)
    for value in call.values.values():
        if isinstance(value, tuple):
            yield from value
        else:
            yield value if isinstance(value, str) else value.words


def names_of(calls: Iterable[Call]) -> frozenset[str]:
    """Words of the names and places that some call copied from the sentence, in lower case."""
    targets = [target for call in calls for target in (call.target, *call.excepts)]
    spans = [span for target in targets for span in (target.name, target.area, target.floor) if span]
    return frozenset(word for span in spans for word in every_word(span))


def completed(target: Target, nouns: Iterable[str], situation: Situation) -> str | None:
    """The noun phrase that a target is only the end of, or None when nothing is missing.

    Args:
        target: What the model copied.
        nouns: Words of the generic noun, for a target without a name.
        situation: The sentence, and which of its words are accounted for.
    """
    span = stems(target.name or "")
    words = situation.words
    generic = frozenset(nouns)
    ends = [(i, i + len(span)) for i in range(len(words) - len(span) + 1) if span and words[i : i + len(span)] == span]
    if not span:
        ends = [
            (i, _run(words, i, generic))
            for i, word in enumerate(words)
            if word in generic and (i == 0 or words[i - 1] not in generic)
        ]
    limit = min((at for span in situation.exempted for at in _occurrences(span, words)), default=len(words))
    ends = [(start, end) for start, end in ends if start < limit]
    known = situation.meant | generic
    begins = [_begin(words, start, known) for start, _ in ends]
    if not begins or any(begin is None for begin in begins):
        return None
    begin, (start, end) = begins[0] or 0, ends[0]
    if set(words[begin:start]) <= _EMPTY_STEMS and not situation.index.exactly(words[begin:end]):
        return None
    told = words[begin:start]
    empty = frozenset() if set(told) <= _EMPTY_STEMS else _EMPTY_STEMS
    spelled = every_word(situation.text)[begin:end]
    return " ".join(word for i, word in enumerate(spelled) if i >= len(told) or told[i] not in empty)


def _occurrences(span: Sequence[str], words: Sequence[str]) -> list[int]:
    """Where `span` begins in `words`."""
    return [at for at in range(len(words) - len(span) + 1) if span and tuple(words[at : at + len(span)]) == tuple(span)]


_STRAY_NEAR = ("the", "this", "that", "my", "our", "and", "please")
"""Words whose misspelling may stand before a name."""


def stripped(span: Sequence[str], numbers: Iterable[float | None], situation: Situation) -> tuple[str, ...] | None:
    """`span` without stray words before and after it, when an exact name of one thing remains; else None.

    Hesitations, misspelled articles and a number that is the value of the call are stray; a word of any name is not.

    Args:
        span: Stems of what the model copied as a name.
        numbers: The values of the call.
        situation: The home's names.
    """
    values = {f"{value:g}" for value in numbers if value is not None}
    rest = tuple(span)
    while len(rest) > 1 and _stray(rest[0], situation):
        rest = rest[1:]
    while len(rest) > 1 and (rest[-1] in values or _stray(rest[-1], situation)):
        rest = rest[:-1]
    return rest if rest != tuple(span) and len(situation.index.exactly(rest)) == 1 else None


_PIECES = frozenset({"previous", "last", "next", "track", "song", "item"})
"""What of a player's is meant, which its name may follow: "the previous track kitchen speaker"."""
_VERBS_AFTER = frozenset("carry keep do use make produce generate consume draw cost give need go get run play".split())


def without_verb(name: str, situation: Situation, *, strange: bool = False) -> str | None:
    """`name` without a verb at its end, when an exact name of one thing remains: "solar panels making"; else None.

    `strange`: words that no name of the home has may stand there, too: "washing machine sprung a".
    """
    words = every_word(name)
    kept = len(words)
    while kept > 1 and (
        words[kept - 1] in _VERBS_AFTER
        or words[kept - 1].endswith("ing")
        or (strange and words[kept - 1].isalpha() and stem(words[kept - 1]) not in situation.index.vocabulary)
    ):
        kept -= 1
        rest = stems(" ".join(words[:kept]))
        if len(situation.index.exactly(rest)) == 1 and not situation.index.exactly(stems(name)):
            return " ".join(words[:kept])
    return None


def _stray(word: str, situation: Situation) -> bool:
    if word in situation.index.vocabulary or word in _KNOWN_STEMS - _OPENERS:
        return False
    if word in _EMPTY_STEMS or word in _OPENERS or word in _PIECES:
        return True
    return any(distance(word, known, 1) <= 1 for known in _STRAY_NEAR)


def _run(words: Sequence[str], start: int, nouns: frozenset[str]) -> int:
    """The end of the run of nouns that begins at `start`."""
    end = start
    while end < len(words) and words[end] in nouns:
        end += 1
    return end


def _begin(words: Sequence[str], start: int, known: frozenset[str]) -> int | None:
    """Where the noun phrase begins whose end is at `start`, or None when nothing unexplained stands before it."""
    left = start
    while left > 0 and _unexplained(words[left - 1], known):
        left -= 1
    return None if left in {0, start} or words[left - 1] not in _OPENERS else left


def telling(word: str) -> bool:
    """Whether a word, in the singular, may tell things apart: it is no number and none of the words that stand in every sentence."""
    return word.isalpha() and word not in _KNOWN_STEMS and word not in _EMPTY_STEMS


_TIMING = frozenset(
    """timer reminder remind alarm countdown count clock start set new another called call
    named name title label wake ping alert buzz beep ring let
    know need want begin create add egg cook length total time next following one other both""".split()
)
"""Words, in the singular, that any timer may be asked for with."""


_PLAYERS = frozenset({"tv", "telly", "television", "radio", "stereo", "speaker", "receiver"})


def players_said(words: Sequence[str]) -> frozenset[Noun]:
    """The kinds of players that stand in a sentence, each as "the radio"."""
    return frozenset(
        NOUNS[word] for before, word in pairwise(words) if word in _PLAYERS and before in {"the", "my", "our"}
    )


_LENGTHS = "a|an|half|quarter|three|the|next|about|around|exactly|just|me|us|" + "|".join(NUMERALS)
_TIMER_FOR = re.compile(rf"\btimer for (?:my |our |the )?(?!(?:{_LENGTHS})\b)([a-z']+)", re.IGNORECASE)


def untold(calls: Sequence[Call], text: str) -> bool:
    """Whether a sentence that only starts timers has words for what they are for that none of them has, or "timer for" what no call has."""
    nameless = any(call.name == "StartTimer" and call.values.keys().isdisjoint({"timer", "command"}) for call in calls)
    if nameless and any(stem(found[1].lower()) not in spans_of(calls) for found in _TIMER_FOR.finditer(text)):
        return True
    if not calls or any(call.name != "StartTimer" or "command" in call.values for call in calls):
        return False
    told = spans_of(calls) | _TIMING
    return len(calls) > 1 and any(telling(word) and word not in told for word in stems(text))


def _unexplained(word: str, known: frozenset[str]) -> bool:
    return word.isalpha() and word not in known and word not in _KNOWN_STEMS
