"""``ternd discover``: what the broker's devices announce, where it was put, and what of it cannot be used."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence

from appliance.config import Settings
from appliance.home import Registry, dump_home
from appliance.messages import Entity, Home
from appliance.mqtt import observe
from appliance.opening import make_registry
from appliance.text import key


def discover(
    settings: Settings, *, seconds: float, as_json: bool = False, as_yaml: bool = False, topics: bool = False
) -> str:
    """Listen to the broker for some seconds and return the report.

    Args:
        settings: where the broker is, and what is known of the home.
        seconds: how long to listen.
        as_json: everything, for scripts.
        as_yaml: the home as a home file.
        topics: with the topics of each entity.

    Raises:
        ActError: the broker cannot be reached.
    """
    logging.getLogger("appliance.home").addHandler(logging.NullHandler())  # the report says it all
    registry = make_registry(settings)
    observe(settings.mqtt, registry, seconds)
    home = registry.snapshot()
    if as_yaml:
        return dump_home(home)
    if as_json:
        return json.dumps(_as_json(registry, home), ensure_ascii=False, indent=2)
    return table(registry, home, topics=topics)


def collisions(home: Home) -> list[tuple[str, tuple[Entity, ...]]]:
    """Names (also aliases) that several entities of one place and kind go by: nobody can say which is meant."""
    named: dict[tuple[str, str | None, str], dict[str, Entity]] = {}
    for entity in home.entities:
        for name in entity.names:
            named.setdefault((key(name), entity.area, entity.domain), {})[entity.id] = entity
    return [(name, tuple(found.values())) for (name, _, _), found in named.items() if len(found) > 1]


def _as_json(registry: Registry, home: Home) -> dict[str, object]:
    return {
        "entities": [
            {
                "id": entity.id,
                "name": entity.name,
                "aliases": list(entity.aliases),
                "area": entity.area,
                "state": entity.state,
                "origin": entity.origin,
                "commands": sorted(entity.features or ()),
                "unique_id": wiring.unique_id,
                "topics": {"states": wiring.states, "availability": wiring.availability, "commands": wiring.commands},
            }
            for entity in home.entities
            for wiring in (registry.wiring(entity.id),)
        ],
        "collisions": [
            {"name": name, "entities": [entity.id for entity in entities]} for name, entities in collisions(home)
        ],
        "problems": [{"topic": problem.topic, "reason": problem.reason} for problem in registry.problems()],
        "hidden": [{"topic": problem.topic, "reason": problem.reason} for problem in registry.hidden()],
    }


def table(registry: Registry, home: Home, *, topics: bool = False) -> str:
    """The report for people."""
    rows = [("entity", "name", "area", "state", "from"), *(_row(entity) for entity in home.entities)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines: list[str] = []
    for index, row in enumerate(rows):
        lines.append("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]))
        if topics and index:
            lines += _topic_lines(registry, home.entities[index - 1])
    lines.append(f"{len(home.entities)} entities in {len(home.areas)} areas")
    for name, entities in collisions(home):
        where = entities[0].area or "no area"
        ids = ", ".join(entity.id for entity in entities)
        lines.append(f"several are called {name!r} ({where}): {ids}; rename one, or give it an area of its own")
    lines += [f"not used: {problem.topic}: {problem.reason}" for problem in registry.problems()]
    hidden = registry.hidden()
    if hidden:
        lines.append(
            f"{len(hidden)} announced entities are left out: settings, diagnostics, kinds that are not used (--json lists them)"
        )
    # states, topics and reasons are the devices' own words: they must not steer the terminal
    return "\n".join("".join(char if char.isprintable() else "�" for char in line) for line in lines)


def _row(entity: Entity) -> tuple[str, str, str, str, str]:
    return entity.id, entity.name, entity.area or "-", entity.state, entity.origin


def _topic_lines(registry: Registry, entity: Entity) -> list[str]:
    wiring = registry.wiring(entity.id)
    parts: Sequence[tuple[str, Sequence[str]]] = (
        ("reports on", wiring.states),
        ("is there on", wiring.availability),
        ("takes commands on", wiring.commands),
    )
    return [f"    {what:17} {', '.join(found)}" for what, found in parts if found]
