"""The rules that are programs: names with their articles, places, numbers, lists of items, delayed commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.command_model.generator import amounts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from provisioning.command_model.generator.naming import Names
    from provisioning.command_model.generator.notation import Draw, Grammar, Node, Piece

DEVICES = {
    "light": "light", "plug": "plug_names", "fan": "fan", "cover": "cover", "gate": "cover_names", "valve": "valve_names", "lock": "lock_names",
    "climate": "climate_names", "vacuum": "vacuum_names", "mower": "mower_names", "speaker": "speaker_names", "scene": "scene_names",
    "button": "button_names", "switch": "switch_names", "number_name": "number_names", "select": "select_names", "sensor": "sensor",
}  # fmt: skip
"""Rule to the kind or the vocabulary of its names; ``{the_light}`` is the same with an article, marked as a name."""

ENTRIES = {
    "color_name": "colors", "white_name": "whites", "title": "titles", "artist": "artists", "genre": "genres", "message_text": "messages", "task": "tasks",
    "list_name": "list_names", "timer_name": "timer_names", "option_name": "options", "zone_name": "zones", "script_word": "script_words",
    "floor_name": "floors", "on_floor": "on_floors", "scene_word": "scene_names", "preposition_name": "preposition_names",
    "food_text": "foods", "adjective": "food_adjectives", "modifier": "light_modifiers",
    "brand": "brands", "shop": "shops", "purpose": "purposes", "flavour": "flavours", "flavoured": "flavoured", "measure": "amounts", "extra": "extras", "goods": "goods",
    "gear": "gear", "spot": "spots", "event": "events", "visitor": "visitors", "trouble": "troubles", "errand": "deeds", "clean_verb": "clean_verbs",
    "clean_thing": "clean_things", "fix_verb": "fix_verbs", "fix_thing": "fix_things", "contact": "contacts", "matter": "matters", "bill": "bills",
    "booking": "bookings", "destination": "destinations", "study": "studies", "title_noun": "title_nouns", "title_plural": "title_plurals",
    "title_adjective": "title_adjectives", "title_ing": "title_ing", "title_command": "title_commands", "title_object": "title_objects",
    "title_tail": "title_tails", "title_form": "title_forms", "ensemble": "ensembles", "first_name": "first_names", "surname": "surnames",
    "activity": "activities", "vessel": "vessels", "which": "which", "odd": "odd_words",
}  # fmt: skip
"""Rule to the vocabulary section that it draws from."""

COMPOSED = {
    "message_text": ("made_message", 0.6), "title": ("made_title", 0.4), "artist": ("made_artist", 0.3), "task": ("made_task", 0.5),
    "timer_name": ("made_timer", 0.35), "list_name": ("made_list", 0.15), "item_text": ("made_item", 0.4), "thing_text": ("made_thing", 0.35),
}  # fmt: skip
"""Rule to the template rule that puts some of its texts together, and their share."""

NUMBERS: dict[str, Callable[[Draw], str]] = {
    "percent": amounts.percent, "step": amounts.step, "degrees": amounts.degrees, "few_degrees": amounts.few_degrees, "kelvin_number": amounts.kelvin,
    "plain_number": amounts.plain, "count": amounts.count, "duration_text": amounts.duration, "length_name": amounts.length_name, "clock": amounts.clock,
}  # fmt: skip

_ARTICLES = ("the", "the", "the", "the", "the", "the", "the", "my", "our", "", "")
_OFTEN_BARE = frozenset({"scene", "vacuum", "mower", "speaker"})
_MADE_UP = 0.14
"""Share of invented words among free texts."""


def register(
    grammar: Grammar,
    names: Names,
    clause: Callable[[Draw, list[Piece]], None],
    command: Callable[[Draw, list[Piece]], None],
) -> None:
    """Add all rules of this module to `grammar`; `clause` appends a command that can be delayed, `command` one that talk can surround."""
    rules = grammar.rules
    for rule, kind in DEVICES.items():
        rules[rule] = _plain(_device(names, kind))
        rules[f"the_{rule}"] = _named(_device(names, kind), bare=rule in _OFTEN_BARE)
        rules[f"owned_{rule}"] = _plain(_possessive(names, kind))
        rules[f"the_{rule}_s"] = _owning(_device(names, kind))
    for rule in ("light", "plug", "fan"):
        rules[f"near_{rule}"] = _plain(_unplaced(names, DEVICES[rule]))
    for rule, section in ENTRIES.items():
        rules[rule] = _plain(_free(names, section))
    for rule, function in NUMBERS.items():
        rules[rule] = _plain(function)
    rules["pseudo"] = _plain(names.pseudo)
    rules["the_pseudo"] = _named(names.pseudo, bare=False)
    rules["person"] = _plain(names.person)
    rules["owner"] = _plain(names.owner)
    rules["area_name"] = _plain(lambda draw: names.area(draw, prefix=False))
    rules["area_word"] = _plain(lambda draw: names.area(draw, prefix=True))
    rules["the_area"] = _area(names, prefix=False)
    rules["area_prefix"] = _area(names, prefix=True)
    rules["item_text"] = _plain(lambda draw: item(names, draw))
    rules["thing_text"] = _plain(lambda draw: item(names, draw, tasks=False))
    for rule, (composed, share) in COMPOSED.items():
        rules[rule] = _sometimes(rules, composed, share, rules[rule])
    rules["clause"] = _clause(clause)
    rules["command"] = command


def _plain(function: Callable[[Draw], str]) -> Node:
    def draw(context: Draw, out: list[Piece]) -> None:
        out.append((function(context), None))

    return draw


def _sometimes(rules: Mapping[str, Node], other: str, share: float, usual: Node) -> Node:
    """Return a rule that is the `other` one in a share of the draws."""

    def draw(context: Draw, out: list[Piece]) -> None:
        (rules[other] if context.random() < share else usual)(context, out)

    return draw


def _device(names: Names, kind: str) -> Callable[[Draw], str]:
    return lambda draw: names.device(draw, kind)


def _possessive(names: Names, kind: str) -> Callable[[Draw], str]:
    return lambda draw: _owner(names.device(draw, kind))


def _owner(name: str) -> str:
    return name + ("'" if name.endswith("s") else "'s")


def _unplaced(names: Names, kind: str) -> Callable[[Draw], str]:
    return lambda draw: names.unplaced(draw, kind)


def _named(function: Callable[[Draw], str], *, bare: bool) -> Node:
    def draw(context: Draw, out: list[Piece]) -> None:
        name = function(context).removeprefix("the ")
        owned = "'" in name.split()[0]
        if context.random() > (0.9 if owned else 0.45 if bare else 0.02):
            article = _ARTICLES[context.below(len(_ARTICLES))]
            if article:
                out.append((article, None))
        out.append((name, "=name"))

    return draw


def _owning(function: Callable[[Draw], str]) -> Node:
    """Return a rule for a name with 's, for what it owns or a short "is" or "has": "the telly's volume", "the oven's been on"."""

    def draw(context: Draw, out: list[Piece]) -> None:
        name = function(context).removeprefix("the ")
        while name.endswith("s"):
            name = function(context).removeprefix("the ")
        if "'" not in name.split()[0]:
            out.append(("the", None))
        out.append((f"{name}'s", "=name"))

    return draw


def _area(names: Names, *, prefix: bool) -> Node:
    def draw(context: Draw, out: list[Piece]) -> None:
        area = names.area(context, prefix=prefix)
        owned = "'" in area.split()[0]
        if context.random() < (0.05 if owned else 0.85):
            article = _ARTICLES[context.below(len(_ARTICLES))]
            if article:
                out.append((article, None))
        out.append((area, "=area"))

    return draw


def _free(names: Names, section: str) -> Callable[[Draw], str]:
    mixed = section in ("titles", "artists", "timer_names", "list_names", "messages")

    def text(draw: Draw) -> str:
        if mixed and draw.random() < _MADE_UP:
            if section == "messages":
                return f"{names.pseudo(draw)} {names.entry(draw, section)} {names.pseudo(draw)}"
            words = [names.pseudo(draw) for _ in range(1 + draw.below(3 if section == "titles" else 2))]
            if draw.random() < 0.3:
                words.append(names.entry(draw, section))
            return " ".join(words)
        return names.entry(draw, section)

    return text


def item(names: Names, draw: Draw, *, tasks: bool = True) -> str:
    """Return an entry of a list: a thing to buy with or without amount, or (with `tasks`) something to do."""
    chance = draw.random() if tasks else 0.22 + 0.78 * draw.random()
    if chance < 0.22:
        return names.entry(draw, "tasks")
    if chance < 0.25:
        return names.entry(draw, "idioms")
    base = names.entry(draw, "foods")
    if chance < 0.35:
        made_up = names.pseudo(draw)
        base = made_up if draw.random() < 0.5 else f"{made_up} {base}"
    if draw.random() < 0.25:
        base = f"{names.entry(draw, 'food_adjectives')} {base}"
    chance = draw.random()
    if chance < 0.1:
        return f"{amounts.count(draw)} {base}"
    if chance < 0.2:
        unit = names.entry(draw, "units")
        return f"{amounts.count(draw)} {unit} of {base}" if draw.random() < 0.6 else f"{unit} of {base}"
    if chance < 0.23:
        return f"{base} for {names.person(draw)}"
    return base


def _clause(clause: Callable[[Draw, list[Piece]], None]) -> Node:
    """Return a rule for the words of a command, without its marks."""

    def draw(context: Draw, out: list[Piece]) -> None:
        inner: list[Piece] = []
        clause(context, inner)
        if context.random() < 0.12:
            inner.append(("and", None))
            clause(context, inner)
        out.append((" ".join(text for text, _ in inner if text), None))

    return draw
