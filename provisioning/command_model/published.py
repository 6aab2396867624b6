"""Sentences of the templates that Home Assistant publishes, with what Home Assistant itself makes of them in a home.

The package `home-assistant-intents` has the templates, `hassil` reads sentences by them; nothing of either is kept here.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

from hassil import Intents, recognize_best
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import IntentData, RangeSlotList, TextSlotList
from hassil.numbers import get_rbnf_engine

from appliance.messages import Home, Json
from provisioning.command_model.matching import Matching, several

HOME = Path(__file__).with_name("published_home.yaml")
_TRIES = 400
"""Draws for one template until one speaks of what the home has."""
_IN_WORDS = 0.2
"""Share of numbers that are spelt out."""
_ELSEWHERE = 0.5
"""Share of the sentences that need no room and are said in one all the same."""

_NUMBER = re.compile(r"<([\d.]+)>")
"""A number in a drawn sentence. What is expected is recognized in digits: of numbers in words hassil may lose the sign."""

_WILDCARDS = {
    "message": ("dinner is ready", "the taxi is here", "please come downstairs", "the film starts soon"),
    "search_query": ("jazz", "the velvet owls", "morning coffee", "rainy day blues", "harbour lights"),
    "zone": ("home", "work", "school", "gym"),
    "timer_name": ("pizza", "laundry", "tea", "bread", "workout"),
    "timer_command": ("turn off the lights", "open the garage door", "lock the front door", "turn on the coffee machine"),
    "shopping_list_item": ("milk", "brown bread", "tomatoes", "toilet paper", "coffee"),
    "todo_list_item": ("water the plants", "sunscreen", "call grandma", "oat milk", "clean the oven"),
}  # fmt: skip
_RANGES = {"temperature": (16, 28), "volume_step_up": (1, 100), "volume_step_down": (1, 100)}
"""Narrower than the package's: what a thermostat can take, and steps that are some."""

_OPENINGS = frozenset({"door", "window"})


@dataclass(frozen=True, slots=True)
class Expected:
    """What Home Assistant makes of a sentence."""

    intent: str
    slots: Mapping[str, Json]
    entities: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """One sentence."""

    text: str
    area: str | None
    """Id of the area where it is said."""
    block: str
    """The intent and the combination of slots whose template it was drawn from."""
    template: str
    expected: Expected
    purpose: str = ""
    """Why ternd may do otherwise on purpose; empty: it should do the same."""
    otherwise: bool = False
    """Home Assistant reads another intent in it than the one whose template it was drawn from."""


@dataclass
class Drawing:
    """A sentence as it is drawn, with the values of its lists."""

    random: random.Random
    slots: dict[str, Json] = field(default_factory=dict)
    lacking: bool = False
    """The home has nothing of the kind that it would speak of."""


class Published:
    """The templates of the package over a home."""

    def __init__(self, home: Home) -> None:
        """Store the home; `open` reads the package."""
        self._home = home
        self._areas = {area.id: area for area in home.areas}
        self._matching = Matching(home)
        self._intents: Intents
        self._lists: dict[str, TextSlotList] = {}
        self.unmatched = 0
        """Draws that Home Assistant itself does not understand."""
        self.empty: list[str] = []
        """Templates for which nothing was found that the home has."""

    def open(self) -> None:
        """Read the package. Raises :class:`ModuleNotFoundError` where it is not installed."""
        found = find_spec("home_assistant_intents")
        if found is None or found.origin is None:
            raise ModuleNotFoundError("home_assistant_intents is not installed")
        data = json.loads((Path(found.origin).parent / "data" / "en.json").read_text(encoding="utf-8"))
        self._intents = Intents.from_dict(data)
        self._lists = {
            "name": _list(
                (name, entity.name, {"domain": entity.domain, "device_class": entity.device_class})
                for entity in self._home.entities
                for name in (entity.name, *entity.aliases)
            ),
            "area": _list((name, area.name) for area in self._home.areas for name in (area.name, *area.aliases)),
            "floor": _list((name, floor.name) for floor in self._home.floors for name in (floor.name, *floor.aliases)),
        }

    def sentences(self, number: int, seed: int, *, evenly: str = "intents", only: str = "") -> Iterator[Asked]:
        """Draw `number` sentences.

        Args:
            number: How many.
            seed: Of the drawing.
            evenly: ``intents``: intents in turn, in each its blocks in turn, in each a template at random; ``templates``: these in turn.
            only: Blocks whose label begins so.
        """
        drawn = random.Random(seed)
        labelled = [
            (intent.name, [block for block in intent.data if _label(intent.name, block).startswith(only)])
            for intent in self._intents.intents.values()
        ]
        turns: list[Iterator[tuple[str, IntentData, Sentence]]]
        if evenly == "templates":
            every = [
                (name, block, sentence) for name, blocks in labelled for block in blocks for sentence in block.sentences
            ]
            turns = [cycle(drawn.sample(every, len(every)))] if every else []
        else:
            turns = [_at_random(name, blocks, drawn) for name, blocks in labelled if blocks]
        made = (self._sentence(*next(turn), drawn) for turn in cycle(turns))
        return islice((asked for asked in made if asked is not None), number)

    def _sentence(self, name: str, block: IntentData, sentence: Sentence, drawn: random.Random) -> Asked | None:
        needs_area = "area" in block.requires_context
        for _ in range(_TRIES):
            drawing = Drawing(drawn)
            text = " ".join(self._draw(sentence.expression, block, drawing).lower().split())
            said, text = _spelt(text, drawn), _NUMBER.sub(r"\1", text)
            placed = needs_area or drawn.random() < _ELSEWHERE
            area = drawn.choice(self._home.areas).id if placed else None
            slots = {**block.slots, **drawing.slots}
            if needs_area and area is not None:
                slots.setdefault("area", self._areas[area].name)
            if drawing.lacking or "floor floor" in text or self._matching.reached(name, slots, area) is None:
                continue
            expected = self.recognized(text, area)
            if expected is None:
                self.unmatched += 1
                continue
            label = _label(name, block)
            return Asked(
                said,
                area,
                label,
                sentence.text or "",
                expected,
                _purpose(text, sentence.text or "", drawing.slots, needs_area=needs_area),
                otherwise=expected.intent != name,
            )
        self.empty.append(f"{name}: {sentence.text}")
        return None

    # --- what is said ------------------------------------------------------------------------------

    def _draw(self, part: Expression, block: IntentData, drawing: Drawing) -> str:
        if isinstance(part, TextChunk):
            return str(part.original_text)
        if isinstance(part, Alternative):
            return self._draw(drawing.random.choice(part.items), block, drawing)
        if isinstance(part, Permutation):
            items = drawing.random.sample(part.items, len(part.items))
            return "".join(self._draw(item, block, drawing) for item in items)
        if isinstance(part, Group):
            return "".join(self._draw(item, block, drawing) for item in part.items)
        if isinstance(part, RuleReference):
            rules = {**self._intents.expansion_rules, **block.expansion_rules}
            return self._draw(rules[part.rule_name].expression, block, drawing)
        if isinstance(part, ListReference):
            return self._value(part, block, drawing)
        raise TypeError(f"unknown part of a template: {part}")

    def _value(self, part: ListReference, block: IntentData, drawing: Drawing) -> str:
        name, slot = part.list_name, part.slot_name
        values = {**self._intents.slot_lists, **block.slot_lists, **self._lists}[name]
        if isinstance(values, TextSlotList):
            fitting = [value for value in values.values if _fits(value.context, block)]
            if not fitting:
                drawing.lacking = True
                return ""
            chosen = drawing.random.choice(fitting)
            drawing.slots[slot] = chosen.value_out
            return self._draw(chosen.text_in, block, drawing)
        if isinstance(values, RangeSlotList):
            low, high = _RANGES.get(name, (values.start, values.stop))
            number = drawing.random.choice([n for n in values.get_numbers() if low <= n <= high])
            drawing.slots[slot] = number
            return f"<{number}>"
        text = drawing.random.choice(_WILDCARDS[name])
        drawing.slots[slot] = text
        return text

    # --- what Home Assistant makes of it -----------------------------------------------------------

    def recognized(self, text: str, area: str | None) -> Expected | None:
        """What Home Assistant understands, or None; `area` is the id of the area where it is said."""
        context = {"area": self._areas[area].name} if area else None
        result = recognize_best(
            text, self._intents, slot_lists=self._lists, intent_context=context, language="en", best_slot_name="name"
        )
        if result is None:
            return None
        slots = {
            name: value.text.strip() if value.is_wildcard else value.value for name, value in result.entities.items()
        }
        entities = self._matching.reached(result.intent.name, slots, area)
        if entities is None:
            return None
        return Expected(result.intent.name, slots, frozenset(entities))


def _spelt(text: str, drawn: random.Random) -> str:
    """A drawn sentence with some of its numbers in words."""

    def number(found: re.Match[str]) -> str:
        if drawn.random() >= _IN_WORDS:
            return found[1]
        words = get_rbnf_engine("en").format_number(float(found[1]) if "." in found[1] else int(found[1])).text
        return f"{words} " if text[found.end() :][:1].isalpha() else str(words)

    return _NUMBER.sub(number, text)


def _label(name: str, block: IntentData) -> str:
    return f"{name} {(block.metadata or {}).get('slot_combination', '')}"


def _at_random(
    name: str, blocks: Sequence[IntentData], drawn: random.Random
) -> Iterator[tuple[str, IntentData, Sentence]]:
    """The blocks in turn, each with one of its templates."""
    return ((name, block, drawn.choice(block.sentences)) for block in cycle(blocks))


def _list(values: Iterable[tuple[Json, ...]]) -> TextSlotList:
    return TextSlotList.from_tuples(values, allow_template=False)


def _fits(context: Mapping[str, Json] | None, block: IntentData) -> bool:
    """Whether a name may stand in a block: by its domain, and what is asked of a sensor by its class."""
    domains = block.requires_context.get("domain")
    if not context or not domains:
        return True
    if context["domain"] not in several(domains):
        return False
    states = {name for sentence in block.sentences for name in sentence.list_names()}
    return not ("bs_open_states" in states and context["device_class"] not in _OPENINGS) and not (
        "bs_occupancy_states" in states and context["device_class"] in _OPENINGS
    )


_ASKS = ("<are_any>", "<are_all>", "<which>", "<how_many>")
_EVERY = frozenset({"all", "every", "each"})
_HERE = frozenset({"here", "room", "area", "space"})


def _purpose(text: str, template: str, slots: Mapping[str, Json], *, needs_area: bool) -> str:
    """Why ternd may do otherwise on purpose."""
    words = set(text.split())
    if re.sub(r"^(the|my|our) ", "", text) == str(slots.get("name", "")).lower():
        return "the name of a thing alone is no command"
    if template.startswith("<are_all>") and text.split(maxsplit=1)[0] not in {"is", "are"}:
        return "all of a kind with a state and no verb is a command"
    if template.startswith(_ASKS) and "{cover_classes" in template and slots.get("device_class") in _OPENINGS:
        return "of doors and windows their contact sensors are asked, too"
    if "<light>" in template and "lamp" in words and "name" not in slots:
        return "a single lamp is the one called so"
    if needs_area and words & _EVERY and not words & _HERE:
        return "all of a kind without a place are those of the whole home"
    return ""
