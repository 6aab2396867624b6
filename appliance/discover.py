"""``ternd discover``: what the broker's devices announce, where it was put, and what of it cannot be used."""

from __future__ import annotations

import json
from collections import Counter

from appliance.config import Settings
from appliance.daemon import make_registry
from appliance.home import Registry, dump_home
from appliance.messages import Entity, Home
from appliance.mqtt import observe


def discover(settings: Settings, *, seconds: float, as_json: bool = False, as_yaml: bool = False) -> str:
    """Listen to the broker for some seconds and return the report.

    Raises:
        ActError: the broker cannot be reached.
    """
    registry = make_registry(settings)
    observe(settings.mqtt, registry, seconds)
    home = registry.snapshot()
    if as_yaml:
        return dump_home(home)
    if as_json:
        return json.dumps(_as_json(registry, home), ensure_ascii=False, indent=2)
    return _table(registry, home)


def _as_json(registry: Registry, home: Home) -> dict[str, object]:
    return {
        "entities": [
            {
                "id": entity.id,
                "name": entity.name,
                "area": entity.area,
                "state": entity.state,
                "origin": entity.origin,
                "commands": sorted(entity.features or ()),
            }
            for entity in home.entities
        ],
        "problems": [{"topic": problem.topic, "reason": problem.reason} for problem in registry.problems()],
        "hidden": [{"topic": problem.topic, "reason": problem.reason} for problem in registry.hidden()],
    }


def _table(registry: Registry, home: Home) -> str:
    rows = [("entity", "name", "area", "state", "from"), *(_row(entity) for entity in home.entities)]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[4]]) for row in rows]
    lines.append(f"{len(home.entities)} entities in {len(home.areas)} areas")
    names = Counter((entity.name.lower(), entity.area) for entity in home.entities)
    lines += [
        f"same name twice in one place: {name} ({area or 'no area'})" for (name, area), n in names.items() if n > 1
    ]
    lines += [f"unreadable: {problem.topic}: {problem.reason}" for problem in registry.problems()]
    hidden = registry.hidden()
    if hidden:
        lines.append(
            f"{len(hidden)} announced entities are left out, being settings or diagnostics (--json lists them)"
        )
    return "\n".join(lines)


def _row(entity: Entity) -> tuple[str, str, str, str, str]:
    return entity.id, entity.name, entity.area or "-", entity.state, entity.origin
