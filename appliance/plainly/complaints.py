"""How people complain of conditions, and how they only tell of them: tables of patterns for :mod:`appliance.plainly.felt`.

A pattern reads a clause in small letters without articles, in which PLACE, LIGHT, PLAYER, CLIMATE, COVER and PERSON stand for names of the home.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

# --- the words of complaints -----------------------------------------------------------------------

CONTRACTED = MappingProxyType(
    {
        "it's": "it is", "its": "it is", "that's": "that is", "i'm": "i am", "im": "i am", "we're": "we are", "they're": "they are",
        "he's": "he is", "she's": "she is", "there's": "there is", "theres": "there is", "can't": "can not", "cannot": "can not",
        "cant": "can not", "isn't": "is not", "isnt": "is not", "aren't": "are not", "i've": "i have", "we've": "we have",
        "everyone's": "everyone is", "everybody's": "everybody is", "somebody's": "somebody is", "baby's": "baby is",
        "don't": "do not", "i'd": "i would", "telly": "tv", "television": "tv", "freezin": "freezing",
    }
)  # fmt: skip
DROPPED = frozenset("the a an um uh er erm hmm".split())
LEAD = re.compile(
    r"(?:(?:these|those|that|this|oh my god|oh dear|oh no|oh|ugh|hey|well|okay|ok|so|god|gosh|man|wow|phew|brr+|blimey|honestly|seriously|look|listen|goodness"
    r"|i think|i find|i feel like|i am afraid|you know|now|and|but|because|sorry|hello|is it just me or) )+"
)
BEHIND = re.compile(
    r" (?:(?:please|now|again|already|still|today|tonight|this (?:morning|evening|afternoon)|at moment|right now|at night|all of sudden"
    r"|at this (?:hour|time of (?:day|night))|in (?:morning|evening)|help|lately|these days)"
    r"|for (?:\w+ ){0,2}\w+"
    r"|to (?:tell|see|read|make out|find|work|write|cook|eat|draw|paint|sew|knit|sleep|iron|thread|play|do|study|think|talk|hear|breathe)\b.*"
    r"|to (?:make out|\w+)(?: (?:properly|in peace|by|what i am doing|(?:my |any )?\w+))?"
    r"|(?:is not it|do not you think|if you ask me|or is it just me))$"
)  # fmt: skip
TODAY = re.compile(r" (?:today|tonight|this (?:morning|evening|afternoon)|in (?:morning|evening)|lately|these days)\b")
OVER = re.compile(
    r"(?<=\bhear )(?!(?:myself|ourselves|yourself|each other|one another|you|him|her|them|a word|anything|myself)\b)(?P<heard>.+?) over .+"
    r"|(?<=\bheard) over .+",
    re.IGNORECASE,
)
"""What is louder than a player that nobody hears."""
IDLE = re.compile(
    r"(?:please|thanks|thank you|help|help me|do something|i hate it|it is (?:awful|unbearable|horrible|terrible)"
    r"|(?:can|could|would|will) you (?:please )?(?:do something|help|sort (?:it|that) out|fix (?:it|that)|see to (?:it|that)|change that)"
    r"|do something|sort (?:it|that) out|see to (?:it|that)|fix (?:it|that))(?: about (?:it|that|this))?(?: please)?"
)
"""Beside a complaint they ask for nothing of their own."""

_BE = r"(?:is|are|am|feels?|looks?|seems?|is feeling|am feeling|gets|(?:is|are|am) (?:getting|becoming|turning|going)|has (?:got|gotten|become)|have got)"
_MUCH = (
    "too|way|far|much|bit|little|tad|rather|quite|really|so|awfully|terribly|dreadfully|horribly|very|pretty|bloody|freaking|damn|absolutely"
    "|completely|totally|utterly|all|kind of|kinda|sort of|somewhat|slightly|extremely|incredibly|unbearably|uncomfortably|just|still"
    "|getting|again|properly|ever|already|positively|simply|bone|ice|pitch|stone|bitterly|freezing|boiling|fairly|insanely|ridiculously"
)
_ANY = rf"(?: (?:{_MUCH}))*"
_DEG = rf"(?P<much>(?:(?:{_MUCH}) )*)"
COMPLAINING = frozenset(
    "too bit little tad rather awfully terribly dreadfully horribly unbearably uncomfortably ridiculously insanely".split()
)
"""Degrees that make a complaint of what may be as somebody likes it."""
OPPOSITE = MappingProxyType(
    {
        "bright": "dark",
        "dark": "bright",
        "hot": "cold",
        "cold": "hot",
        "humid": "dry",
        "dry": "humid",
        "loud": "quiet",
        "quiet": "loud",
    }
)
COMPARED: Mapping[str, str] = MappingProxyType(
    {
        "warmer": "cold", "hotter": "cold", "cooler": "hot", "colder": "hot", "brighter": "dark", "lighter": "dark", "darker": "bright",
        "dimmer": "bright", "quieter": "loud", "louder": "quiet", "drier": "humid",
    }
)  # fmt: skip
"""What somebody misses who wishes for more."""
MILD = frozenset({"bright", "warm", "cool", "loud", "quiet", "dry", "light", "soft", "noisy"})
"""Conditions that may be liked."""
ADJECTIVES: Mapping[str, str] = MappingProxyType(
    {
        word: condition
        for condition, group in {
            "dark": "dark gloomy dim murky dingy black unlit",
            "bright": "bright glaring dazzling blinding light",
            "hot": "hot warm boiling+hot baking+hot roasting+hot scorching+hot boiling roasting sweltering baking scorching sweaty tropical",
            "cold": "cold chilly freezing+cold perishing freezing frigid icy nippy frosty arctic parky cool baltic chill",
            "stuffy": "stuffy airless stale smelly stinky",
            "steamy": "steamy steamed+up fogged+up misted+up misted+over foggy full+of+steam",
            "humid": "humid damp muggy clammy moist",
            "dry": "dry dry+as+bone dry+as+dust dry+as+desert parched",
            "loud": "loud noisy deafening blaring booming ear+splitting",
            "quiet": "quiet soft faint",
            "dirty": "filthy dirty dusty covered+in+crumbs covered+in+dust covered+in+dirt full+of+crumbs full+of+mud full+of+sand full+of+dust full+of+dirt covered+in+hair covered+in+dog+hair "
            "covered+in+cat+hair covered+in+sand covered+in+mud grubby gritty",
        }.items()
        for word in (entry.replace("+", " ") for entry in group.split())
    }
)  # fmt: skip
_ADJ = rf"(?P<adj>{'|'.join(sorted(ADJECTIVES, key=len, reverse=True))})"
_LOST_LIMBS = " ".join(
    f"freezing+{whose}+{limb}+off"
    for whose in ("my", "our", "their")
    for limb in "fingers toes hands feet nose ears socks bum".split()
)
LIKE: Mapping[str, str] = MappingProxyType(
    {
        word: condition
        for condition, group in {
            "dark": "cave dungeon tomb crypt coal+mine mine+shaft",
            "hot": "oven sauna furnace sahara tropics greenhouse desert hell",
            "cold": "fridge refrigerator freezer icebox ice+box igloo arctic siberia antarctica north+pole meat+locker iceberg cold+store",
            "loud": "rock+concert",
            "steamy": "steam+room steam+bath turkish+bath",
        }.items()
        for word in (entry.replace("+", " ") for entry in group.split())
    }
)
_AS_IF = rf"(?:like|as if in|worse than) (?P<like>{'|'.join(sorted(LIKE, key=len, reverse=True))})"
FEELING: Mapping[str, str] = MappingProxyType(
    {
        word: condition
        for condition, group in {
            "hot": "hot boiling roasting melting sweating overheating burning+up baking sweltering sweating+buckets too+warm dying+of+heat",
            "cold": f"cold freezing frozen chilly shivering freezing+cold frozen+solid frozen+stiff freezing+to+death blue+with+cold {_LOST_LIMBS}",
        }.items()
        for word in (entry.replace("+", " ") for entry in group.split())
    }
)
_FEEL = rf"(?P<feel>{'|'.join(sorted(FEELING, key=len, reverse=True))})"
PEOPLE = (
    r"(?:i|we|we all|all of us|everyone|everybody|PERSON|(?:(?:my|our|your) )?(?:guests?|kids|children|baby|little one|parents|family|wife|husband"
    r"|son|daughter|visitors|grandma|grandpa|granny|mum|mom|dad|toddler|girls|boys))"
)
_LIMBS = r"(?:my|our) (?:feet|hands|toes|fingers|nose|ears|legs)"
_ROOM = r"(?:it|PLACE|this PLACE|room|this room|this place|place|everything|house|whole PLACE|PLACE HERE)"
_FLOORING = r"(?:PLACE )?(?:floors?|carpets?|rugs?|tiles|floorboards|lino|parquet)"
_MESS = r"(?:crumbs|dust|dirt|(?:dog|cat|pet) hairs?|hairs?|fluff|dust bunnies|sand|mud|glitter|flour|cereal|sawdust|rice|sugar|salt|soil|earth|oats|lentils|breadcrumbs|biscuits|straw|hay|leaves|pine needles|confetti|fur)"
_GRASS = r"(?:our |my )?(?:grass|lawn|meadow)(?: out(?: back| front)?)?"
_GREEN = (
    r"(?:(?:our|my|all) )*(?:plants?|flowers?|flower beds?|beds|roses|vines|tomatoes|lawn|grass|vegetables|veggies|veg|herbs|hedge|garden|yard"
    r"|borders?|PLACE|geraniums|strawberries)"
)
_WET = r"(?:thirsty|parched|wilting|dry|dried out|drying out)"
_SEE = r"(?:see|read|make out|find)"
_COULD_YOU = r"(?:(?:can|could|would|will) you )?(?:please )?(?:just )?"
_BARELY = r"(?:can not|can hardly|can barely|can scarcely|can not even|can not really|hardly|barely)"

PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), condition)
    for pattern, condition in {
        # a room, or "it", and how it is
        rf"(?:{_ROOM} {_BE}|{_ROOM}) {_DEG}{_ADJ}(?: (?:and|or) (?:{_MUCH} )*(?P<second>{'|'.join(map(re.escape, ADJECTIVES))}))?": "",
        rf"(?:PLACE |this )?air(?: {_BE})? {_DEG}{_ADJ}": "air",
        rf"{_ROOM} (?:{_BE} )?(?:{_MUCH} )*{_AS_IF}": "",
        rf"{_ROOM} (?:is|feels) not (?:quite |really |nearly )?(?P<short>{'|'.join(ADJECTIVES)}) enough": "",
        rf"{_ROOM} (?:is|feels) not (?:very|exactly|particularly|really|all that|that) (?P<short>warm|bright|light|cool|well lit)(?: enough)?": "",
        rf"{_ROOM} (?:could|should|might|can|ought to) (?:do with being|be)(?: (?:{_MUCH}))* (?P<more>{'|'.join(COMPARED)})": "",
        rf"i (?:wish|would like it if|would prefer it if) {_ROOM} (?:was|were)(?: (?:{_MUCH}))* (?P<more>{'|'.join(COMPARED)})": "",
        r"there is (?:no|hardly any|not (?:enough|much|any)|barely any|too little) LIGHT": "dark",
        rf"i {_BARELY} {_SEE}(?: (?:thing|anything|nothing|much|bloody thing|damn thing|single thing|my (?:own )?\w+|what i am \w+|where i am \w+|in this dark))?": "dark",
        rf"we {_BARELY} {_SEE}(?: (?:thing|anything|nothing|much|what we are \w+))?": "dark",
        r"there is (?:far |way |much )?too much LIGHT": "bright",
        r"there is (?:no|hardly any|hardly|not|not enough|not (?:much|any)) (?:breath of )?(?:fresh )?(?:air|oxygen)": "stuffy",
        r"(?:PLACE|it|room|this room) (?:could do with|needs) (?:airing|some (?:fresh )?air|bit of (?:fresh )?air)(?: out)?": "stuffy",
        r"(?:i|we) can (?:not|hardly|barely) breathe": "stuffy",
        rf"{_ROOM} (?:is|feels) so stuffy (?:that )?(?:i|we) can (?:not|hardly|barely) breathe": "stuffy",
        rf"{_COULD_YOU}let (?:in )?(?:(?:some|bit of|bit|little|more) )+(?:fresh )?air(?: in| into| inside| in to)?(?: PLACE| room| this room)?": "airing",
        rf"{_COULD_YOU}air (?:out )?(?:PLACE|room|this room)(?: out)?": "airing",
        r"we (?:need|want|could use|could do with|would like|would love) (?:(?:some|bit of|breath of|little|more) )*(?:fresh )?air(?: in)?": "airing",
        r"(?:i|we) (?:need|want|could use|could do with) FAN(?: on| running)?(?: for (?:that|this))?": "fanned",
        r"(?:PLACE|it|room|this room) (?:smells|stinks|reeks)(?: bad| awful| terrible| bit)?": "stuffy",
        rf"(?:{_ROOM}|mirrors?|windows?|PLACE mirrors?|glass) (?:is|are|has|have)(?: gone|{_ANY}) (?:steamed|fogged|misted) (?:up|over)": "steamy",
        r"there is (?:so much |too much |lots of |steam )?steam(?: everywhere)?": "steamy",
        r"(?:air )?humidity is (?:(?:way|far|much|bit|really) )*(?:too )?high": "humid",
        r"(?:air )?humidity is (?:(?:way|far|much|bit|really) )*(?:too )?low": "dry",
        # people
        rf"{PEOPLE}(?: in PLACE)? (?:am|are|is|feel|feels|am feeling|are feeling|is feeling|am getting|are getting|is getting)(?: all)?(?: (?:{_MUCH}|literally|actually|both))* {_FEEL}": "",
        rf"{PEOPLE}(?: in PLACE)? (?:says?|complains?(?: that)?|thinks?) (?:(?:they|he|she|it) (?:are|is)) (?:(?:{_MUCH}) )*{_FEEL}": "",
        rf"{_LIMBS} (?:are|is|feel|feels){_ANY} (?:like (?:ice|icicles|blocks of ice|ice cubes|ice blocks)|freezing|cold|frozen|numb|ice cold)": "cold",
        r"i can see my (?:own )?breath": "cold",
        # lamps and players
        rf"LIGHT {_BE} {_DEG}(?:bright|harsh|glaring|dazzling|blinding|strong|intense)": "lamp bright",
        r"LIGHT (?:is|are) (?:dazzling|blinding|hurting) (?:me|us|my eyes|our eyes)": "lamp bright",
        r"LIGHT (?:hurts?|dazzles?|blinds?) (?:me|us|my eyes|our eyes)": "lamp bright",
        rf"LIGHT {_BE} {_DEG}(?:dim|dark|dull|faint|weak|feeble)": "lamp dark",
        r"LIGHT (?:is|are) not (?:bright|strong) enough": "lamp dark",
        rf"(?:PLAYER|it|that|PLACE) {_BE} {_DEG}(?P<loud>loud|noisy|deafening|blaring|booming|(?:blasting|screaming|shouting)(?: at (?:me|us))?)": "loud",
        r"(?:PLAYER|it|that) (?:is|are) (?:hurting|killing) (?:my|our) ears": "loud",
        r"PLAYER (?:is|are) (?:doing my head in|driving (?:me|us) (?:mad|crazy|nuts|up wall)|drowning (?:me|us|you|everything) out|giving (?:me|us) headache|keeping (?:me|us|baby|kids) awake)": "loud",
        r"(?:PLAYER|it) (?:is|are) so loud (?:that )?(?:i|we) can (?:not|hardly|barely) (?:think|talk|sleep|concentrate|hear (?:myself|ourselves)(?: think| talk)?|hear you)": "loud",
        rf"(?:i|we) {_BARELY} (?:hear|make out|understand) (?:single )?word(?: (?:of it|of this|(?:they|he|she) (?:are|is) saying))?": "quiet",
        rf"FAN {_BE} {_DEG}(?:strong|fast|powerful|noisy|loud|breezy|windy|high)": "fan fast",
        r"FAN (?:is|are) blowing (?:gale|too hard|too strongly)": "fan fast",
        rf"FAN {_BE} {_DEG}(?:weak|slow|feeble|low)": "fan slow",
        r"PLAYER (?:is|are) not (?:loud enough|so loud that i can hear it)": "quiet",
        rf"PLAYER {_BE} {_DEG}(?P<low>quiet|soft|faint|low)": "quiet",
        rf"(?:(?:i|we|you|one|they|kids|children|guests) )?{_BARELY} (?:hear|make out|understand) (?:what is on )?PLAYER": "quiet",
        r"(?:nobody|no one|hardly (?:anyone|anybody)) (?:can|could) (?:hear|make out|understand) (?:what is on )?PLAYER": "quiet",
        rf"PLAYER {_BARELY} be (?:heard|made out|understood)": "quiet",
        r"(?:i|we|you) can (?:not|hardly|barely) hear (?:myself|ourselves|yourself) think": "loud",
        r"(?:i|we|you) can (?:not|hardly|barely) hear (?:myself|ourselves|yourself|each other|one another)(?: think| talk| speak)? over PLAYER": "loud",
        rf"CLIMATE {_BE} {_DEG}(?P<heat>hot|warm|cold|cool|chilly|high|low)": "heating",
        # the sun, and people outside
        r"sun (?:is|keeps) (?:(?:right|straight|really|still|just|all|directly|too|so|coming|shining|glaring|streaming|pouring|beating|burning) )*"
        r"(?:(?:in|into|on|through|onto) (?:my|our) (?:eyes?|face|screen|desk|monitor|laptop|tv|book|window)|blinding(?: me| us)?|dazzling(?: me| us)?"
        r"|hitting (?:my|our) (?:eyes|face|screen)|in)": "sun",
        r"sun (?:is|keeps|comes) (?:(?:right|straight|still|just|all|directly|coming|shining|glaring|streaming|pouring|beating|burning|blazing) )*(?:in )?through (?:my |our )?(?:\w+ )?windows?": "sun",
        r"sun (?:is|keeps|comes|shines|streams|gets|burns)(?: (?:right|straight|still|just|all|directly|coming|shining|glaring|streaming|pouring|beating|burning|blazing|blinding (?:me|us|everyone)))* (?:in )?(?:through|past|between) COVER"
        r"(?: and (?:is )?(?:bleach|fad|blind|dazzl|heat|warm|spoil|ruin|hit|burn|cook|melt|hurt)\w* .+)?": "sun",
        r"(?:street ?(?:lights?|lamps?)|street (?:lights?|LIGHT)|headlights?|moon) (?:is|are|keeps?) shining (?:(?:right|straight) )?(?:in|into (?:my|our) (?:eyes|face|room)|into PLACE)": "sun",
        r"(?:i|we) (?:have|have got|get) (?:the )?sun (?:(?:right|straight) )?(?:in|on) (?:my|our) (?:eyes?|face|screen|desk|monitor|laptop)": "sun",
        r"there is (?:too much |so much |such |lot of |terrible |bad )?glare(?: on (?:my |our )?(?:screen|tv|PLAYER|monitor))?": "sun",
        r"(?:too much|so much) glare(?: on (?:my |our )?(?:screen|tv|PLAYER|monitor))?": "sun",
        r"(?:my |our )?(?:neighbou?rs|people|passers by|everyone|everybody|whole street) can (?:(?:see|look) (?:right |straight )?(?:in|at us|us|me|into PLACE)"
        r"|see (?:right |straight )?(?:in|into PLACE))": "sun",
        r"(?:my |our )?(?:neighbou?rs|people|passers by) are (?:looking|staring|peeking) (?:right |straight )?(?:in|at us|at me|into PLACE)": "sun",
        # floors
        rf"{_FLOORING} (?:is|are|looks?|feels?|has got|have got|is getting|are getting){_ANY} (?:filthy|dirty|dusty|disgusting|gross|grubby|gritty|mess|state|in state"
        rf"|(?:covered in|full of) {_MESS})": "dirty",
        rf"{_FLOORING} (?:needs?|could do with|could use|wants)(?: some| quick| good| bit of| proper)* (?:hoover|hoovering|vacuum|vacuuming|sweep|sweeping|clean|cleaning|going over)(?: up)?": "dirty",
        r"PLACE (?:needs?|could do with|could use)(?: some| quick| good| bit of| proper)* (?:hoover|hoovering|vacuum|vacuuming|sweep|sweeping)": "dirty",
        rf"(?:there (?:is|are) )?(?:(?:so much|so many|lots of|loads of|some|more|only|bits of) )*{_MESS} (?:everywhere|all over(?: PLACE| place| floor| PLACE floor| carpet)?|on (?:PLACE )?(?:floor|carpet))": "dirty",
        rf"(?:somebody|someone|i|we|kids|cat|dog|PERSON) (?:(?:has|have|is) )?(?:spilled|spilt|dropped|tracked|walked|trodden|brought in|left) (?:(?:some|my|all|bag of|box of|bits of) )*{_MESS}(?: all over(?: (?:PLACE|place|floor|PLACE floor|carpet))?|(?: in(?:to)?| on)(?: (?:PLACE|floor|PLACE floor|carpet))| everywhere)?": "dirty",
        r"(?:our |my )?(?:dog|cat|pets?|PERSON) (?:is|has been|keeps) (?:shedding|moulting|molting)(?: (?:everywhere|again|all over(?: PLACE| place| house| floor)?|hair everywhere))?": "dirty",
        # outside
        rf"{_GRASS} (?:is|has|looks)(?: (?:{_MUCH}|become|got|gotten|grown))* (?:long|high|tall|overgrown|shaggy|wild|out of (?:hand|control)|like jungle|scruffy)": "grass",
        rf"{_GRASS} (?:needs?|could do with|could use|wants)(?: (?:{_MUCH}|good|quick))* (?:cutting|mowing|cut|trim|trimming|mow|haircut)": "grass",
        rf"{_GREEN} (?:is|are|looks?|seems?|gets?|is getting|are getting){_ANY} {_WET}": "thirsty",
        rf"{_GREEN} (?:needs?|could do with|could use|wants?)(?: some| drop of| bit of| bit more| more| good)* (?:water|watering|drink|soak|soaking)": "thirsty",
        r"(?:my |our )?(?:car|ev|tesla|electric car|truck) (?:needs?|could do with|could use|wants) (?:some |bit of )?(?:charging|charge|juice|topping up|plugging in|power)": "car",
        r"(?:my |our )?(?:car|ev|tesla|electric car|truck)(?: battery)? is (?:nearly|almost|practically|completely|pretty) (?:empty|flat|out of juice|out of charge|dead)": "car",
        r"(?:my |our )?(?:car|ev|tesla|electric car|truck)(?: battery)? is (?:(?:very|really|getting|running) )*low on (?:charge|battery|juice|power)": "car",
    }.items()
)  # fmt: skip


# --- what is only told -----------------------------------------------------------------------------

_SUFFERED = r"(?:too|so|that|as|very|particularly|really)"
_TELLING = "|".join({*(word for word in ADJECTIVES if word not in {"light", "soft"}), *FEELING, "cosy"})
TOLD_WORDS = re.compile(rf"\b(?:{_TELLING}|see)\b")
STATED = re.compile(
    rf"^(?=.*\b(?:{_TELLING}|sun)\b).*\b(?:is|are|am|you're|feels?|looks?|gets?|seems?|it'll)\b|\b(?:can not|hardly|barely|can) (?:see|hear|read)\b"
)
NOT_SEEN = re.compile(
    r"^(?:oh |very |how |that is )?(?:cool|neat)(?: thanks| thank you| stuff| man)?$|\bcan not (?:see|hear) (?:the |my |our )?(?!(?:a|any|single|bloody|damn|thing|anything|nothing|much|my|own|what|where|in|the|it|music|sound|radio)\b)\w+"
)
"""Something by itself, or somebody, is not seen; and what people say to praise."""
ASKING_FOR = re.compile(
    r"\b(?:go|clean|hoover|vacuum|turn|switch|put|set|make|open|close|shut|dim|start|stop|raise|lower|bring|get|let|play|pause|mute|lock|unlock|run|send|give|activate|cool (?:it|down|the)"
    r"|warm (?:it|up|the)|heat|light up|lights? (?:on|off|up)|brighten|darken|increase|decrease|reduce|adjust|change|add|remind|please|need|want|could|can you"
    r"|would you|if|how|what|which|who|why|is there|are there)\b|^(?:is|are|was|were|do|does|did|has|have|will)\b"
)
"""Words of a sentence that also asks for something."""
TOLD_OF = re.compile(
    rf"\b(?:was|were|wasn't|weren't|had been|used to be|will be|would be|would have been|could not see)\b"
    rf"|\bnot (?:(?:all|at all) )?(?:{_SUFFERED} )?(?:{_TELLING})\b|\b(?:no longer|never) (?:{_SUFFERED} )?(?:{_TELLING})\b"
    rf"|\b(?:nice and|lovely and|good and|pleasantly|perfectly|nicely|beautifully|comfortably|wonderfully|delightfully|wonderful and|nice|lovely) "
    rf"(?:{_TELLING})\b|\bi (?:really )?(?:like|love|prefer|enjoy|do not mind|am fine with) \b|\bjust right\b"
    r"|\b(?:outside|outdoors|out there|out today|out tonight|in norway)\b"
)
TOO_LITTLE = re.compile(
    r"\benough\b|\bnot (?:very|exactly|particularly|really|quite|that|so)? ?(?:warm|bright|light|loud|cool)\b"
)
"""Denials that are complaints themselves."""
OF_SOMETHING = re.compile(
    rf"(?:my|the|his|her|their|your|our|this|that) (?:\w+ ){{0,2}}?(?P<what>\w+) (?:is|are|looks?|tastes?) (?:(?:{_MUCH}) )*(?:{_TELLING})$"
)
ROOMLIKE = frozenset(
    """room place house flat home apartment air light lamp lighting sun floor carpet rug grass lawn humidity temperature heating heater radiator
    thermostat ac fan tv radio music sound volume speaker blind curtain shade plant flower kid guest baby child window mirror screen aircon water
    fireplace stove oven bed it one thing picture display noise atmosphere climate""".split()
)
"""What may be said of the home itself, or of people in it."""
