"""Changes for a while: "turn on the heater for ten minutes" is a change now and its reverse after that length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from appliance.messages import Action, Call, Entity, Intent, Quantity, Step, Task
from appliance.resolver.amounts import number
from appliance.resolver.situation import Situation, listed, quantity
from appliance.resolver.switching import Outcome, move, turn
from appliance.resolver.tasks import length_slots

_BACK: Mapping[str, tuple[str, bool, Callable[[Entity], Outcome]]] = {
    "TurnOn": ("turn off", True, lambda entity: turn(entity, on=False)),
    "TurnOff": ("turn on", False, lambda entity: turn(entity, on=True)),
    "Open": ("close", True, lambda entity: move(entity, opened=False)),
    "Close": ("open", False, lambda entity: move(entity, opened=True)),
}
"""Call to the words of its reverse, whether it is taken back even where nothing had to change, and the reverse itself."""


def without_length(call: Call) -> Call:
    """`call` as if no length had been said."""
    return replace(call, values={key: value for key, value in call.values.items() if key != "duration"})


def said_length(call: Call) -> Quantity | None:
    """The length in seconds that `call` gives; None: there is none, or it is not understood."""
    length = quantity(call.values, "duration")
    return length if length is not None and length.value is not None and length.value > 0 else None


def taken_back(call: Call, steps: Sequence[Step], situation: Situation) -> list[Step]:
    """Return the steps that take `steps` back after the length that `call` gives: one timer, a refusal, or none.

    What was off already is not switched on after an "off for an hour", so that a sweep brings back only what it took.
    """
    length = said_length(call)
    if length is None or length.value is None or any(step.refusal for step in steps):
        return []
    words, always, reverse = _BACK[call.name]
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
    intent = Intent("HassStartTimer", {**length_slots(length), "conversation_command": command}, (), call.confidence)
    return [
        Step(
            intent=intent,
            task=Task("StartTimer", {"seconds": number(length.value), "command": command, "actions": actions}),
        )
    ]
