"""Words and phrases that may stand for each other in commands of some kinds, outside of the copied spans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_ANYWHERE, _FIRST, _WITH_TO = "anywhere", "first", "to"
"""Where a group holds: anywhere, as the verb that opens the sentence, or as such a verb with "to" after it."""

_LEVELS = "LightSet SetPosition FanSetSpeed ClimateSet HumiditySet SetNumber SetVolume"
_RELATIVE = "LightSet FanSetSpeed ClimateSet HumiditySet SetVolume"
_QUESTIONS = "GetState ClimateGet GetWeather TimerStatus ListGet GetTime GetDate"

_TABLE: tuple[tuple[str, str, str], ...] = (
    # calls (empty: all), where, phrases parted by bars
    ("", _ANYWHERE, "i want|i need|i'd like|i would like|we want|we need"),
    ("", _ANYWHERE, "in here|here|in this room|in the room|over here|around here|right here"),
    (f"{_RELATIVE} SetPosition Open Close", _ANYWHERE, "a bit|a little|slightly|a tad|a touch|a little bit|somewhat|just a bit|a smidge|a wee bit|a little more|marginally"),
    (_RELATIVE, _ANYWHERE, "a lot|much|quite a bit|considerably|a great deal|a good deal|significantly|a whole lot"),
    ("TurnOn TurnOff LightSet Close Open Lock SetPosition FanSetSpeed", _ANYWHERE,
     "except|except for|apart from|but not|other than|save for|besides|excluding|minus|not counting|leaving out|aside from|with the exception of|barring|excepting|but for|not including"),
    ("TurnOn TurnOff", _ANYWHERE, "everything|all devices|every device|all the devices|all of the devices|every single thing|each and every thing|the whole lot"),
    ("TurnOn TurnOff LightSet", _ANYWHERE, "all the lights|all lights|all of the lights|every light|each light|every single light|all the lamps|all of the lamps|each of the lights"),
    ("TurnOn TurnOff LightSet Toggle GetState", _ANYWHERE, "lights|lamps|bulbs"),
    ("VacuumStart VacuumPause VacuumReturn VacuumCleanArea", _ANYWHERE,
     "the vacuum|the robot|the hoover|the robot vacuum|the vacuum cleaner|the vacuum robot|the robo vac"),
    ("MowerStart MowerPause MowerDock", _ANYWHERE, "the mower|the lawn mower|the lawnmower|the robot mower|the mowing robot"),
    ("GetState", _ANYWHERE, "currently|right now|at the moment|at present|presently|at this time"),
    ("GetState", _ANYWHERE, "how many|what number of|how many of"),
    (_QUESTIONS, _ANYWHERE, "tell me|let me know|show me|i want to know|i'd like to know|find out|check"),
    (_QUESTIONS, _ANYWHERE, "what's the|what is the|tell me the|give me the|do you know the|say the|can you tell me the|i need to know the|how about the"),
    ("GetState", _ANYWHERE, "are there any|do we have any|have we got any|do i have any|is there any"),
    ("", _ANYWHERE, "don't|do not"),
    ("TurnOn TurnOff Open Close Lock LightSet", _ANYWHERE, "can be|could be|may be|should be|ought to be|must be|needs to be|has to be|is to be"),
    # the verb
    ("TurnOn TurnOff Toggle", _FIRST, "turn|switch|flip|flick"),
    ("TurnOn", _FIRST, "turn on|switch on|power on|put on|flick on|flip on|power up|start up"),
    ("TurnOff", _FIRST, "turn off|switch off|power off|shut off|flick off|flip off|power down|shut down|kill|cut"),
    ("GetState", _ANYWHERE, "which lights|what lights|which of the lights"),
    ("GetState", _ANYWHERE, "which windows|what windows|which of the windows"),
    ("GetState", _ANYWHERE, "which doors|what doors|which of the doors"),
    (_LEVELS, _WITH_TO, "set|change|adjust|put|bring|turn|switch|take|move|get|shift|regulate|reset"),
    (_RELATIVE, _FIRST, "increase|raise|boost|bump up|turn up|up|crank up|push up|ramp up|bring up|step up|jack up"),
    (_RELATIVE, _FIRST, "decrease|lower|reduce|turn down|cut|bring down|drop|cut down|tone down|take down|step down|lessen|bring back"),
    ("LightSet", _ANYWHERE, "brighter|lighter|more bright|less dark|less dim"),
    ("LightSet", _ANYWHERE, "dimmer|darker|less bright|more dim|not as bright|not so bright"),
    ("LightSet", _FIRST, "brighten|brighten up|lighten|light up more"),
    ("LightSet", _FIRST, "dim|dim down|darken|tone down|fade"),
    ("SetVolume", _ANYWHERE, "louder|more loud|less quiet"),
    ("SetVolume", _ANYWHERE, "quieter|softer|less loud|more quiet|not so loud|not as loud"),
    ("ClimateSet", _ANYWHERE, "warmer|hotter|less cold|more warm|cosier"),
    ("ClimateSet", _ANYWHERE, "cooler|colder|less hot|less warm|more cool|chillier"),
    ("FanSetSpeed", _ANYWHERE, "faster|quicker|stronger|harder"),
    ("FanSetSpeed", _ANYWHERE, "slower|less fast|weaker|gentler|not so fast"),
    ("Open", _FIRST, "open|open up"),
    ("Close", _FIRST, "close|shut|close up"),
    ("Lock", _FIRST, "lock|bolt|secure|latch|lock up"),
    ("Unlock", _FIRST, "unlock|unbolt|unlatch"),
    ("Activate", _FIRST, "activate|run|start|trigger|launch|execute|fire off|kick off|set off|initiate|put on"),
    ("Press", _FIRST, "press|push|hit|tap|click|use"),
    ("Broadcast", _ANYWHERE, "tell everyone|let everyone know|tell everybody|let everybody know|inform everyone|tell the whole house"),
    ("Broadcast", _FIRST, "announce|broadcast|make an announcement"),
    ("MediaSearch", _FIRST, "play|put on|start playing|stream|queue up|let's hear|let me hear|play me|play us"),
    ("MediaPause PauseTimer", _FIRST, "pause|hold|freeze|suspend|put on hold"),
    ("UnpauseTimer MediaPlay", _FIRST, "resume|continue|unpause|carry on with|go on with|keep going with"),
    ("CancelTimer CancelAllTimers", _FIRST, "cancel|delete|remove|stop|end|abort|kill|scrap|drop|clear|get rid of|discard"),
    ("StartTimer", _FIRST, "set|start|create|make|begin|put on|launch|kick off|set up|give me|get me"),
    ("ListAdd", _FIRST, "add|put|stick|pop|throw|jot down|write down|note"),
    ("ListRemove", _FIRST, "remove|delete|erase|take|strike|drop|scratch"),
    ("ListComplete", _ANYWHERE, "check off|tick off|cross off|mark off"),
    ("VacuumCleanArea", _FIRST, "clean|vacuum|hoover|sweep|vacuum clean|clean up|do"),
    ("VacuumReturn", _FIRST, "send|return|take|bring|get"),
    ("AlarmArm", _FIRST, "arm|set|activate|switch on|turn on|engage|enable"),
    ("AlarmDisarm", _FIRST, "disarm|deactivate|switch off|turn off|unset|disengage|disable"),
    ("Mute", _FIRST, "mute|silence|turn off the sound of"),
)  # fmt: skip

_PARTICLES = frozenset({"on", "off", "up", "down", "out", "back", "over", "in"})
_WITH_PARTICLES = frozenset({"turn", "switch", "flip", "flick"})
"""Verbs that may be replaced before a particle, too."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a phrase may be replaced by, and when."""

    phrases: tuple[str, ...]
    calls: frozenset[str]
    """Every call of the sentence must be among them; empty: all may."""
    where: str

    def fits(self, calls: Collection[str], at: int, words: Sequence[str]) -> bool:
        """Tell whether the group holds for the word at `at` of a sentence of these calls."""
        if self.calls and not self.calls.issuperset(calls):
            return False
        if self.where == _ANYWHERE:
            return True
        if at or len(words) == 1:
            return False
        if self.where == _WITH_TO:
            return "to" in words and words[1] not in _PARTICLES
        return words[0] in _WITH_PARTICLES or words[1] not in _PARTICLES


def _groups() -> Mapping[str, tuple[tuple[tuple[str, ...], Options], ...]]:
    found: dict[str, list[tuple[tuple[str, ...], Options]]] = defaultdict(list)
    for calls, where, text in _TABLE:
        options = Options(tuple(text.split("|")), frozenset(calls.split()), where)
        for phrase in options.phrases:
            words = tuple(phrase.split())
            found[words[0]].append((words, options))
    return {word: tuple(sorted(some, key=lambda one: -len(one[0]))) for word, some in found.items()}


GROUPS = _groups()
"""First word of a phrase to the phrases that begin with it, the longest first, and what may stand for each."""
