"""Changes for a while: "turn on the heater for ten minutes" is a change now and its reverse after that length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from appliance.messages import Action, Call, Entity, Intent, Quantity, Step, Task
from appliance.resolver.amounts import number
from appliance.resolver.restored import restored
from appliance.resolver.situation import Situation, listed, quantity
from appliance.resolver.switching import bolt, checked, move, mute, turn
from appliance.resolver.tasks import length_slots


def _as_loud(entity: Entity) -> Action | None:
    """Back to the volume of now, whatever the player does then."""
    volume = entity.attributes.get("volume_level")
    data = {"volume_level": volume}
    return None if volume is None else Action(entity.id, "volume_set", data, data)


LENGTHS = ("duration", "until")
"""Keys of how long something is to hold."""
_Back = Callable[[Entity], Action | str | None]
_BACK: Mapping[str, tuple[str, bool, _Back]] = {
    "TurnOn": ("turn off", True, lambda entity: turn(entity, on=False)),
    "TurnOff": ("turn on", False, lambda entity: turn(entity, on=True)),
    "Open": ("close", True, lambda entity: move(entity, opened=False)),
    "Close": ("open", False, lambda entity: move(entity, opened=True)),
    "Unlock": ("lock", True, lambda entity: bolt(entity, locked=True)),
    "Mute": ("unmute", False, lambda entity: mute(entity, muted=False)),
    "MediaPause": (
        "resume",
        False,
        lambda entity: checked(entity, Action(entity.id, "media_play", expect={"state": "playing"})),
    ),
    "SetVolume": ("set back", True, _as_loud),
    **dict.fromkeys(
        ("LightSet", "SetPosition", "FanSetSpeed", "ClimateSet", "SetNumber", "SelectOption"),
        ("set back", True, restored),
    ),
}
"""Call to the words of its reverse, whether it is taken back even where nothing had to change, and the reverse itself: back to what
it was before where there is no opposite. Nothing is unlocked by itself."""
_NOT_BACK = frozenset({"mode", "fan_mode", "oscillate"})
"""Values of which the state before is not known well enough."""


def without_length(call: Call) -> Call:
    """`call` as if no length had been said."""
    return replace(call, values={key: value for key, value in call.values.items() if key not in LENGTHS})


def said_length(call: Call) -> Quantity | None:
    """The length in seconds, or the end in seconds after midnight, that `call` gives; None: there is none, or it is not understood."""
    length, end = (quantity(call.values, key) for key in LENGTHS)
    if length is None:
        return end
    return length if length.value is not None and length.value > 0 else None


def taken_back(call: Call, steps: Sequence[Step], situation: Situation) -> list[Step]:
    """Return the steps that take `steps` back after the length that `call` gives: one timer, a refusal, or none.

    What was off already is not switched on after an "off for an hour", so that a sweep brings back only what it took.
    """
    length = said_length(call)
    if length is None or length.value is None or any(step.refusal for step in steps):
        return []
    words, always, reverse = _BACK.get(call.name, ("", True, lambda _: None))
    if _NOT_BACK & call.values.keys():
        reverse = _never
    changed, actions = [], []
    for action in (action for step in steps for action in step.actions):
        entity = situation.by_id[action.entity]
        back = reverse(entity)
        if not isinstance(back, Action):
            return [Step(refusal=f"{entity.name} cannot be changed back by itself, please do that later.")]
        if always or entity.state != action.expect.get("state"):
            changed.append(entity)
            actions.append(
                {"entity": back.entity, "command": back.command, "data": dict(back.data), "expect": dict(back.expect)}
            )
    if not changed:
        return []
    command = f"{words} {listed(changed, situation)}"
    until = call.values.get("until") is not None
    slots = {} if until else length_slots(length)
    intent = Intent("HassStartTimer", {**slots, "conversation_command": command}, (), call.confidence)
    when = {"at" if until else "seconds": number(length.value)}
    return [Step(intent=intent, task=Task("StartTimer", {**when, "command": command, "actions": actions}))]


def _never(_entity: Entity) -> None:
    """Back to what it was: nobody knows."""
