"""The answer to "what can you do": sentences that work in this very home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.messages import Entity, Home

_MOST = 6
"""Examples of one answer: it may be spoken."""
_EXAMPLES: Mapping[str, str] = {
    "light": "dim the {} to thirty percent",
    "cover": "open the {} halfway",
    "climate": "set the {} to twenty one degrees",
    "media_player": "pause the {}",
    "lock": "lock the {}",
    "fan": "set the {} to half speed",
    "switch": "turn off the {} in half an hour",
    "vacuum": "start the {}",
    "valve": "close the {}",
    "scene": "activate {}",
}
"""Domain to a sentence about one of its entities."""
_LONGEST_NAME = 40
_WAYS_IN = frozenset({"garage", "gate", "door"})
_ALWAYS = ("set a timer for ten minutes", "add milk to the shopping list")


def abilities(home: Home) -> str:
    """A few sentences of what can be said, with names of this home."""
    examples = []
    for domain, sentence in _EXAMPLES.items():
        first = next((entity for entity in home.entities if _fit(entity, domain)), None)
        if first is not None:
            examples.append(sentence.format(_spoken(first.name)))
    sensor = next(
        (e for e in home.entities if e.domain == "binary_sensor" and e.device_class in {"window", "door"}), None
    )
    if sensor is not None:
        examples.append(f"is the {_spoken(sensor.name)} open")
    said = [f'"{example}"' for example in (*examples[:_MOST], *_ALWAYS)]
    return f"You can say for example: {_listed(said)}. Ask why, and I tell what I did; say undo, and I take it back."


def _fit(entity: Entity, domain: str) -> bool:
    """Whether an entity makes a good example: dimmable, no way into the house, a plain name."""
    return (
        entity.domain == domain
        and entity.state != "unavailable"
        and entity.name.isprintable()
        and len(entity.name) <= _LONGEST_NAME
        and (domain != "light" or "brightness" in (entity.features or ()))
        and entity.device_class not in _WAYS_IN
    )


def _spoken(name: str) -> str:
    return name[:1].lower() + name[1:] if name[1:] == name[1:].lower() else name


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:-1]) + " or " + items[-1]
