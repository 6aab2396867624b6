"""How people wish for something without commanding it: tables of patterns for :mod:`appliance.plainly.wishes`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

CUT = re.compile(
    r"[,;.!]+\s*(?:(?:so|and|then|but|now|please)\s+)*|\s+(?:so|and)\s+(?=(?:get|fire|start|warm|heat|let|have|could|can)\b)",
    re.IGNORECASE,
)
HOLDING = re.compile(
    r"\b(?:if|when|whenever|once|unless|until|till|after|before|while|don't|dont|do not|never|not|said|says|told|asked|thinks|who|why|what|\?)\b|\?",
    re.IGNORECASE,
)
"""Words of a reason that may say when or whether the wish counts."""
COMMAND = re.compile(
    r"\b(?:turn|switch|put|set|make|open|close|shut|dim|start|stop|raise|lower|play|pause|mute|lock|unlock|run|send|activate|add|remind|cancel|buy|show|tell)\b",
    re.IGNORECASE,
)
ENDING = re.compile(
    r"(?:,? (?:please|now|then|for (?:me|us|a bit|a while)|right now|tonight|today|too|again|would you|will you|could you|can you|thanks|thank you))+$"
)
LEAD = re.compile(
    r"^(?:(?:please|so|then|and|now|could you|can you|would you|will you|you could|you can|let's|go and|just|maybe|perhaps) )+"
)

_MAY = r"(?:had better|'d better|better|ought to|should(?: really)?|could|can|may|must|needs? to|has to|might as well|is to|deserves to)"
FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sense)
    for pattern, sense in {
        r"(?P<thing>.+?) would (?:be|feel) (?:really |very |so |rather )?(?:nice|good|great|lovely|welcome|perfect|wonderful|helpful|a help|fine|amazing|handy)": "nice",
        r"(?P<thing>.+?) (?:would not|wouldn't) (?:hurt|go amiss|be bad)": "nice",
        r"(?P<thing>.+?) would (?:help|do nicely|do)": "nice",
        rf"(?P<thing>.+?) {_MAY} (?:be (?:running|on|going|turned on|switched on|put on)|come on|go on|run|start up|get going|start|start running|warm up|heat up)": "nice",
        rf"(?P<thing>.+?) {_MAY} (?:be (?:off|turned off|switched off)|go off|come off|go out)": "off",
        rf"(?P<thing>.+?) {_MAY} (?:do(?: a (?:bit|little))? more|work(?: a (?:bit|little))? harder|go up(?: a bit| a little)?|be turned up(?: a bit| a little)?)": "more",
        rf"(?P<thing>.+?) {_MAY} (?:have a go|get to work|get going|get started|get (?:cleaning|hoovering|mowing|cutting)|do (?:its|his|her|their) (?:rounds?|job|thing|work|bit)"
        r"|go out|come out|start|run|go to work|go over it|have a run|clean up|(?:take care of|see to|deal with) (?:it|that|this)|sweep up|hoover|hoover up|vacuum|mow|do a round|take a turn|be running)": "work",
        rf"(?P<thing>.+?) {_MAY} (?:come in|come home|come back|go home|go back|go in|go to (?:bed|its dock|his dock|her dock)|call it a day|call it a night|stop|stop now|pack it in|pack up"
        r"|(?:go|come|get) back to (?:its|his|her|the) (?:dock|base|station))": "rest",
        rf"(?P<thing>.+?) {_MAY} (?:do|go over|clean|hoover|sweep|vacuum) (?:the )?(?P<place>[\w' ]+?)": "room",
        r"(?:it is |it's |its )?(?:high )?time for (?P<thing>.+?) to (?:have a go|get to work|get going|start|do (?:its|his|her|their) (?:rounds?|job|thing|work|bit)|go out|go to work)": "work",
        r"(?:it is |it's |its )?(?:high )?time for (?P<thing>.+?) to (?:come in|come home|go home|go back|go to bed|stop|call it a day)": "rest",
        r"(?P<thing>\S.*?) has done enough(?: for (?:one day|today|now))?": "rest",
        r"(?:(?:that|this|there|it)(?:'s| is| looks like) |sounds like )?(?:a |another |just the )?(?:job|task|one|case|something|work) for (?P<thing>.+?)": "work",
        r"send (?P<thing>.+?) to (?:bed|sleep)": "rest",
        r"(?:nobody|no one|no-one)(?:'s| is) (?:watching|using|listening to|playing (?:on|with)) (?P<thing>.+?)(?: any ?more| any longer| now)": "unused",
        r"(?:get|have) (?P<thing>.+?) (?:going|running|started|warmed up|heated up|on|warming up|heating up|fired up)": "on",
        r"(?:fire|warm|heat|start|power) up (?P<thing>.+?)": "on",
        r"(?:fire|warm|heat|start|power) (?P<thing>.+?) up": "on",
        r"(?:start|begin) (?:warming|heating|firing) up (?P<thing>.+?)": "on",
        r"(?:start|begin) (?:warming|heating|firing) (?P<thing>.+?)(?: up)?": "on",
        r"(?P<thing>[\w' -]+?) please": "please",
        r"let (?:them|him|her|me|us) in": "in",
        r"(?:sort|see to|fix|deal with|take care of) (?:that|it|this)(?: out)?": "undo",
        r"sort (?:that|it|this) out": "undo",
        r"do something(?: about (?:that|it|this))?": "undo",
    }.items()
)
"""Wishes, by what they want of their thing."""
SWITCHED = frozenset(
    {"switch", "light", "fan", "input_boolean", "humidifier", "media_player", "siren", "climate", "water_heater"}
)
STARTED = frozenset({"switch", "fan", "input_boolean", "humidifier", "water_heater"})
"""What warms up or gets going."""
PLACED = frozenset({"fan", "humidifier"})
"""What rooms have one of."""
ON_PLEASE = frozenset({"fan", "humidifier", "light", "switch", "input_boolean"})
NEEDING = re.compile(
    r"(?!.*\b(?:sleep|nap|rest|quiet|peace|dark|darkness|bed|doze|off|out|less|stop)\b)(?:.*\b(?:needs?|wants?|ha(?:s|ve)(?: got)?|(?:would|'d) like|trying|about|going|time) to (?!be\b)\w+"
    r"|(?:i|we)(?:(?:'d| would)(?: rather| really| quite)? (?:fancy|love|like|kill for)| (?:really |quite )?fancy|(?: could|'d| would) (?:do with|use)| feel like)"
    r" (?:a|an|some|another) .*"
    r"|.*\b(?:is|are|am|'m|'re|'s) (?:all |absolutely |simply )?(?:gasping|desperate|dying|parched|longing)\b).*",
    re.IGNORECASE,
)
"""A reason that says what somebody has to do, who then names a thing for it: "the cook needs to chop, worktop light please"."""
THIRSTY = re.compile(
    r"\b(?:dry|parched|thirsty|wilting|wilted|dusty|brown|drooping|scorched|a (?:good )?(?:drink|soak|watering)|some water|watering)\b"
    r"(?!.*\b(?:enough|no longer)\b)",
    re.IGNORECASE,
)
"""A reason for water."""
DRINKS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys("coffee espresso cappuccino latte macchiato americano caffeine".split(), frozenset({"coffee", "espresso", "barista"})),
        **dict.fromkeys("tea cuppa".split(), frozenset({"kettle", "tea"})),
        **dict.fromkeys("laundry washing clothes".split(), frozenset({"washing", "washer"})),
        **dict.fromkeys("dishes plates pots".split(), frozenset({"dishwasher"})),
        **dict.fromkeys("bread dough loaf".split(), frozenset({"bread"})),
    }
)  # fmt: skip
"""What somebody fancies or has to do, and the words of machines for it."""
WINDY = re.compile(
    r"\b(?:wind|windy|storm|stormy|rain|raining|rains|rain's|gust|gusty|hail|snow|snowing|pouring|shower)\b",
    re.IGNORECASE,
)
SUNNY = re.compile(r"\bsun(?:'s|ny|shine)?\b|\bglare\b|\bblinding\b", re.IGNORECASE)
AT_THE_DOOR = re.compile(
    r"\b(?:at|outside|by|in front of) (?:the |our |my )?(?P<door>[\w' -]+?)(?: (?:and|without|with|again|now|already|waiting)\b.*)?$",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"(?:(?:i think|i believe|looks like|it looks like|apparently|oh no|oh|hey) )*(?:(?:somebody|someone|i|we|the kids|they|he|she|you|\w+)(?:'s|'ve| has| have)? left (?P<thing>.+?)"
    r"|(?P<other>.+?)(?:'s| is| are| was| were| has been| have been)(?: been)? (?:left|still))(?: still)? (?P<state>on|running|open|unlocked|burning)(?: again)?",
    re.IGNORECASE,
)
UNDONE = MappingProxyType(
    {"on": "turn off", "running": "turn off", "burning": "turn off", "open": "close", "unlocked": "lock"}
)
