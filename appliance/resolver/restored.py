"""What brings an entity back to the state it had: actions from a snapshot. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.messages import Action, Entity, Json


def restored(before: Entity) -> Action | None:
    """The action that makes an entity as it was `before`; None when nothing does."""
    make = _BACK.get(before.domain)
    return None if make is None or before.state in {"unknown", "unavailable", ""} else make(before)


def _picked(entity: Entity, *names: str) -> dict[str, Json]:
    return {name: entity.attributes[name] for name in names if entity.attributes.get(name) is not None}


def _switch(entity: Entity) -> Action | None:
    return Action(entity.id, f"turn_{entity.state}", expect={"state": entity.state})


def _light(entity: Entity) -> Action | None:
    if entity.state != "on":
        return _switch(entity)
    colour = "color_temp_kelvin" if entity.attributes.get("color_mode") == "color_temp" else "rgb_color"
    data = _picked(entity, "brightness", colour)
    return Action(entity.id, "turn_on", data, {"state": "on", **data})


def _fan(entity: Entity) -> Action | None:
    speed = _picked(entity, "percentage")
    if entity.state != "on" or not speed:
        return _switch(entity)
    return Action(entity.id, "set_percentage", speed, speed)


def _moved(entity: Entity) -> Action | None:
    position = entity.attributes.get("current_position")
    if isinstance(position, int | float) and 0 < position < 100 and "set_position" in (entity.features or ()):
        return Action(entity.id, "set_position", {"position": position}, {"current_position": position})
    opened = entity.state in {"open", "opening"}
    return Action(entity.id, "open" if opened else "close", expect={"state": "open" if opened else "closed"})


def _lock(entity: Entity) -> Action | None:
    commands = {"locked": "lock", "unlocked": "unlock"}
    command = commands.get(entity.state)
    return None if command is None else Action(entity.id, command, expect={"state": entity.state})


def _climate(entity: Entity) -> Action | None:
    wanted = _picked(entity, "temperature")
    if entity.state == "off" or not wanted:
        return Action(entity.id, "set_hvac_mode", {"hvac_mode": entity.state}, {"state": entity.state})
    return Action(entity.id, "set_temperature", wanted, wanted)


def _player(entity: Entity) -> Action | None:
    volume = _picked(entity, "volume_level")
    commands = {"playing": "media_play", "paused": "media_pause", "off": "turn_off", "on": "turn_on"}
    if volume and entity.state in {"playing", "on", "idle"}:
        return Action(entity.id, "volume_set", volume, volume)
    command = commands.get(entity.state)
    return None if command is None else Action(entity.id, command, expect={"state": entity.state})


def _number(entity: Entity) -> Action | None:
    try:
        return Action(entity.id, "set_value", {"value": float(entity.state)})
    except ValueError:
        return None


def _option(entity: Entity) -> Action | None:
    return Action(entity.id, "select_option", {"option": entity.state}, {"state": entity.state})


_BACK: Mapping[str, Callable[[Entity], Action | None]] = {
    "light": _light,
    **dict.fromkeys(("switch", "input_boolean", "siren", "humidifier"), _switch),
    "fan": _fan,
    **dict.fromkeys(("cover", "valve"), _moved),
    "lock": _lock,
    "climate": _climate,
    "media_player": _player,
    **dict.fromkeys(("number", "input_number"), _number),
    **dict.fromkeys(("select", "input_select"), _option),
}
