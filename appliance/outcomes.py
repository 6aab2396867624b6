"""What became of the actions of a request, in sentences. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from appliance.messages import Action, Delivery, Entity, Result
from appliance.resolver import describe

MANY = 4
"""From this many like results on, things are counted instead of described one by one."""
MANY_UNLIKE = 8
"""The same for results of different commands."""
_STATELESS = frozenset({"scene", "script", "button", "input_button"})


def report(
    actions: Sequence[Action], deliveries: Sequence[Delivery], entities: Mapping[str, Entity], *, how: str
) -> list[str]:
    """What became of the actions of one step: done, not answered, failed, refused, asked.

    Args:
        actions: The actions.
        deliveries: Their deliveries, in the same order.
        entities: The entities of the home by id.
        how: How a question is to be answered ("Please say yes or no.").
    """
    by_result: dict[Result, list[tuple[Action, Delivery]]] = {}
    for action, delivery in zip(actions, deliveries, strict=True):
        by_result.setdefault(delivery.result, []).append((action, delivery))
    sentences = []
    done = by_result.get(Result.CONFIRMED, []) + by_result.get(Result.UNCHANGED, [])
    alike = len({action.command for action, _ in done}) == 1
    if len(done) >= (MANY if alike else MANY_UNLIKE):
        sentences.append(f"Done for {len(done)} devices: {_names(done, entities)}.")
    else:
        sentences += [
            describe(action, entities[action.entity]) + "." for action, _ in done if action.entity in entities
        ]
    sentences += _sent(by_result.get(Result.SENT, []), entities)
    if dry := by_result.get(Result.DRY_RUN):
        sentences.append(f"Would be sent to {_names(dry, entities)}.")
    for result, words in ((Result.FAILED, "did not get the command"), (Result.REFUSED, "was left alone")):
        for action, delivery in by_result.get(result, ()):
            sentences.append(f"{_name(action, entities)} {words}: {delivery.detail}".rstrip(".") + ".")
    if pending := by_result.get(Result.PENDING):
        sentences += [*dict.fromkeys(delivery.detail for _, delivery in pending), how]
    return sentences


def _sent(sent: Sequence[tuple[Action, Delivery]], entities: Mapping[str, Entity]) -> list[str]:
    """Never "done": these devices said nothing, and some of them never do."""
    silent = [item for item in sent if item[1].reports]
    rest = [item for item in sent if not item[1].reports]
    mute = [item for item in rest if item[0].entity.partition(".")[0] in _STATELESS or item[0].expect]
    plain = [item for item in rest if item not in mute]
    sentences = []
    if silent:
        sentences.append(f"Sent, but there is no answer from {_names(silent, entities)}.")
    if mute:
        sentences.append(f"Sent to {_names(mute, entities)}, which cannot report back.")
    if plain:
        sentences.append(f"Sent to {_names(plain, entities)}.")
    return sentences


def _names(items: Sequence[tuple[Action, Delivery]], entities: Mapping[str, Entity]) -> str:
    names = [_name(action, entities) for action, _ in items]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _name(action: Action, entities: Mapping[str, Entity]) -> str:
    entity = entities.get(action.entity)
    return entity.name if entity is not None else action.entity
