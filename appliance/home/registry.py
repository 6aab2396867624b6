"""The live home: fed by MQTT messages and pins, read as snapshots, waited on for confirmations.

One lock guards everything. Messages come from the MQTT client's thread, pin reports from the GPIO gate's, snapshots
and waits from the assistant's.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from appliance.errors import ActError, HomeError
from appliance.home.announcements import Announcements, Problem
from appliance.home.binding import STATE, Message
from appliance.home.commands import encoder_of
from appliance.home.discovery import BUILDERS, bind, configured, is_discovery
from appliance.home.live import Live, Wiring
from appliance.home.match import matches, reported
from appliance.home.places import Places
from appliance.home.reports import Reports
from appliance.home.routes import Routes
from appliance.home.setting import Location, Setting
from appliance.home.spec import READABLE, Spec
from appliance.home.tasmota import PREFIX as TASMOTA
from appliance.home.tasmota import is_tasmota
from appliance.home.topics import CommandTopics
from appliance.messages import NOTHING, Action, Entity, Home, Json, PinChange, Publish

log = logging.getLogger(__name__)

MAX_ENTITIES = 3000
"""Most announced entities."""


class Registry:
    """All floors, areas and entities, with their last states."""

    def __init__(
        self,
        home: Home | None = None,
        *,
        mqtt: Mapping[str, Mapping[str, Json]] = NOTHING,
        areas: Mapping[str, str] = NOTHING,
        command_topics: CommandTopics | None = None,
        discovery_prefix: str = "homeassistant",
        location: Location | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Store the configured home.

        Args:
            home: floors, areas and entities of the home file.
            mqtt: discovery keys of entities of the home file that announce nothing.
            areas: configured area (id or name) of entity ids or device names, also patterns.
            command_topics: where announced commands may go.
            discovery_prefix: first level of Home Assistant's discovery topics.
            location: where on Earth the home is.
            clock: monotonic seconds.
            wall: Unix seconds, for the times of changes.
        """
        home = home or Home()
        self._floors = home.floors
        self._setting = Setting(home.temperature_unit, location)
        self._clock = clock
        self._prefix = discovery_prefix
        self._places = Places(home.areas, areas)
        self._topics = command_topics or CommandTopics()
        self._announcements = Announcements(self._topics, discovery_prefix, self._setting)
        self._changed = threading.Condition(threading.RLock())
        self._static = {entity.id: entity for entity in home.entities}
        self._static_mqtt = mqtt
        self._live: dict[str, Live] = {}
        self._by_identity: dict[str, str] = {}
        self._base_ids: dict[str, str] = {}
        self._groups: dict[str, list[Spec]] = {}
        self._routes = Routes()
        self._reports = Reports(clock, wall, self._showed)
        self._structure = home.structure + 1
        self._snapshot: Home | None = None
        self._fresh: set[str] = set()
        with self._changed:
            for entity in home.entities:
                self._add_static(entity)

    # --- what others read

    def snapshot(self) -> Home:
        """The whole home as it is now; the same object until something changes."""
        with self._changed:
            self._reports.decay(self._live.values())
            if self._places.grew:
                self._place_again()
            if self._snapshot is None:
                entities = tuple(live.entity for live in self._live.values())
                self._snapshot = Home(
                    floors=self._floors,
                    areas=self._places.areas({entity.area for entity in entities}),
                    entities=entities,
                    structure=self._structure,
                    temperature_unit=self._setting.unit,
                )
            return self._snapshot

    def topics(self) -> frozenset[str]:
        """Every subscription that is wanted now: discovery filters and state topics."""
        return self.state_topics() | self.discovery_topics()

    def announcement_filters(self) -> tuple[tuple[str, ...], ...]:
        """The subscriptions by which devices announce themselves, in portions; what people command comes first.

        Only kinds of components that are used: of all others the broker need not send anything.
        """
        kinds = ("device", *sorted(BUILDERS, key=lambda kind: kind in READABLE))
        tasmota = (f"{TASMOTA}/+/config", f"{TASMOTA}/+/sensors")
        return (tasmota, *((f"{self._prefix}/{kind}/+/config", f"{self._prefix}/{kind}/+/+/config") for kind in kinds))

    def state_topics(self) -> frozenset[str]:
        """Every subscription for states and availability that is wanted now."""
        with self._changed:
            return frozenset(self._routes.topics())

    def fresh_topics(self) -> frozenset[str]:
        """Topics that somebody listens to who did not when this was called last.

        Who is subscribed to one of them already has to subscribe again: else what the broker keeps of it never comes.
        """
        with self._changed:
            fresh, self._fresh = frozenset(self._fresh), set()
            return fresh

    def begin_roll_call(self) -> None:
        """From now on note which announcements come: see :meth:`missing`."""
        with self._changed:
            self._announcements.begin_roll_call()

    def missing(self) -> tuple[str, ...]:
        """Topics of announcements that are known, but have not come since :meth:`begin_roll_call`."""
        with self._changed:
            return self._announcements.missing()

    def forget(self, topics: Iterable[str]) -> bool:
        """Take these announcements for removed; return whether the wanted topics changed."""
        with self._changed:
            touched = [self._announced(topic, b"") for topic in topics]
            return any(touched)

    def discovery_topics(self) -> frozenset[str]:
        """Subscriptions to everything that looks like an announcement, also of unknown kinds."""
        return frozenset(
            {
                f"{self._prefix}/+/+/config",
                f"{self._prefix}/+/+/+/config",
                f"{TASMOTA}/+/config",
                f"{TASMOTA}/+/sensors",
            }
        )

    def serial(self, entity_id: str) -> int:
        """Number of the entity's latest report; 0: none yet."""
        with self._changed:
            live = self._live.get(entity_id)
            return live.serial if live is not None else 0

    def observable(self, entity_id: str) -> bool:
        """Whether the entity reports its state at all."""
        with self._changed:
            live = self._live.get(entity_id)
            return live is not None and (live.pinned or (live.binding is not None and bool(live.binding.readers)))

    def report_of(self, entity_id: str) -> Mapping[str, Json]:
        """What the entity last reported: ``state`` and attributes; empty for an unknown entity."""
        with self._changed:
            live = self._live.get(entity_id)
            return live.shown if live is not None else NOTHING

    def wiring(self, entity_id: str) -> Wiring:
        """Where the entity's states come from and its commands go; empty for an unknown entity and for pins."""
        with self._changed:
            live = self._live.get(entity_id)
            return live.wiring if live is not None else Wiring()

    def polls(self) -> tuple[Publish, ...]:
        """What makes those devices report that were announced, or came back, and have not told their state since.

        To be published some time after their topics were subscribed to; each is returned once.
        """
        with self._changed:
            return self._reports.polls()

    def unheard(self) -> bool:
        """Whether :meth:`polls` has something to return."""
        return self._reports.unheard()

    def problems(self) -> tuple[Problem, ...]:
        """What of the announcements could not be used, and why."""
        with self._changed:
            return self._announcements.problems()

    def hidden(self) -> tuple[Problem, ...]:
        """Announced entities that are no part of the home people speak of, and why."""
        with self._changed:
            return self._announcements.hidden()

    # --- what comes in

    def feed(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        """Take in one MQTT message; return whether the wanted subscriptions changed. Never raises for its content.

        `retain`: the broker had kept it; when it was sent is not known.
        """
        with self._changed:
            if is_tasmota(topic) or is_discovery(topic, self._prefix):
                return self._announced(topic, payload)
            heard = self._routes.heard(topic)
            if heard:
                message = Message(topic, payload, stored=retain)
                for listened, entity_id in heard:
                    self._reports.read(self._live[entity_id], message, listened)
            return False

    def add(self, entity: Entity) -> None:
        """Add one of the node's own pins: its commands become :class:`PinChange`, its states come by :meth:`report`."""
        with self._changed:
            area = self._places.area(entity.area) if entity.area else None
            if entity.id in self._live:
                self._drop(entity.id)
            live = Live(entity, replace(entity, area=area, origin="gpio"), pinned=True)
            live.values = {STATE: entity.state}
            self._put(live)
            for identity, entity_id in list(self._by_identity.items()):
                if entity_id == entity.id:  # an announced entity gives way
                    del self._by_identity[identity]
                    self._regroup(self._base_ids[identity])

    def report(self, entity_id: str, state: str, attributes: Mapping[str, Json] = NOTHING) -> None:
        """Take in the state of an entity that was added by :meth:`add`; unknown ids are ignored."""
        with self._changed:
            live = self._live.get(entity_id)
            if live is not None:
                self._reports.update(live, {STATE: state, **attributes})

    # --- what goes out

    def encode(self, action: Action) -> tuple[Publish | PinChange, ...]:
        """Turn an action into what the gates take.

        Raises:
            ActError: the entity is unknown, takes no such command, or its data are out of range.
        """
        with self._changed:
            live = self._live.get(action.entity)
            if live is None:
                message = f"there is no {action.entity}"
                raise ActError(message)
            encoder = encoder_of(live, action)
            now = {**live.values, STATE: live.entity.state}
        return encoder(now)

    def wait(
        self, entity_id: str, expect: Mapping[str, Json], timeout: float, since: int
    ) -> tuple[bool, Mapping[str, Json]]:
        """Wait until the entity shows `expect`, as told by a report newer than the serial number `since`.

        Returns whether it did, and the last known ``state`` with the expected attributes. An entity that reports
        nothing is not waited for.
        """
        deadline = self._clock() + timeout
        with self._changed:
            while True:
                live = self._live.get(entity_id)
                if live is None:
                    return False, NOTHING
                shown = live.shown
                keys = {reported(key, shown) for key in expect}
                if expect and matches(expect, shown) and any(live.heard.get(key, 0) > since for key in keys):
                    return True, _picked(shown, keys)
                left = deadline - self._clock()
                if not expect or left <= 0 or not self.observable(entity_id):
                    return False, _picked(shown, keys)
                self._changed.wait(left)

    # --- announcements

    def _announced(self, topic: str, payload: bytes) -> bool:
        change = self._announcements.take(topic, payload)
        touched = False
        for identity in change.removed:
            touched |= self._withdraw(identity) is not None
        for spec in change.added:
            touched |= self._learn(spec)
        return touched

    def _learn(self, spec: Spec) -> bool:
        """Add or replace an announced entity; return whether topics changed."""
        old = self._withdraw(spec.identity)
        if old is None and len(self._by_identity) >= MAX_ENTITIES:
            self._announcements.complain(spec.identity, f"more than {MAX_ENTITIES} entities are announced")
            return False
        base_id = f"{spec.domain}.{spec.object_id}"
        group = self._groups.setdefault(base_id, [])
        group.append(spec)
        group.sort(key=lambda item: item.unique_id)
        self._base_ids[spec.identity] = base_id
        self._regroup(base_id)
        if old is not None:
            live = self._live[self._by_identity[spec.identity]]
            live.take_over(old)
            self._reports.show(live)
        return True

    def _regroup(self, base_id: str) -> None:
        """Give ids to all entities that want the same one: the first unique id has it, whatever the order of arrival."""
        specs = self._groups[base_id]
        owner = None if self._is_pinned(base_id) else specs[0].unique_id
        moving = []
        for spec in specs:
            have = self._by_identity.get(spec.identity)
            if have is None or (have == base_id) is not (spec.unique_id == owner):
                before = self._drop(have) if have is not None else None
                moving.append((spec, before))
        for spec, before in moving:
            entity_id = base_id
            holder = self._live.get(base_id)
            if spec.unique_id != owner or (holder is not None and holder.unique_id is not None):
                entity_id = self._distinct(base_id, spec.unique_id)
            elif holder is not None:
                self._drop(base_id)  # the home file's entry: it becomes part of the announced entity
            live = self._made(spec, entity_id)
            if before is not None:
                live.take_over(before)
            self._by_identity[spec.identity] = entity_id
            self._put(live)

    def _distinct(self, base_id: str, unique_id: str) -> str:
        """An id for one that cannot have `base_id`: always the same for the same unique id."""
        digest = hashlib.sha256(unique_id.encode("utf-8", "surrogatepass")).hexdigest()
        length = 6
        while f"{base_id}_{digest[:length]}" in self._live and length < len(digest):
            length += 6
        return f"{base_id}_{digest[:length]}"

    def _is_pinned(self, entity_id: str) -> bool:
        """Whether the configuration says how the entity is commanded."""
        live = self._live.get(entity_id)
        return entity_id in self._static_mqtt or (live is not None and live.pinned)

    def _made(self, spec: Spec, entity_id: str) -> Live:
        """An entity with an id; what the home file says of that id wins over the announcement."""
        base = Entity(
            id=entity_id,
            name=spec.name,
            aliases=spec.aliases,
            area=None,
            device_class=spec.device_class,
            attributes=MappingProxyType(dict(spec.binding.attributes)),
            features=spec.binding.features,
            origin=spec.origin,
            twin_of="" if entity_id == self._base_ids[spec.identity] else self._base_ids[spec.identity],
        )
        filed = self._static.get(entity_id)
        if filed is not None:
            base = replace(
                base,
                name=filed.name,
                aliases=(*filed.aliases, *(name for name in (spec.name, *spec.aliases) if name != filed.name)),
                device_class=filed.device_class or spec.device_class,
                attributes=MappingProxyType({**base.attributes, **filed.attributes}),
            )
        base = replace(base, area=self._area(spec, entity_id))
        return Live(base, base, spec.binding, spec.unique_id)

    def _place_again(self) -> None:
        """Areas have become known: who was announced before them may be in one of them."""
        self._places.grew = False
        for spec in (spec for group in self._groups.values() for spec in group):
            live = self._live[self._by_identity[spec.identity]]
            area = self._area(spec, live.base.id)
            if area != live.base.area:
                live.base = replace(live.base, area=area)
                self._structure += 1
                self._reports.show(live)

    def _area(self, spec: Spec, entity_id: str) -> str | None:
        filed = self._static.get(entity_id)
        return filed.area if filed is not None and filed.area else self._places.place(spec, entity_id)

    def _withdraw(self, identity: str) -> Live | None:
        """Take an announced entity out, let the others of its group move up, and bring back what the home file says."""
        base_id = self._base_ids.pop(identity, None)
        if base_id is None:
            return None
        entity_id = self._by_identity.pop(identity)
        live = self._drop(entity_id)
        self._groups[base_id] = [spec for spec in self._groups[base_id] if spec.identity != identity]
        if self._groups[base_id]:
            self._regroup(base_id)
        else:
            del self._groups[base_id]
        if entity_id in self._static and entity_id not in self._live:
            self._add_static(self._static[entity_id])
        return live

    def _add_static(self, entity: Entity) -> None:
        binding = None
        keys = self._static_mqtt.get(entity.id)
        if keys is not None:
            try:
                binding = bind(configured(entity.id, entity.name, keys), self._topics, self._setting)
            except HomeError as error:
                message = f"entity {entity.id}: mqtt: {error}"
                raise HomeError(message) from None
            if binding.notes:
                message = f"entity {entity.id}: mqtt: {'; '.join(binding.notes)}"
                raise HomeError(message)
            features = entity.features if entity.features is not None else binding.features
            attributes = MappingProxyType({**binding.attributes, **entity.attributes})
            entity = replace(entity, features=features, attributes=attributes)
        live = Live(entity, entity, binding)
        live.values = {STATE: entity.state}
        self._put(live)

    # --- entities and routes

    def _put(self, live: Live) -> None:
        self._live[live.base.id] = live
        if live.binding is not None:
            self._routes.add(live.base.id, live.binding.topics)
            self._fresh |= live.binding.topics
        self._reports.expect(live)
        self._structure += 1
        self._reports.show(live)

    def _drop(self, entity_id: str) -> Live:
        live = self._live.pop(entity_id)
        if live.binding is not None:
            self._routes.remove(entity_id, live.binding.topics)
        self._reports.forget(live)
        self._structure += 1
        self._showed()
        return live

    def _showed(self) -> None:
        """An entity shows something else than before."""
        self._snapshot = None
        self._changed.notify_all()


def _picked(shown: Mapping[str, Json], keys: Iterable[str]) -> Mapping[str, Json]:
    return {key: shown[key] for key in (STATE, *sorted(set(keys) - {STATE})) if key in shown}
