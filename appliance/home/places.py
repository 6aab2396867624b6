"""Which area an announced entity is in, when nobody filed it by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from fnmatch import fnmatchcase

from appliance.home.spec import Spec, slug
from appliance.messages import Area
from appliance.text import key

ROOMS = frozenset(
    """attic;back yard;backyard;balcony;basement;bathroom;bedroom;carport;cellar;closet;conservatory;corridor;den;dining room;driveway;
    en suite;ensuite;entrance;entry;family room;foyer;front yard;game room;garage;garden;greenhouse;guest bathroom;guest bedroom;guest room;
    gym;hall;hallway;home office;kids bedroom;kids room;kitchen;landing;laundry;laundry room;library;living room;lobby;loft;lounge;
    main bedroom;master bathroom;master bedroom;mud room;music room;nursery;office;pantry;patio;play room;playroom;pool;porch;
    shed;spare bedroom;spare room;stairs;staircase;storage;storage room;studio;study;sun room;sunroom;terrace;toilet;
    utility;utility room;veranda;walk in closet;wardrobe;wine cellar;workshop;yard""".replace("\n", "").split(";")
)
"""Usual names of rooms: an entity called "kitchen ceiling" is in the kitchen even if no area was configured."""
_ROOM_KEYS = {key(room.strip()): room.strip() for room in ROOMS}

MAX_AREAS = 500
"""Most areas that announcements may bring."""


class Places:
    """Finds areas for entities: by the configured map, the device's own suggestion, the name."""

    def __init__(self, areas: Sequence[Area], assigned: Mapping[str, str]) -> None:
        """Store the known areas and the configured map (entity id, unique id or device name, also patterns, to an area)."""
        self._areas = {area.id: area for area in areas}
        self._filed = frozenset(self._areas)
        self.grew = False
        """An area was added since this was last set to False: names may be placed otherwise now."""
        self._by_key: dict[str, str] = {}
        for area in areas:
            for name in (area.id.replace("_", " "), *area.aliases, area.name):
                self._by_key[key(name)] = area.id
        self._assigned = {key(pattern): area for pattern, area in assigned.items()}
        self._patterns = [
            (pattern, area) for pattern, area in assigned.items() if any(mark in pattern for mark in "*?[")
        ]

    def areas(self, used: AbstractSet[str | None]) -> tuple[Area, ...]:
        """The configured areas, and of those that announcements brought the ones in `used`; the others are forgotten."""
        for area_id in [area_id for area_id in self._areas if area_id not in self._filed and area_id not in used]:
            del self._areas[area_id]
        self._by_key = {name: area_id for name, area_id in self._by_key.items() if area_id in self._areas}
        return tuple(self._areas.values())

    def place(self, spec: Spec, entity_id: str) -> str | None:
        """Return the id of the area of an entity, adding a new area where one is named; None: nowhere known."""
        wanted = self._configured(spec, entity_id) or spec.suggested_area
        if wanted is not None and key(wanted):
            return self.area(wanted)
        return self._in_name((spec.name, spec.device_name))

    def area(self, name: str) -> str | None:
        """Return the id of the area called `name`, added if it is new; None when the name holds no words or is one too many."""
        wanted = key(name)
        if not wanted:
            return None
        found = self._by_key.get(wanted)
        if found is None and len(self._areas) - len(self._filed) >= MAX_AREAS:
            return None
        if found is None:
            base = slug(name) or f"area_{len(self._areas) + 1}"
            found = base
            number = 2
            while found in self._areas:
                found, number = f"{base}_{number}", number + 1
            self._areas[found] = Area(found, name)
            self._by_key[wanted] = found
            self.grew = True
        return found

    def _configured(self, spec: Spec, entity_id: str) -> str | None:
        for name in (entity_id, spec.unique_id, spec.name, spec.device_name):
            if name and (area := self._assigned.get(key(name))) is not None:
                return area
            for pattern, area in self._patterns:
                if name and fnmatchcase(name, pattern):
                    return area
        return None

    def _in_name(self, names: Iterable[str]) -> str | None:
        """The longest area (first the known ones, then usual rooms) whose words stand together in a name."""
        for name in names:
            found = _longest(key(name).split(), self._by_key)
            if found is not None:
                return self._by_key[found]
        for name in names:
            found = _longest(key(name).split(), _ROOM_KEYS)
            if found is not None and found != key(name):
                return self.area(_ROOM_KEYS[found].capitalize())
        return None


def _longest(words: Sequence[str], names: Mapping[str, str]) -> str | None:
    for length in range(min(len(words), 6), 0, -1):
        for start in range(len(words) - length + 1):
            piece = " ".join(words[start : start + length])
            if piece in names:
                return piece
    return None
