"""Turning an action on an entity into what the gates take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from appliance.errors import ActError
from appliance.home.live import Live
from appliance.messages import Action, Json, PinChange, Publish

COMMAND_EXPIRY_S = 10
"""A command that the broker could not deliver within this time is dropped by it."""

Encoder = Callable[[Mapping[str, Json]], tuple[Publish | PinChange, ...]]
"""Makes the messages from the entity's present state and attributes; raises ActError."""


def encoder_of(live: Live, action: Action) -> Encoder:
    """Find what turns `action` into messages.

    Raises:
        ActError: the entity takes no such command.
    """
    if live.pinned:
        return lambda _now: (PinChange(action.entity, action.command, action.data),)
    name, binding = live.entity.name, live.binding
    if binding is None:
        message = f"{name} is only described in the home file; nothing says how to command it"
        raise ActError(message)
    encode = binding.commands.get(action.command)
    command = action.command.replace("_", " ")
    if encode is None:
        notes = f" ({'; '.join(binding.notes)})" if binding.notes else ""
        message = f"{name} does not take {command}{notes}"
        raise ActError(message)

    def messages(now: Mapping[str, Json]) -> tuple[Publish | PinChange, ...]:
        try:
            sent = encode(action.data, now)
        except (TypeError, ValueError, ArithmeticError, LookupError) as error:
            message = f"{command} of {name} makes no sense: {error}"
            raise ActError(message) from error
        if not sent:
            message = f"{command} of {name} sends nothing"
            raise ActError(message)
        return tuple(Publish(topic, payload.encode(), expiry_s=COMMAND_EXPIRY_S) for topic, payload in sent)

    return messages
