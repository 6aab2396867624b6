"""What is to be done about conditions that somebody complains of, by what their room has: an extractor for steam, else a dehumidifier."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from appliance.messages import Area, Call, Entity, Floor, Home, Quantity, Target
from appliance.resolver.kinds import SHADING
from appliance.resolver.spelling import stems


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a complaint holds."""

    name: str | None = None
    """The area or floor that was named, as the home spells it."""
    floor: bool = False
    here: bool = False

    @property
    def phrase(self) -> str:
        """How people say it."""
        if self.name is None:
            return "in here" if self.here else ""
        return f"{'on' if self.floor else 'in'} {'' if {*chr(39), '’'} & set(self.name) else 'the '}{self.name}"

    def target(self, domain: str | None = None) -> Target:
        """What of this kind is there."""
        return replace(
            Target(domain=domain),
            area=None if self.floor else self.name,
            floor=self.name if self.floor else None,
            here=self.here,
        )


NOWHERE = Spot()
"""No place was said."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A condition and where it holds."""

    condition: str
    """One of :data:`_ANSWERS`, or of a lamp, fan or heating: "lamp bright"."""
    spot: Spot
    thing: str | None = None
    """The lamp or player that was named."""
    noun: Target | None = None
    """The kind of it, where only that was said."""
    pointing: bool = False
    """It is of an "it" that may be what was spoken of before."""


_UP, _DOWN = Quantity(None, "up"), Quantity(None, "down")
_OFF = frozenset({"off", "unavailable", "unknown", "standby"})
_VENTING = frozenset("fan extractor ventilator ventilation exhaust hood luefter lufter".split())
_EXTRACTING = frozenset("extractor ventilation exhaust bathroom bath shower".split())
_HEATING = frozenset("heater radiator heating stove".split())
_WATERING = frozenset("irrigation sprinkler drip watering hose".split())
_CHARGING = frozenset("charger charging wallbox ev".split())


class Room:
    """What is where a complaint holds."""

    def __init__(self, home: Home, spot: Spot, area: str | None) -> None:
        """Look through `home`; `area`: where the sentence was said."""
        self.home = home
        self.spot = spot if spot.name is not None or area is None else replace(spot, here=True)
        wanted = stems(spot.name or area or "")
        places: Iterable[Area | Floor] = home.floors if spot.floor else home.areas
        named = {
            place.id
            for place in places
            if wanted
            and (place.id == area or stems(place.name) == wanted)
            and (not spot.name or stems(place.name) == wanted)
        }
        if spot.floor:
            named = {area.id for area in home.areas if area.floor in named}
        self.things = tuple(entity for entity in home.entities if entity.area in named)

    def of(self, domain: str) -> list[Entity]:
        """The things of a domain there."""
        return [entity for entity in self.things if entity.domain == domain]

    def saying(self, said: frozenset[str], *domains: str) -> list[Entity]:
        """The things there whose names hold one of these words."""
        return _saying(self.things, said, *domains)

    def named(self, entity: Entity) -> Target:
        """One of its things by its name."""
        area = next((area.name for area in self.home.areas if area.id == entity.area), None)
        twice = sum(stems(other.name) == stems(entity.name) for other in self.home.entities) > 1
        return Target(name=entity.name, area=area if twice else None)


def _saying(things: Iterable[Entity], said: frozenset[str], *domains: str) -> list[Entity]:
    return [
        thing for thing in things if thing.domain in domains and any(said & set(stems(name)) for name in thing.names)
    ]


def answer(complaint: Complaint, room: Room) -> Call | None:
    """What is to be done about a complaint; None: nothing that is certain."""
    if complaint.condition.startswith("lamp "):
        wish = _DOWN if complaint.condition.endswith("bright") else _UP
        target = Target(name=complaint.thing) if complaint.thing else room.spot.target(domain="light")
        return Call("LightSet", target, values={"brightness": wish})
    if complaint.condition.startswith("fan "):
        wish = _DOWN if complaint.condition.endswith("fast") else _UP
        target = Target(name=complaint.thing) if complaint.thing else room.spot.target("fan")
        return Call("FanSetSpeed", target, values={"percentage": wish})
    if complaint.condition.startswith("heating "):
        wish = _DOWN if complaint.condition.endswith("hot") else _UP
        target = Target(name=complaint.thing) if complaint.thing else _climate(room)
        return Call("ClimateSet", target, values={"temperature": wish})
    return _ANSWERS[complaint.condition](complaint, room)


def _lit(_complaint: Complaint, room: Room) -> Call:
    lamps = room.of("light")
    if lamps and all(lamp.state == "on" for lamp in lamps):
        return Call("LightSet", room.spot.target(domain="light"), values={"brightness": _UP})
    return Call("TurnOn", room.spot.target(domain="light"))


def _dimmed(_complaint: Complaint, room: Room) -> Call:
    return Call("LightSet", room.spot.target(domain="light"), values={"brightness": _DOWN})


def _cooled(_complaint: Complaint, room: Room) -> Call:
    if not room.of("climate") and (fans := room.of("fan")) and len(_all(room, "climate")) != 1:
        return Call("TurnOn", room.named(fans[0]) if len(fans) == 1 else room.spot.target(domain="fan"))
    return Call("ClimateSet", _climate(room), values={"temperature": _DOWN})


def _heated(_complaint: Complaint, room: Room) -> Call:
    heaters = room.saying(_HEATING, "switch")
    if not room.of("climate") and len(heaters) == 1 and len(_all(room, "climate")) != 1:
        return Call("TurnOn", room.named(heaters[0]))
    return Call("ClimateSet", _climate(room), values={"temperature": _UP})


def _climate(room: Room) -> Target:
    """The thermostat there, or the only one there is."""
    central = _all(room, "climate")
    return Target(name=central[0].name) if len(central) == 1 else room.spot.target()


def _all(room: Room, domain: str) -> list[Entity]:
    return [entity for entity in room.home.entities if entity.domain == domain]


def _fans(room: Room) -> list[Entity]:
    return [*room.of("fan"), *room.saying(_VENTING, "switch", "input_boolean")]


def _aired(_complaint: Complaint, room: Room) -> Call | None:
    fans = _fans(room)
    windows = [cover for cover in room.of("cover") if cover.device_class == "window"]
    if len(fans) == 1:
        return Call("TurnOn", room.named(fans[0]))
    if not fans and len(windows) == 1:
        return Call("Open", room.named(windows[0]))
    return Call("TurnOn", room.spot.target(domain="fan"))


def _let_in(_complaint: Complaint, room: Room) -> Call:
    """Open the window, where there is one that moves."""
    windows = [cover for cover in room.of("cover") if cover.device_class == "window"]
    fans = _fans(room)
    if len(windows) == 1 or len(fans) == 1:
        return Call("Open", room.named(windows[0])) if len(windows) == 1 else Call("TurnOn", room.named(fans[0]))
    target = room.spot.target(domain="fan")
    return Call("Open", replace(target, domain="cover", device_class="window")) if windows else Call("TurnOn", target)


def _fanned(complaint: Complaint, room: Room) -> Call:
    return Call("TurnOn", Target(name=complaint.thing) if complaint.thing else room.spot.target(domain="fan"))


def _dried(complaint: Complaint, room: Room) -> Call:
    fans = _fans(room)
    extracting = [fan for fan in fans if any(_EXTRACTING & set(stems(name)) for name in fan.names)]
    fans = extracting if len(extracting) == 1 else fans
    dryers = [thing for thing in room.of("humidifier") if thing.device_class == "dehumidifier"]
    for things in (fans, dryers) if complaint.condition == "steamy" else (dryers, fans):
        if len(things) == 1:
            return Call("TurnOn", room.named(things[0]))
    return Call("TurnOn", room.spot.target(domain="fan"))


def _moistened(_complaint: Complaint, room: Room) -> Call | None:
    things = [thing for thing in room.of("humidifier") if thing.device_class != "dehumidifier"]
    if not things and room.spot == NOWHERE:
        things = [thing for thing in _all(room, "humidifier") if thing.device_class != "dehumidifier"]
    if len(things) != 1:
        return Call("HumiditySet", room.spot.target(domain="humidifier"), values={"humidity": _UP})
    if things[0].state in _OFF:
        return Call("TurnOn", room.named(things[0]))
    return Call("HumiditySet", room.named(things[0]), values={"humidity": _UP})


def _volume(wish: Quantity) -> Callable[[Complaint, Room], Call]:
    def answer(complaint: Complaint, room: Room) -> Call:
        target = complaint.noun if complaint.noun is not None and complaint.noun.domain == "media_player" else Target()
        if complaint.thing:
            return Call("SetVolume", Target(name=complaint.thing), values={"volume": wish})
        inside = room.things if room.spot != Spot() else room.home.entities
        inside = tuple(_saying(inside, frozenset({target.name or ""}), "media_player")) or inside
        playing = [
            entity
            for entity in inside
            if entity.domain == "media_player"
            and entity.state in {"playing", "on"}
            and target.device_class in {None, entity.device_class}
        ]
        if len(playing) == 1:
            return Call("SetVolume", room.named(playing[0]), values={"volume": wish})
        return Call("SetVolume", replace(room.spot.target(), device_class=target.device_class), values={"volume": wish})

    return answer


def shades(cover: Entity) -> bool:
    """Whether it keeps the sun out, and is no window or gate."""
    return cover.device_class in {None, "", "awning"} | SHADING


def _shaded(complaint: Complaint, room: Room) -> Call | None:
    if complaint.thing is not None and complaint.noun is not None and complaint.noun.domain == "cover":
        awning = any(e.name == complaint.thing and e.device_class == "awning" for e in room.home.entities)
        return Call("Open" if awning else "Close", Target(name=complaint.thing))
    covers = [cover for cover in room.of("cover") if cover.device_class in SHADING or not cover.device_class]
    awnings = [cover for cover in room.of("cover") if cover.device_class == "awning"]
    if not covers and len(awnings) == 1:
        return Call("Open", room.named(awnings[0]))
    if len(covers) == 1:
        return Call("Close", room.named(covers[0]))
    if not room.things:
        return None
    classes = {cover.device_class for cover in covers}
    kind = next(iter(classes)) if len(classes) == 1 else None
    target = room.spot.target(domain="cover")
    return Call("Close", target if kind is None else replace(target, device_class=kind))


def _swept(_complaint: Complaint, room: Room) -> Call:
    if room.spot.name is not None or room.spot.here:
        return Call("VacuumCleanArea", room.spot.target())
    return Call("VacuumStart")


def _mown(_complaint: Complaint, _room: Room) -> Call:
    return Call("MowerStart")


def _watered(_complaint: Complaint, room: Room) -> Call | None:
    return _only(room, _WATERING, "valve", "switch", "input_boolean")


def _charged(_complaint: Complaint, room: Room) -> Call | None:
    return _only(room, _CHARGING, "switch", "input_boolean")


def _only(room: Room, said: frozenset[str], *domains: str) -> Call | None:
    """Switch on the one thing of the home that is called so."""
    things = _saying(room.home.entities, said, *domains)
    return Call("TurnOn", room.named(things[0])) if len(things) == 1 else None


_ANSWERS: Mapping[str, Callable[[Complaint, Room], Call | None]] = MappingProxyType(
    {
        "dark": _lit, "bright": _dimmed, "hot": _cooled, "cold": _heated, "stuffy": _aired, "airing": _let_in, "fanned": _fanned,
        "steamy": _dried, "humid": _dried,
        "dry": _moistened, "loud": _volume(_DOWN), "quiet": _volume(_UP), "sun": _shaded, "dirty": _swept, "grass": _mown,
        "thirsty": _watered, "car": _charged,
    }
)  # fmt: skip
