"""The resolver: what a call means in this home. Plain code, no model, nothing is sent.

`Resolver.decide` takes what the model wrote about a sentence and the home at this moment, and returns steps: actions with
the intent they come from, finished answers, tasks, or refusals that say why.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from appliance.config import PolicySettings
from appliance.messages import Call, Entity, Home, Quantity, Step, Target
from appliance.resolver.actions import change
from appliance.resolver.compared import compared
from appliance.resolver.contradictions import CUES
from appliance.resolver.counted import counted
from appliance.resolver.groups import Groups
from appliance.resolver.inquiries import inquiry
from appliance.resolver.kinds import KINDS, is_guarded
from appliance.resolver.lasting import LENGTHS, said_length, taken_back, without_length
from appliance.resolver.leftovers import claimed, names_of, players_said, spans_of
from appliance.resolver.lookup import Lookup
from appliance.resolver.measured import measured
from appliance.resolver.names import NameIndex, telling_part
from appliance.resolver.owners import owned
from appliance.resolver.places import exempted, find_place, on_this_storey, settled
from appliance.resolver.questions import ask
from appliance.resolver.recast import machine_call
from appliance.resolver.recent import pointing, there
from appliance.resolver.several import sweeps
from appliance.resolver.situation import Memory, Mention, Problem, Selection, Situation
from appliance.resolver.speech import describe
from appliance.resolver.spelling import every_stem, every_word, stems
from appliance.resolver.tasks import MAKERS, task
from appliance.resolver.thermometers import temperature, weather
from appliance.resolver.widened import widened
from appliance.resolver.wording import reworded, unclassed
from appliance.text import words

__all__ = ["Lookup", "Memory", "Mention", "Resolver", "describe"]

_QUOTING = frozenset({"item", "message", "search", "topic"})
"""Values that may hold any words."""
_HOME = frozenset({"home", "house", "apartment", "flat"})
"""Words of names, as of a weather service, that stand in many sentences about other things."""
_MOST_OTHERS = 12
"""Neighbours remembered for "the other one"."""


class Resolver:
    """Decides what calls come to. Keeps the name index of the home it saw last; call it from one thread."""

    def __init__(self, spare: Sequence[str] = PolicySettings().spare, english: Container[str] = frozenset()) -> None:
        """Start without an index; the first home builds it.

        Args:
            spare: Words of names that no sweep turns off (``policy.spare``).
            english: Words that are no typing errors.
        """
        self._english = english
        self._spare = tuple(stems(word) for word in spare)
        self._home: Home | None = None
        self._index: NameIndex | None = None
        self._groups = Groups(Home())
        self._indexed: tuple[object, ...] = ()
        self._by_id: Mapping[str, Entity] = {}

    def decide(
        self,
        calls: Sequence[Call],
        home: Home,
        *,
        text: str,
        area: str | None = None,
        memory: Memory | None = None,
        among: Sequence[Call] = (),
    ) -> tuple[tuple[Step, ...], Memory]:
        """Resolve the calls of one sentence in order; later ones may refer to earlier ones.

        Args:
            calls: What the model wrote; untrusted.
            home: The home at this moment.
            text: The sentence as it was said.
            area: Id or name of the area where it was said; one that the home does not have counts as none.
            memory: What this method returned for the turn before.
            among: All calls of the sentence where `calls` are only some of them: their words are not free for others.

        Returns:
            The steps, and the memory for the next turn.
        """
        index, by_id = self._index_of(home)
        here = area if area in index.areas else index.area(stems(area)) if area else None
        memory = memory or Memory()
        among = among or calls
        situation = Situation(
            home,
            index,
            text,
            stems(text),
            here,
            by_id,
            groups=self._groups,
            claimed=claimed(among),
            meant=claimed(among, exempt=False),
            alone=len(calls) == 1,
            spoken_names=names_of(among),
            spans=spans_of(among),
            calls=len(among),
            excepting=any(call.excepts for call in among),
            exempted=tuple(
                every_stem(exempt.name) for call in among for exempt in call.excepts if exempt.name is not None
            ),
            spare=self._spare,
            words=every_stem(text),
            memory=memory,
        )
        steps: list[Step] = []
        for call in calls:
            made, memory = self._step(call, situation, memory)
            steps += made
        if not steps:
            steps.append(Step(refusal="I did not understand that.", hand_over=True))
        return tuple(steps), memory

    def told_apart(self, calls: Sequence[Call], home: Home) -> tuple[Call, ...]:
        """`calls` with one for each of several things that a name lists: "desk lamps 1 and 4"."""
        _, by_id = self._index_of(home)
        return tuple(
            one
            for call in calls
            for one in (
                [self._one_of(call, by_id[id_], home) for id_ in self._groups.listed(call.target.name)]
                if call.target.name
                else ()
            )
            or (call,)
        )

    def _one_of(self, call: Call, entity: Entity, home: Home) -> Call:
        """`call` for one of the things that its name lists; what opens a way is not named where its room was."""
        target = call.target
        swept = is_guarded(entity) and sweeps(target.name or "")
        room = None if self._groups.alone(entity.id) else self._room(entity, home)
        return replace(
            call,
            target=replace(target, name=entity.name, area=target.area or room, everything=target.everything or swept),
        )

    @staticmethod
    def _room(entity: Entity, home: Home) -> str | None:
        return next((area.name for area in home.areas if area.id == entity.area), None)

    def unread(
        self, calls: Sequence[Call], home: Home, text: str, numbers: Iterable[str] = (), touched: Sequence[str] = ()
    ) -> int:
        """How many names of the home, and of the `numbers` of the sentence, no call speaks of: signs that `calls` leave something out.

        The names and areas of the things `touched`, each by a step of its own, are spoken of where nothing is exempted.
        """
        index, by_id = self._index_of(home)
        spans = spans_of(calls)
        if CUES.isdisjoint(every_word(text)):
            for entity in (by_id[each] for each in touched if each in by_id):
                area = index.areas.get(entity.area or "")
                names = (*entity.names, *(area.names if area else ()))
                spans = spans.union(*map(stems, names))
        said = (telling_part(name) for name in index.names_in(stems(text)))
        missing = sum(spans.isdisjoint(name) and not name <= _HOME for name in said)
        players = {each for each in touched if each in by_id and by_id[each].domain == "media_player"}
        if len(touched) == len(calls) > 1 and players:
            missing += len(players_said(every_stem(text))) > len(players)
        if any(not _QUOTING.isdisjoint(call.values) for call in calls):
            return missing
        missing += any(map(_halves_percent, calls)) + _whose(calls, text, index, spans)
        return missing + sum(spans.isdisjoint(stems(said)) for said in numbers)

    def inquiry(self, text: str, home: Home) -> Call | None:
        """The question for the state of the one thing that `text` asks about by its name, or None."""
        return inquiry(text, self._index_of(home)[0])

    def compared(self, text: str, home: Home) -> Call | None:
        """The question for several things, by the most or the least of something or by what they are called, or None."""
        return compared(text) or counted(text, home)

    def measured(self, text: str, home: Home) -> Call | None:
        """The question for the one sensor of the home that a question about the world may be about, by its words."""
        return measured(text, home, self._index_of(home)[0])

    def lookup(self, home: Home) -> Lookup:
        """Which words are names of this home."""
        index, by_id = self._index_of(home)
        return Lookup(home, index, by_id, self._groups)

    def guessed(self, call: Call, home: Home) -> bool:
        """Whether a name or place of `call` is only known in another spelling than it has."""
        index, _ = self._index_of(home)
        spans = (call.target.name, call.target.area, call.target.floor)
        return any(index.guessed(stems(span)) for span in spans if span)

    def _step(self, call: Call, situation: Situation, memory: Memory) -> tuple[list[Step], Memory]:
        situation = situation if memory is situation.memory else replace(situation, memory=memory)
        call = owned(machine_call(call, situation), situation)
        excepts = tuple(exempted(target, situation) for target in call.excepts)
        target = there(
            settled(pointing(on_this_storey(call.target, situation), situation), situation), call, situation, memory
        )
        if (target, excepts) != (call.target, call.excepts):
            call = replace(call, target=target, excepts=excepts)
        memory = _placed(call.target, situation, memory)
        if call.name in KINDS or call.name in {"GetState", "ClimateGet"}:
            call = unclassed(widened(call, situation), situation)
        if call.name in KINDS:
            if not call.values.keys().isdisjoint(LENGTHS) and said_length(call) is None:
                return [Step(refusal="I did not understand for how long. Say for example: for ten minutes.")], memory
            steps, found = change(without_length(call), situation, memory)
            steps += taken_back(call, steps, situation)
            return steps, _remember(found, call, situation, memory)
        if call.name in {"GetState", "ClimateGet"}:
            call = reworded(call, situation)
        if call.name == "GetState":
            step, found = ask(call, situation, memory)
            return [step], _remember(found, call, situation, memory)
        if call.name == "ClimateGet":
            step, found = temperature(call, situation, memory)
            return [step], _remember(found, call, situation, memory)
        if call.name == "GetWeather":
            return [weather(call, situation)], memory
        if call.name in MAKERS:
            step, memory = task(call, situation, memory)
            return [step], memory
        return [Step(refusal="I cannot do that.", hand_over=True)], memory

    def _index_of(self, home: Home) -> tuple[NameIndex, Mapping[str, Entity]]:
        """The index of this home, and its entities by id; rebuilt only when names, areas or entities changed."""
        if self._index is not None and home is self._home:
            return self._index, self._by_id
        names = tuple((e.id, e.name, e.aliases, e.area, e.device_class) for e in home.entities)
        seen = (home.structure, home.areas, home.floors, names)
        if self._index is None or seen != self._indexed:
            self._index, self._indexed = NameIndex(home, self._english), seen
            self._groups = Groups(home)
        self._home, self._by_id = home, {entity.id: entity for entity in home.entities}
        return self._index, self._by_id


def _whose(calls: Sequence[Call], text: str, index: NameIndex, spans: frozenset[str]) -> bool:
    """Whether calls for everything leave out whose it is: "all of Grandpa's things"."""
    targets = [call.target for call in calls]
    if not any(
        target.everything and not (target.name or target.area or target.floor or target.here) for target in targets
    ):
        return False
    owners = {stem for word in words(text) if word.text.endswith(("'s", "s'")) for stem in stems(word.text)}
    return bool((owners & index.vocabulary) - spans)


def _halves_percent(call: Call) -> bool:
    """Whether a call sets a room to a fraction of a percent: nobody says "and a half" but of degrees."""
    values = (value for key, value in call.values.items() if key in {"brightness", "volume", "percentage", "position"})
    return call.target.name is None and any(
        isinstance(value, Quantity)
        and value.value is not None
        and value.value % 1 == 0.5
        and "half" in value.words.split()[1:]
        for value in values
    )


def _placed(target: Target, situation: Situation, memory: Memory) -> Memory:
    """The memory with the place that a target names, whether or not anything is found there."""
    if not (target.area or target.floor):
        return memory
    place = find_place(target, situation)
    if isinstance(place, Problem) or place is None:
        return memory
    area = next(iter(place.areas)) if len(place.areas) == 1 else None
    return replace(memory, place=target.area or target.floor, area=area or memory.area)


def _remember(found: Selection | None, call: Call, situation: Situation, memory: Memory) -> Memory:
    if found is None:
        return memory
    ids = tuple(entity.id for entity in found.entities)
    first = found.entities[0]
    others = [near for near in situation.index.neighbours(first.domain, first.area) if near not in ids]
    place = memory.place
    if not (call.target.area or call.target.floor):
        areas = {entity.area for entity in found.entities}
        place = (
            situation.area_name(areas.pop() or "")
            if len(areas) == 1 and areas <= situation.index.areas.keys()
            else None
        )
    return replace(
        memory.noted(call, found.entities),
        entities=ids,
        others=tuple(others[:_MOST_OTHERS]),
        slots=found.slots,
        area=first.area,
        place=place,
        timers=False,
    )
