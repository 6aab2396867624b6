"""Which entities of a home an intent of Home Assistant reaches, by the rules of its `async_match_targets`.

Domain, device class, name, area and floor must all hold. One name twice or two things where one is wanted is an error, unless the area
where it was said decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from appliance.messages import Entity, Home, Json

_DOMAINS = {
    "HassLightSet": ("light",), "HassFanSetSpeed": ("fan",), "HassSetPosition": ("cover", "valve"), "HassGetWeather": ("weather",),
    **dict.fromkeys(("HassClimateGetTemperature", "HassClimateSetTemperature", "HassClimateSetFanMode"), ("climate",)),
    **dict.fromkeys(("HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious", "HassMediaSearchAndPlay",
                     "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassSetVolume", "HassSetVolumeRelative"), ("media_player",)),
    **dict.fromkeys(("HassVacuumStart", "HassVacuumReturnToBase", "HassVacuumCleanArea"), ("vacuum",)),
    **dict.fromkeys(("HassLawnMowerStartMowing", "HassLawnMowerDock"), ("lawn_mower",)),
    **dict.fromkeys(("HassListAddItem", "HassListCompleteItem", "HassListRemoveItem"), ("todo",)),
    "HassTurnOn": (), "HassTurnOff": (), "HassGetState": (),
}  # fmt: skip
"""Intents that reach entities, and the domains they are bound to."""
_SINGLE = frozenset(
    """HassClimateGetTemperature HassClimateSetTemperature HassClimateSetFanMode HassGetWeather HassSetVolumeRelative
    HassMediaSearchAndPlay HassLawnMowerStartMowing HassLawnMowerDock""".split()
)


class Matching:
    """The entities of one home."""

    def __init__(self, home: Home) -> None:
        """Store the home."""
        self._home = home
        self._floors = {floor.id: floor for floor in home.floors}
        self._areas = {area.id: area for area in home.areas}

    def reached(self, intent: str, slots: Mapping[str, Json], here: str | None) -> list[str] | None:
        """Ids of the entities that the intent reaches; None: Home Assistant would say that there is none, or ask which."""
        if intent not in _DOMAINS:
            return []
        domains = _DOMAINS[intent] or several(slots.get("domain"))
        classes = several(slots.get("device_class"))
        found = [
            entity
            for entity in self._home.entities
            if (not domains or entity.domain in domains)
            and (not classes or entity.device_class in classes)
            and ("name" not in slots or _called(entity, slots["name"]))
        ]
        if intent == "HassVacuumCleanArea":  # the area is to be cleaned: by the one named, or by the one of that floor
            floor = next((area.floor for area in self._home.areas if area.name == slots.get("area")), None)
            near = [entity for entity in found if entity.area and floor and self._areas[entity.area].floor == floor]
            found = found if "name" in slots else near
            return [entity.id for entity in found] if len(found) == 1 else None
        if "floor" in slots:
            found = [entity for entity in found if self._floor_of(entity) == slots["floor"]]
        if "area" in slots:
            found = [entity for entity in found if self._area_of(entity) == slots["area"]]
        if len(found) > 1 and ("name" in slots or intent in _SINGLE):
            found = [entity for entity in found if entity.area == here]
            found = found if len(found) == 1 else []
        return [entity.id for entity in found] or None

    def _area_of(self, entity: Entity) -> str | None:
        return self._areas[entity.area].name if entity.area else None

    def _floor_of(self, entity: Entity) -> str | None:
        floor = self._areas[entity.area].floor if entity.area else None
        return self._floors[floor].name if floor else None


def several(value: Json) -> tuple[str, ...]:
    """The values of a slot or a context, however they are written."""
    if isinstance(value, dict):
        value = value.get("value")
    return () if not value else (value,) if isinstance(value, str) else tuple(value)


def _called(entity: Entity, name: str) -> bool:
    return name.casefold() in {said.casefold() for said in (entity.name, *entity.aliases)}
