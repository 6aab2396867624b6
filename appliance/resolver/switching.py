"""Single actions: which command brings one entity into the state asked for, and what proves it."""

from __future__ import annotations

from appliance.messages import Action, Entity
from appliance.resolver.amounts import texts
from appliance.resolver.kinds import MOVED

Outcome = Action | str | None
"""An action; a reason why this entity cannot; or nothing, when the wish does not concern it."""

_ON = frozenset(
    {
        "on",
        "open",
        "opening",
        "playing",
        "paused",
        "idle",
        "cleaning",
        "mowing",
        "heat",
        "cool",
        "auto",
        "heat_cool",
        "dry",
        "fan_only",
    }
)
_USUAL_MODES = ("heat_cool", "auto", "heat", "cool")


def takes(entity: Entity, command: str) -> bool:
    """Whether the entity takes a command, as far as is known."""
    return entity.features is None or command in entity.features


def light_can(entity: Entity, what: str) -> bool:
    """Whether a light has ``brightness``, ``color`` or ``color_temp``."""
    if entity.features is not None:
        return what in entity.features
    modes = set(texts(entity, "supported_color_modes"))
    if not modes:
        return True
    if what == "brightness":
        return bool(modes - {"onoff", "unknown"})
    if what == "color_temp":
        return "color_temp" in modes
    return bool(modes & {"hs", "rgb", "xy", "rgbw", "rgbww"})


def checked(entity: Entity, action: Action) -> Outcome:
    """`action`, or the reason when the entity does not take its command."""
    if takes(entity, action.command):
        return action
    if entity.features == frozenset():
        return f"{entity.name} can only be read, not commanded."
    return f"{entity.name} does not take the command {action.command.replace('_', ' ')}."


def turn(entity: Entity, *, on: bool) -> Outcome:
    """On or off; open or closed for what moves; started or sent home for what drives."""
    domain = entity.domain
    if domain in MOVED:
        return move(entity, opened=on)
    if domain == "scene":
        return activate(entity) if on else f"{entity.name} is a scene and cannot be turned off."
    if domain == "script":
        return activate(entity) if on else checked(entity, Action(entity.id, "turn_off"))
    if domain == "vacuum":
        return checked(
            entity, Action(entity.id, "start" if on else "return_to_base", expect=_docking(entity, "cleaning", on=on))
        )
    if domain == "lawn_mower":
        return checked(
            entity, Action(entity.id, "start_mowing" if on else "dock", expect=_docking(entity, "mowing", on=on))
        )
    if domain == "climate":
        return _climate(entity, on=on)
    command = "turn_on" if on else "turn_off"
    certain = not (on and domain in {"media_player", "water_heater"})
    return checked(entity, Action(entity.id, command, expect={"state": "on" if on else "off"} if certain else {}))


def _docking(entity: Entity, busy: str, *, on: bool) -> dict[str, str]:
    if on:
        return {"state": busy}
    return {"state": "docked" if entity.state == "docked" else "returning"}


def _climate(entity: Entity, *, on: bool) -> Outcome:
    modes = texts(entity, "hvac_modes")
    if not on:
        if entity.features is not None and "turn_off" in entity.features and "off" not in modes:
            return Action(entity.id, "turn_off", expect={"state": "off"})
        return checked(entity, Action(entity.id, "set_hvac_mode", {"hvac_mode": "off"}, {"state": "off"}))
    mode = next((mode for mode in _USUAL_MODES if mode in modes), None)
    if mode is None:
        return checked(entity, Action(entity.id, "turn_on"))
    return checked(entity, Action(entity.id, "set_hvac_mode", {"hvac_mode": mode}, {"state": mode}))


def toggle(entity: Entity) -> Outcome:
    """The opposite of the present state, which must be known."""
    if entity.state in {"unknown", ""}:
        return f"I do not know whether {entity.name} is on, so I cannot toggle it."
    return turn(entity, on=entity.state not in _ON)


def move(entity: Entity, *, opened: bool) -> Outcome:
    """Open or close a cover or valve."""
    command = "open" if opened else "close"
    return checked(entity, Action(entity.id, command, expect={"state": "open" if opened else "closed"}))


def stop(entity: Entity) -> Outcome:
    """Stop a motion; players and machines pause."""
    if entity.domain in MOVED:
        return checked(entity, Action(entity.id, "stop"))
    if entity.domain == "media_player":
        return checked(entity, Action(entity.id, "media_pause", expect={"state": "paused"}))
    return checked(entity, Action(entity.id, "pause", expect={"state": "paused"}))


def bolt(entity: Entity, *, locked: bool) -> Outcome:
    """Lock or unlock."""
    return checked(
        entity, Action(entity.id, "lock" if locked else "unlock", expect={"state": "locked" if locked else "unlocked"})
    )


def mute(entity: Entity, *, muted: bool) -> Outcome:
    """Silence a player, or let it be heard again."""
    data = {"is_volume_muted": muted}
    return checked(entity, Action(entity.id, "volume_mute", data, data))


def activate(entity: Entity) -> Outcome:
    """Run a scene, script or automation."""
    return checked(entity, Action(entity.id, "activate"))
