"""A reply as people read it at the prompt: heard, intents, topic and payload or pin, reported state, answer, milliseconds."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from enum import StrEnum

from appliance.messages import Area, Delivery, Entity, Home, Intent, Json, Reply, Result

_MARGIN = 9
"""Width of the column with the names of the stages."""
_STAGES = ("understand", "decide", "act", "confirm", "answer", "total")
_GOOD = (Result.CONFIRMED, Result.UNCHANGED, Result.DRY_RUN)
_WAITING = (Result.PENDING, Result.REFUSED)
_MAX_ENTITIES = 4
"""Entities of an intent that are named; the actions name them all."""
_LONG = 300
"""Longest sentence that is repeated whole."""
_WIDE = 64
"""Longest state or payload that is shown whole."""
_TELLING = (
    "brightness", "rgb_color", "color_temp_kelvin", "current_position", "percentage", "oscillating", "temperature",
    "current_temperature", "humidity", "volume_level", "preset_mode", "mode",
)  # fmt: skip
"""Attributes worth a place beside the state."""


class Style(StrEnum):
    """Terminal colours."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


class Paint:
    """Puts colours on, or leaves text as it is."""

    def __init__(self, *, colour: bool) -> None:
        """Paint with or without colour."""
        self._colour = colour

    def __call__(self, text: str, *styles: Style) -> str:
        """`text` in these styles."""
        return f"\x1b[{';'.join(styles)}m{text}\x1b[0m" if self._colour and styles and text else text


PLAIN = Paint(colour=False)


def render(reply: Reply, heard: str, *, paint: Paint = PLAIN, width: int = 100) -> str:
    """All stages of one request, aligned, without a final line feed."""
    lines = _stage("heard", [paint(_cut(clean(heard), _LONG), Style.BOLD)], paint)
    lines += _stage("intents", _intents(reply.intents) or ["none"], paint)
    if reply.actions:
        lines += _stage("sent", _hand_overs(reply.actions) or ["nothing"], paint)
        lines += _stage("state", _outcomes(reply.actions, paint), paint)
    lines += _stage("reply", textwrap.wrap(clean(reply.text), max(40, width - _MARGIN)) or [""], paint, Style.CYAN)
    lines += _stage("time", [paint(_milliseconds(reply), Style.DIM)], paint)
    return "\n".join(lines)


def exit_code(reply: Reply) -> int:
    """0: done; 3: not understood, refused or waiting for a confirmation; 4: a device that reports did not confirm.

    What only can be sent (a scene, a button) is done when it was sent.
    """
    results = {action.result for action in reply.actions if action.reports or action.result is not Result.SENT}
    if results - {*_GOOD, *_WAITING}:
        return 4
    if results & set(_WAITING) or reply.refusals:
        return 3
    return 0


def table(home: Home) -> str:
    """All entities with their states, by floor and area."""
    if not home.entities:
        return "No devices yet."
    floors = {floor.id: floor.name for floor in home.floors}
    order = {area.id: place for place, area in enumerate(_by_floor(home))}
    areas = {area.id: area for area in home.areas}
    entities = sorted(
        home.entities, key=lambda one: (order.get(one.area or "", len(order)), one.domain, one.name.lower())
    )
    wide_name = max(len(clean(one.name)) for one in entities)
    wide_id = max(len(one.id) for one in entities)
    lines: list[str] = []
    place: str | None = None
    for entity in entities:
        area = areas.get(entity.area or "")
        title = _title(area, floors)
        if title != place:
            lines += ["", title] if lines else [title]
            place = title
        lines.append(f"  {clean(entity.name):<{wide_name}}  {entity.id:<{wide_id}}  {shown_state(entity)}")
    return "\n".join([*lines, "", f"{len(entities)} entities in {len(home.areas)} areas"])


def shown_state(entity: Entity) -> str:
    """State with unit and the attributes worth knowing."""
    return clean(
        f"{entity.state} {entity.attributes.get('unit_of_measurement') or ''}".rstrip() + _attributes(entity.attributes)
    )


def clean(text: str) -> str:
    """`text` on one line without control characters: what came from outside must not command the terminal."""
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _intents(intents: Sequence[Intent]) -> list[str]:
    wide = max((len(intent.name) for intent in intents), default=0)
    lines = []
    for intent in intents:
        slots = " ".join(f"{key}={_value(value)}" for key, value in intent.slots.items())
        entities = ", ".join(intent.entities[:_MAX_ENTITIES])
        more = len(intent.entities) - _MAX_ENTITIES
        touched = f"→ {entities}{f' and {more} more' if more > 0 else ''}" if entities else ""
        lines.append(clean(f"{intent.name:<{wide}}  {slots}  {touched}"))
    return lines


def _hand_overs(actions: Sequence[Delivery]) -> list[str]:
    """Topics and pins with what was sent there; what was not sent is missing."""
    sent: list[tuple[str, str]] = []
    for action in actions:
        if action.pin is not None:
            sent.append((f"GPIO {action.pin}", action.payload or ""))
        elif action.topic is not None:
            sent += [(action.topic, action.payload or ""), *action.also]
    wide = max((len(clean(target)) for target, _ in sent), default=0)
    return [f"{clean(target):<{wide}}  {_cut(clean(payload))}".rstrip() for target, payload in sent]


def _outcomes(actions: Sequence[Delivery], paint: Paint) -> list[str]:
    wide_id = max(len(clean(action.entity)) for action in actions)
    wide_result = max(len(action.result) for action in actions)
    return [_outcome(action, wide_id, wide_result, paint) for action in actions]


def _outcome(action: Delivery, wide_id: int, wide_result: int, paint: Paint) -> str:
    good, waiting = action.result in _GOOD, action.result in _WAITING or _mute(action)
    mark, style = ("✓", Style.GREEN) if good else ("?", Style.YELLOW) if waiting else ("✗", Style.RED)
    state = action.state.get("state")
    parts = [f"{clean(action.entity):<{wide_id}}  {action.result:<{wide_result}}"]
    if state is not None:
        parts.append(_cut(f"{state}{_attributes(action.state)}"))
    if action.detail or _mute(action):
        parts.append(action.detail or "reports no state")
    if action.ms:
        parts.append(f"{action.ms:.{1 if action.ms < 10 else 0}f} ms")
    return f"{paint(mark, style)} {clean('  '.join(parts))}"


def _mute(action: Delivery) -> bool:
    """Whether there was nothing to wait for: scenes and buttons do not report."""
    return action.result is Result.SENT and not action.state and not action.ms


def _attributes(values: Mapping[str, Json]) -> str:
    return "".join(f", {key} {_value(values[key])}" for key in _TELLING if values.get(key) is not None)


def _value(value: Json) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_value(item) for item in value) + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    text = str(value)
    return f'"{text}"' if " " in text or not text else text


def _milliseconds(reply: Reply) -> str:
    stages = " · ".join(f"{stage} {reply.ms[stage]:.1f}" for stage in _STAGES if stage in reply.ms)
    by = {"none": "", "history": "  (history)"}.get(reply.route, f"  ({reply.route} model)")
    return f"{stages} ms{by}" if stages else "not measured"


def _stage(name: str, lines: Sequence[str], paint: Paint, *styles: Style) -> list[str]:
    first, *rest = (paint(line, *styles) for line in lines)
    label = paint(f"{name:<{_MARGIN - 1}}", Style.DIM)
    return [f"{label} {first}", *(" " * _MARGIN + line for line in rest)]


def _cut(text: str, limit: int = _WIDE) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _by_floor(home: Home) -> list[Area]:
    order = {floor.id: place for place, floor in enumerate(home.floors)}
    return sorted(home.areas, key=lambda area: order.get(area.floor or "", len(order)))


def _title(area: Area | None, floors: Mapping[str, str]) -> str:
    if area is None:
        return "No area"
    floor = floors.get(area.floor or "")
    return f"{area.name} ({floor})" if floor else area.name
