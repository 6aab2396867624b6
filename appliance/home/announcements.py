"""Which entities are announced at present: topics in, added and removed entities out."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.errors import HomeError
from appliance.home.discovery import BUILDERS, parse_discovery
from appliance.home.setting import Setting
from appliance.home.spec import Spec, spec_of
from appliance.home.tasmota import PREFIX as TASMOTA
from appliance.home.tasmota import TasmotaDevice, is_tasmota, parse_tasmota, tasmota_specs
from appliance.home.topics import CommandTopics

log = logging.getLogger(__name__)

MAX_TOPICS = 5000
"""Most discovery topics that are kept."""
MAX_PROBLEMS = 200
"""Most problems that are remembered."""
MAX_SPECS = 10_000
"""Most components that are kept; the registry takes fewer of them."""
MAX_READERS = 64
"""Most topics of one entity."""


UNFORESEEN = "it has a shape that was not foreseen"
"""Begins the reason where a reader failed instead of refusing."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One announcement, or a part of it, that is not used."""

    topic: str
    """Discovery topic, with the component's unique id after a blank where only that one is meant."""
    reason: str
    """One line for people."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one message changes."""

    added: tuple[Spec, ...] = ()
    """New entities and ones that are described anew."""
    removed: tuple[str, ...] = ()
    """Identities: :attr:`Spec.identity`."""


class Announcements:
    """Keeps what each discovery topic announces. Not thread-safe: the registry's lock guards it."""

    def __init__(self, topics: CommandTopics, prefix: str, setting: Setting) -> None:
        """Store the allow-list, the discovery prefix and what devices have to know of the home."""
        self._topics = topics
        self._prefix = prefix
        self._setting = setting
        self._payloads: dict[str, int] = {}
        self._announced: dict[str, tuple[Spec, ...]] = {}
        self._owners: dict[str, list[str]] = {}
        self._tasmotas: dict[str, TasmotaDevice] = {}
        self._problems: dict[str, str] = {}
        self._hidden: dict[str, str] = {}
        self._present: set[str] | None = None
        self._count = 0

    def begin_roll_call(self) -> None:
        """From now on note which announcements come."""
        self._present = set()

    def missing(self) -> tuple[str, ...]:
        """Topics of announcements that are known, but have not come since :meth:`begin_roll_call`."""
        return () if self._present is None else tuple(topic for topic in self._payloads if topic not in self._present)

    def problems(self) -> tuple[Problem, ...]:
        """What could not be used."""
        return tuple(Problem(topic, reason) for topic, reason in self._problems.items())

    def hidden(self) -> tuple[Problem, ...]:
        """What is left out on purpose."""
        return tuple(Problem(topic, reason) for topic, reason in self._hidden.items())

    def complain(self, place: str, reason: str) -> None:
        """Remember a problem and log it, once."""
        if self._problems.get(place) == reason:
            return
        if place not in self._problems and len(self._problems) >= MAX_PROBLEMS:
            return
        self._problems[place] = reason
        log.warning("announcement not used: %s: %s", place[:200].encode("unicode_escape").decode(), reason)

    def take(self, topic: str, payload: bytes) -> Change:
        """Take in one message of a discovery topic."""
        if self._present is not None and (topic in self._payloads or len(self._present) < MAX_TOPICS):
            self._present.add(topic)
        fingerprint = hash(payload)
        if self._payloads.get(topic) == fingerprint:
            return Change()  # announced again, unchanged
        if topic not in self._payloads and payload and len(self._payloads) >= MAX_TOPICS:
            self.complain(topic, f"more than {MAX_TOPICS} announcements")
            return Change()
        if topic in self._payloads:
            self._clear(topic)
        try:
            owner, specs = self._specs(topic, payload)
        except HomeError as error:
            self.complain(topic, str(error))
            owner, specs = topic, ()
        if payload:
            self._payloads[topic] = fingerprint
        else:
            self._payloads.pop(topic, None)
        return self._replace(owner, specs)

    def _specs(self, topic: str, payload: bytes) -> tuple[str, tuple[Spec, ...]]:
        if is_tasmota(topic):
            return self._tasmota(topic, payload)
        specs: list[Spec] = []
        for component in parse_discovery(topic, payload, self._prefix):
            place = f"{topic} {component.unique_id}"
            if not component.kind:
                self.complain(place, f"the component {component.object_id[:64]!r} lacks its p (platform)")
                continue
            if component.kind not in BUILDERS:
                self._hide(place, f"components of the kind {component.kind!r} are not used")
                continue
            try:
                spec = spec_of(component, self._topics, self._setting)
            except HomeError as error:
                self.complain(place, str(error))
                continue
            except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
                # a defect of ours: one announcement must not cost the others
                self.complain(place, f"{UNFORESEEN}: {type(error).__name__}")
                continue
            specs += self._used(topic, (spec,))
        return topic, tuple(specs)

    def _checked(self, place: str, spec: Spec) -> Spec | None:
        if len(spec.binding.topics) > MAX_READERS:
            self.complain(place, f"it listens to more than {MAX_READERS} topics")
            return None
        if spec.binding.notes:
            self.complain(place, "; ".join(spec.binding.notes))
        elif not spec.binding.readers and not spec.binding.commands:
            self.complain(place, "it names no topic that it reports or is commanded on")
            return None
        return spec

    def _tasmota(self, topic: str, payload: bytes) -> tuple[str, tuple[Spec, ...]]:
        mac, part, said = parse_tasmota(topic, payload)
        device = self._tasmotas.get(mac, TasmotaDevice(mac))
        device = TasmotaDevice(mac, *((said, device.sensors) if part == "config" else (device.config, said)))
        if device.config is None and device.sensors is None:
            self._tasmotas.pop(mac, None)
        else:
            self._tasmotas[mac] = device
        place = f"{TASMOTA}/{mac}"
        self._clear(
            place
        )  # both messages speak of one device: what was wrong with it may have been mended by the other
        try:
            specs = tasmota_specs(device, self._topics, self._setting)
        except HomeError as error:
            self.complain(place, str(error))
            return place, ()
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
            self.complain(place, f"{UNFORESEEN}: {type(error).__name__}")
            return place, ()
        return place, tuple(self._used(place, specs))

    def _used(self, owner: str, specs: Iterable[Spec]) -> Iterator[Spec]:
        """Those that are part of the home people speak of, and that can be read or commanded."""
        for spec in specs:
            place = f"{owner} {spec.unique_id}"
            if spec.hidden:
                self._hide(place, spec.hidden)
            elif self._checked(place, spec) is not None:
                yield spec

    def _hide(self, place: str, reason: str) -> None:
        if len(self._hidden) < MAX_TOPICS:
            self._hidden[place] = reason

    def _clear(self, topic: str) -> None:
        for notes in (self._problems, self._hidden):
            for place in [place for place in notes if place == topic or place.startswith(topic + " ")]:
                del notes[place]

    def _replace(self, owner: str, specs: tuple[Spec, ...]) -> Change:
        """Let `owner` announce `specs` and nothing else. Of several owners of one unique id the first one counts."""
        before = {spec.identity: spec for spec in self._announced.pop(owner, ())}
        distinct = {spec.identity: spec for spec in specs}
        self._count += len(distinct) - len(before)
        if self._count > MAX_SPECS and distinct:
            self.complain(owner, f"more than {MAX_SPECS} components are announced")
            self._count -= len(distinct)
            distinct = {}
        if distinct:
            self._announced[owner] = tuple(distinct.values())
        added: list[Spec] = []
        removed: list[str] = []
        for identity in before.keys() - distinct.keys():
            owners = self._owners[identity]
            counted = owners[0] == owner
            owners.remove(owner)
            if not owners:
                del self._owners[identity]
                removed.append(identity)
            elif counted:
                self._problems.pop(f"{owners[0]} {before[identity].unique_id}", None)  # that it was announced already
                added.extend(spec for spec in self._announced[owners[0]] if spec.identity == identity)
        for identity, spec in distinct.items():
            owners = self._owners.setdefault(identity, [])
            if owner not in owners:
                owners.append(owner)
            if owners[0] == owner:
                added.append(spec)
            else:
                self.complain(f"{owner} {spec.unique_id}", f"{identity} is already announced by {owners[0]}")
        return Change(tuple(added), tuple(removed))
