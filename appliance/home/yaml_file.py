"""A home in one YAML file: floors, areas, entities, and how to reach devices that announce nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from appliance.errors import HomeError
from appliance.home.hints import nearest
from appliance.messages import COMMANDS, NOTHING, Area, Entity, Floor, Home, Json

MAX_BYTES = 2_000_000
"""Longest file."""
MAX_ITEMS = 5000
"""Most floors, areas or entities."""
MAX_NAME = 200
"""Longest name or alias, in characters."""
MAX_DEPTH = 12
"""Deepest nesting."""

_ENTITY_ID = re.compile(r"[a-z_]{1,32}\.[a-z0-9_]{1,100}")
_ID = re.compile(r"[a-z0-9_-]{1,100}")
_LIGHT_CAPABILITIES = frozenset({"brightness", "color", "color_temp"})
_UNITS = ("celsius", "fahrenheit")


@dataclass(frozen=True, slots=True)
class HomeFile:
    """What one file says."""

    home: Home
    mqtt: Mapping[str, Mapping[str, Json]] = field(default_factory=lambda: NOTHING)
    """Entity id to the keys of Home Assistant's MQTT discovery, for devices that do not announce themselves."""


_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Lined(dict[str, Json]):
    """A mapping that knows where it stands."""

    line = 0
    """Line of its beginning, from 1."""


class _Loader(_Base):  # type: ignore[misc, valid-type]
    """A safe loader that refuses keys that stand twice and remembers the lines of mappings."""

    def construct_lined(self, node: Any) -> Iterator[_Lined]:
        found = _Lined()
        found.line = node.start_mark.line + 1
        yield found  # filled afterwards, as the loader does with all containers
        found.update(self.construct_mapping(node))

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[Any] = set()
        for key_node, _value in node.value:
            name = getattr(key_node, "value", None)
            if isinstance(name, str):
                if name in seen:
                    message = f"the key {name!r} stands twice ({_place(key_node.start_mark)})"
                    raise HomeError(message)
                seen.add(name)
        return super().construct_mapping(node, deep)


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_lined)


def _place(mark: Any) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else "unknown place"


def load_home(path: Path | str) -> Home:
    """Read a home from a file; raises HomeError naming the file, the key and the place."""
    return load_home_file(path).home


def load_home_file(path: Path | str) -> HomeFile:
    """Read a home with its MQTT keys from a file; raises HomeError."""
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            message = f"{path}: the file is larger than {MAX_BYTES} bytes"
            raise HomeError(message)
        text = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        message = f"{path}: cannot be read as UTF-8 text: {error}"
        raise HomeError(message) from error
    try:
        return parse_home(text)
    except HomeError as error:
        message = f"{path}: {error}"
        raise HomeError(message) from None


def parse_home(text: str) -> HomeFile:
    """Read a home from YAML text; raises HomeError."""
    if len(text) > MAX_BYTES:
        message = f"the text is longer than {MAX_BYTES} characters"
        raise HomeError(message)
    try:
        for event in yaml.parse(text, Loader=_Base):
            if isinstance(event, yaml.AliasEvent):
                message = f"aliases (*name) are not allowed: they multiply ({_place(event.start_mark)})"
                raise HomeError(message)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506  (a subclass of the safe loader)
    except yaml.MarkedYAMLError as error:
        message = f"not valid YAML: {error.problem or error.context} ({_place(error.problem_mark)})"
        raise HomeError(message) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        message = f"not valid YAML: {error}"
        raise HomeError(message) from error
    return _home({} if document is None else document)


def _home(document: Json) -> HomeFile:
    top = _Table(document, "the file", ("floors", "areas", "entities", "temperature_unit"))
    floors = tuple(_floor(item) for item in top.tables("floors", ("id", "name", "aliases", "level")))
    _distinct("floors", [floor.id for floor in floors])
    areas = tuple(
        _area(item, [floor.id for floor in floors]) for item in top.tables("areas", ("id", "name", "aliases", "floor"))
    )
    _distinct("areas", [area.id for area in areas])
    known = [area.id for area in areas]
    keys = ("id", "name", "aliases", "area", "device_class", "state", "attributes", "features", "mqtt")
    tables = top.tables("entities", keys)
    entities = tuple(_entity(item, known) for item in tables)
    _distinct("entities", [entity.id for entity in entities])
    mqtt = {
        entity.id: item.mapping("mqtt") for entity, item in zip(entities, tables, strict=True) if item.mapping("mqtt")
    }
    unit = top.text("temperature_unit", "celsius")
    if unit not in _UNITS:
        message = f"temperature_unit: {unit!r} is none of {', '.join(_UNITS)}{nearest(unit, _UNITS)}"
        raise HomeError(message)
    return HomeFile(Home(floors, areas, entities, structure=1, temperature_unit=unit), mqtt)


def _floor(item: _Table) -> Floor:
    level = item.value("level")
    if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
        message = f"{item.place}: level must be a whole number"
        raise HomeError(message)
    return Floor(item.id(_ID), item.name(), item.texts("aliases"), level)


def _area(item: _Table, floors: Sequence[str]) -> Area:
    return Area(item.id(_ID), item.name(), item.texts("aliases"), item.reference("floor", floors))


def _entity(item: _Table, areas: Sequence[str]) -> Entity:
    features = None
    if item.value("features") is not None:
        known = COMMANDS | _LIGHT_CAPABILITIES
        names = item.texts("features")
        for name in names:
            if name not in known:
                message = f"{item.place}: features: {name!r} is not known{nearest(name, known)}"
                raise HomeError(message)
        features = frozenset(names)
    return Entity(
        id=item.id(_ENTITY_ID),
        name=item.name(),
        aliases=item.texts("aliases"),
        area=item.reference("area", areas),
        device_class=item.text("device_class", "") or None,
        state=item.state(),
        attributes=item.mapping("attributes"),
        features=features,
    )


def _distinct(what: str, ids: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(ids, start=1):
        if name in seen:
            message = f"{what}: the id {name!r} is used twice (entries {seen[name]} and {number})"
            raise HomeError(message)
        seen[name] = number


class _Table:
    """Typed access to one mapping of the file; errors name the place."""

    def __init__(self, value: Json, place: str, keys: Sequence[str]) -> None:
        self.place = place
        if not isinstance(value, dict):
            message = f"{place} must be a mapping of {', '.join(keys)}"
            raise HomeError(message)
        for name in value:
            if name not in keys:
                message = f"{place}: unknown key {name!r}{nearest(str(name), keys)}; known: {', '.join(keys)}"
                raise HomeError(message)
        self._value: Mapping[str, Json] = value

    def value(self, name: str) -> Json:
        return self._value.get(name)

    def _fail(self, name: str, rule: str) -> HomeError:
        return HomeError(f"{self.place}: {name} {rule}")

    def tables(self, name: str, keys: Sequence[str]) -> list[_Table]:
        items = self._value.get(name)
        if items is None:
            return []
        if not isinstance(items, list):
            raise self._fail(name, "must be a list")
        if len(items) > MAX_ITEMS:
            raise self._fail(name, f"has more than {MAX_ITEMS} entries")
        return [_Table(item, _entry(name, number, item), keys) for number, item in enumerate(items, start=1)]

    def text(self, name: str, default: str) -> str:
        value = self._value.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self._fail(name, "must be a text")
        return str(value)[:MAX_NAME]

    def id(self, pattern: re.Pattern[str]) -> str:
        value = self.text("id", "")
        if not pattern.fullmatch(value):
            shape = "like light.kitchen_ceiling" if pattern is _ENTITY_ID else "of lower-case letters, digits, _ and -"
            raise self._fail("id", f"must be {shape}, not {value!r}")
        return value

    def name(self) -> str:
        value = self.text("name", "").strip()
        if value:
            return value
        ident = self.text("id", "").rpartition(".")[2].replace("_", " ").replace("-", " ")
        return ident[:1].upper() + ident[1:]

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._value.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(
            isinstance(item, str | int | float) and not isinstance(item, bool) for item in value
        ):
            raise self._fail(name, "must be a list of texts")
        return tuple(str(item)[:MAX_NAME] for item in value)

    def reference(self, name: str, known: Sequence[str]) -> str | None:
        value = self.text(name, "")
        if value and value not in known:
            raise self._fail(name, f"{value!r} is not the id of a known {name}{nearest(value, known)}")
        return value or None

    def state(self) -> str:
        value = self._value.get("state")
        if value is None:
            return "unknown"
        if isinstance(value, bool):
            return "on" if value else "off"  # YAML 1.1 reads an unquoted on or off as a truth value
        if isinstance(value, float) and not math.isfinite(value):
            raise self._fail("state", "must be finite")
        if not isinstance(value, str | int | float):
            raise self._fail("state", "must be a text or a number")
        return str(value)[:MAX_NAME]

    def mapping(self, name: str) -> Mapping[str, Json]:
        value = self._value.get(name)
        if value is None:
            return NOTHING
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value):
            raise self._fail(name, "must be a mapping of texts to values")
        _check_plain(value, f"{self.place}: {name}", 0)
        return {key: _words(item) for key, item in value.items()}


def _words(value: Json) -> Json:
    """Undo YAML 1.1 in a list of words: ``[off, heat]`` is read as false and "heat"."""
    if isinstance(value, list) and any(isinstance(item, str) for item in value):
        return [("on" if item else "off") if isinstance(item, bool) else item for item in value]
    return value


def _entry(name: str, number: int, item: Json) -> str:
    ident = item.get("id") if isinstance(item, dict) else None
    line = f", line {item.line}" if isinstance(item, _Lined) else ""
    return f"{name} entry {number}" + (f" ({ident})" if isinstance(ident, str) else "") + line


def _check_plain(value: Json, place: str, depth: int) -> None:
    """Refuse what JSON could not hold: dates, sets, bytes, not-a-number, deep nesting."""
    if depth > MAX_DEPTH:
        message = f"{place} is nested deeper than {MAX_DEPTH}"
        raise HomeError(message)
    if isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                message = f"{place}: the key {name!r} must be a text (put it in quotes)"
                raise HomeError(message)
            _check_plain(item, f"{place}.{name}", depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check_plain(item, place, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        message = f"{place} must be finite"
        raise HomeError(message)
    elif value is not None and not isinstance(value, str | int | float):
        message = f"{place}: {value!r} must be a text, a number or a truth value (put it in quotes)"
        raise HomeError(message)


# --- writing -----------------------------------------------------------------------------------------


class _Dumper(yaml.SafeDumper):
    """Writes one entry per line, as people do."""


def _flow(dumper: yaml.SafeDumper, value: Mapping[str, Json]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


class _Row(dict[str, Json]):
    """A mapping that is written on one line."""


_Dumper.add_representer(_Row, _flow)
_WIDTH: Final = 10_000


def dump_home(home: Home) -> str:
    """Write a home as YAML that :func:`load_home` reads back to an equal home (but for `structure` and `origin`)."""
    document: dict[str, Json] = {}
    if home.temperature_unit != "celsius":
        document["temperature_unit"] = home.temperature_unit
    document["floors"] = [
        _row(id=floor.id, name=floor.name, aliases=list(floor.aliases), level=floor.level) for floor in home.floors
    ]
    document["areas"] = [
        _row(id=area.id, name=area.name, aliases=list(area.aliases), floor=area.floor) for area in home.areas
    ]
    document["entities"] = [
        _row(
            id=entity.id,
            name=entity.name,
            aliases=list(entity.aliases),
            area=entity.area,
            device_class=entity.device_class,
            state=entity.state,
            attributes=_plain(entity.attributes),
            features=None if entity.features is None else sorted(entity.features),
        )
        for entity in home.entities
    ]
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _row(**values: Json) -> _Row:
    """Leave out what is empty; an empty list of features says something."""
    return _Row(
        {
            name: value
            for name, value in values.items()
            if value or (value is not None and name in {"features", "level"})
        }
    )


_PLAIN: tuple[tuple[type | tuple[type, ...], Callable[[Any], Json]], ...] = (
    (Mapping, lambda value: {str(name): _plain(item) for name, item in value.items()}),
    ((list, tuple, frozenset), lambda value: [_plain(item) for item in value]),
)


def _plain(value: Json) -> Json:
    for kind, convert in _PLAIN:
        if isinstance(value, kind):
            return convert(value)
    return value
