"""Makes sentences sound spoken or look typed: hesitations, politeness, misheard words, typing errors.

Spans stay consecutive: words are only inserted outside of them, and a misspelt word is misspelt in the span too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from provisioning.command_model.generator.sentence import insert

if TYPE_CHECKING:
    from provisioning.command_model.generator.notation import Draw
    from provisioning.command_model.generator.sentence import Draft

HESITATIONS = ("uh", "um", "er", "uhm", "like", "you know", "hmm", "erm", "ah", "uh uh", "well", "let me think")

OPENERS = (
    "hey", "okay", "ok", "so", "well", "alright", "um", "uh", "oh", "right", "hi", "hello", "hmm", "okay so", "um okay",
    "oh and", "and", "also", "yo", "ok so", "now", "actually", "yeah", "oh hey", "all right", "good morning", "listen",
    "excuse me", "sorry", "uh hey", "then", "ah", "by the way", "yes", "ok now",
)  # fmt: skip

NAMES = (
    "computer", "jarvis", "house", "nabu", "assistant", "buddy", "home", "tern", "robot", "friday", "marvin", "ternd", "okay nabu",
    "hey nabu", "hey jarvis", "hey tern", "hey ternd", "ok computer", "okay computer", "hey house", "hey buddy", "hey there",
    "okay home", "hey mycroft", "dear house", "my friend", "hey assistant", "okay assistant", "sweetheart", "darling", "dude",
)  # fmt: skip

CLOSERS = (
    "please", "please", "please", "please", "please", "thanks", "thank you", "now", "for me", "right now", "for me please", "now please", "if you can",
    "okay", "ok", "will you", "would you", "could you", "real quick", "if you don't mind", "when you get a chance", "right away", "thanks a lot",
    "immediately", "then", "already", "asap", "if possible", "quickly", "pretty please", "if you would", "can you", "cheers", "at once", "mate",
    "thank you very much", "for a moment", "again", "for us", "yeah", "this instant", "today", "tonight", "straight away", "while you're at it",
)  # fmt: skip

SOFT_CLOSERS = ("please", "please", "thanks", "thank you", "okay", "would you", "will you")
"""What may follow free text and still be told apart from it."""

HOMOPHONES = {
    "lights": ("lites", "light's", "likes", "lice", "lies"), "light": ("lite", "like", "lyte", "lied"), "off": ("of", "oft"),
    "to": ("too",), "the": ("de", "da", "a", "ze", "thee", "duh"), "blinds": ("blind's", "blines", "blind", "binds", "lines"),
    "scene": ("seen", "sin"), "pause": ("paws", "pores"), "thermostat": ("thermo stat", "thermal stat", "firm a stat", "thermostats"),
    "dim": ("dimm", "dem", "deem", "din"), "vacuum": ("vacume", "vaccum", "back room", "back hum", "vacuums"),
    "turn": ("tern", "torn", "term", "tune"), "brightness": ("bright ness", "brightens", "britness"), "weather": ("whether", "wetter"),
    "close": ("clothes", "cloze", "clothe"), "shades": ("shade's", "shapes", "shade"), "lock": ("lok", "look", "luck", "log", "lack"),
    "doors": ("door's",), "set": ("sat", "said", "sit", "sets"), "switch": ("swich", "swith", "witch", "swidge"),
    "volume": ("volum", "volumes", "valium"), "timer": ("time her", "time are", "tymer"), "heating": ("heat ing", "eating", "heeding"),
    "fan": ("van", "fans", "fun", "fen", "fam"), "curtains": ("curtain's", "certains", "cartons", "curtain"),
    "temperature": ("temprature", "temperture", "temper chair", "temperate sure"), "humidity": ("humid ity", "humility"),
    "percent": ("per cent", "per sent", "percents"), "lamp": ("lamb", "lam", "lump"), "list": ("lists", "lest"), "their": ("there",),
    "living": ("leaving", "live in", "livin"), "hallway": ("hall way", "highway"),
    "bedroom": ("bed room", "bedrooms", "bad room", "bedrum"), "bathroom": ("bath room", "bathrooms", "bath rum"),
    "livingroom": ("living room",), "upstairs": ("up stairs", "up stares"), "downstairs": ("down stairs", "down stares"),
    "dishwasher": ("dish washer",), "doorbell": ("door bell",), "playlist": ("play list",), "nightstand": ("night stand",),
    "everything": ("every thing", "everyting", "every things"), "bookshelf": ("book shelf",),
    "fireplace": ("fire place", "fire places"), "brighter": ("writer", "bright her", "bride her"),
    "warmer": ("warm her", "wormer", "former"), "four": ("for",), "ceiling": ("sealing",), "stairs": ("stares", "stair"),
    "right": ("write",), "night": ("knight",), "hall": ("haul", "hull"), "kitchen": ("kitchens", "chicken", "kitten", "kit chen"),
    "room": ("rum", "rome", "roam"), "garage": ("garrage", "garbage", "gararge"), "gate": ("gait", "gates", "cage"),
    "heater": ("heat her", "eater", "heat or"), "plug": ("plugs", "pluck"), "for": ("four", "fore"), "by": ("buy", "bye"),
    "whole": ("hole",), "door": ("dor", "do or", "doer", "daw"), "desk": ("disk", "desks", "desc"), "mute": ("moot", "meut"),
    "play": ("plate", "plays", "pray"), "oven": ("often", "of in"), "bed": ("bad",), "half": ("have", "calf"), "radio": ("ratio",),
    "den": ("then",), "table": ("stable",), "porch": ("pouch", "port"), "office": ("off is", "offers"), "study": ("steady", "sturdy"),
    "wall": ("war",), "pool": ("pull",), "floor": ("flaw",), "shade": ("shed",), "raise": ("rays", "race", "raze"),
    "open": ("opened", "open the"), "add": ("at", "ad"), "dining": ("dinning", "die ning", "dying in", "diving"),
    "cellar": ("seller", "sailor"), "attic": ("addict", "a tick"), "boiler": ("broiler", "boy la"), "curtain": ("certain",),
    "mirror": ("mere her",), "corner": ("coroner",), "reading": ("redding", "reeding"), "strip": ("stripe", "trip"),
    "laundry": ("londry", "lawn dry"), "lower": ("lore", "law", "loa"), "plant": ("plan",), "guest": ("guessed",), "bath": ("path",),
    "entry": ("entree",), "patio": ("patty o",), "stair": ("stare",), "hour": ("our",), "hours": ("ours",),
    "minutes": ("minute", "minuets"), "which": ("witch",), "are": ("our", "r"), "there": ("their", "they're"), "you": ("u",),
    "please": ("pleas", "peas", "police"), "degrees": ("degree", "decrees", "the greece"), "heat": ("heed", "eat", "hit"),
    "windows": ("window's", "widows", "window"), "shutters": ("shudders", "shatters", "shutter"), "speaker": ("speakers", "speak her"),
    "alarm": ("a larm", "alarms", "alarum"), "music": ("musics", "muse ick", "musik"), "outlet": ("out let",),
    "sunroom": ("sun room", "some room"), "playroom": ("play room", "play rum"), "backyard": ("back yard",), "driveway": ("drive way",),
    "mudroom": ("mud room",), "workshop": ("work shop",), "bedside": ("bed side",), "floodlight": ("flood light",), "flood": ("blood",),
    "water": ("what are",), "gym": ("jim",), "foyer": ("for year",), "loft": ("lost",), "purple": ("people",),
    "dimmer": ("dinner", "dim her"), "on": ("an", "own", "onn"), "up": ("app", "ub"), "down": ("town", "dow"), "put": ("putt",),
    "start": ("stuart",), "locked": ("logged", "lockt"), "unlock": ("un lock", "unlok"), "unlocked": ("un locked",),
    "press": ("prez", "dress"), "brighten": ("brighton", "bright and", "frighten"), "darker": ("dark her", "docker"),
    "increase": ("in crease", "in grease"), "activate": ("active ate",), "cancel": ("council", "can sell"),
    "resume": ("re zoom", "presume"), "skip": ("skid",), "remind": ("re mind",), "arm": ("harm", "alm"),
    "louder": ("loud her", "lauder"), "quieter": ("quiet her", "quite her"), "colder": ("called her", "cold her"),
    "hotter": ("hot her", "otter"), "faster": ("fast her", "foster"), "slower": ("slow her",), "hoover": ("hover", "who were"),
    "clean": ("glean", "cleen"), "and": ("an", "end"), "all": ("awl", "oil"), "both": ("boat", "booth"), "everywhere": ("every where",),
    "except": ("accept", "expect"), "other": ("udder", "utter"), "them": ("dem", "em"), "here": ("hear",), "any": ("annie", "enny"),
    "would": ("wood",), "this": ("dis",), "that": ("dat",), "still": ("steel",), "my": ("mai",), "need": ("knead",),
    "lamps": ("lambs", "lumps"), "bulb": ("bull", "bolb"), "bulbs": ("bolbs",), "blind": ("blined", "bline"), "fans": ("vans",),
    "awning": ("awing",), "valve": ("valves", "value"), "window": ("widow", "win dough"), "socket": ("sock it",),
    "sockets": ("sock its",), "radiator": ("radio later", "radiate her"), "kettle": ("cattle",), "telly": ("tele", "tally"),
    "tv": ("t v", "tee vee"), "toaster": ("toast her",), "washer": ("wash her",), "washing": ("watching",), "dryer": ("drier", "dire"),
    "fridge": ("bridge", "fringe"), "freezer": ("freeze her",), "printer": ("print her",), "projector": ("project her",),
    "charger": ("charge her",), "humidifier": ("humid fire", "humidify her"), "purifier": ("pure fire",),
    "chandelier": ("shandelier", "chandler"), "spotlight": ("spot light",), "spotlights": ("spot lights",),
    "nightlight": ("night light",), "floodlights": ("flood lights",), "fairy": ("ferry",), "string": ("sting", "strings"),
    "sconce": ("scones",), "pendant": ("pendent",), "dresser": ("dress her",), "wardrobe": ("war drobe",), "counter": ("count her",),
    "island": ("eye land",), "sofa": ("so far",), "couch": ("coach",), "shelf": ("self",), "mower": ("mow her", "moa"),
    "robot": ("row bot", "robert"), "sprinkler": ("sprinkle her",), "camera": ("camara",), "sensor": ("censor", "senser"),
    "detector": ("detect or", "detectors"), "battery": ("batter e", "buttery"), "motion": ("ocean", "notion"), "smoke": ("smock",),
    "leak": ("leek",), "power": ("pour", "powder"), "color": ("collar",), "colour": ("culler",), "setting": ("sitting",),
    "lounge": ("launch", "lunge"), "pantry": ("pan tree",), "landing": ("lending",), "garden": ("guard in", "gardens"),
    "terrace": ("tear us",), "balcony": ("balkany", "bal cony"), "closet": ("closest",), "corridor": ("corredor",),
    "toilet": ("toy let",), "entrance": ("entrants",), "conservatory": ("conserve a tory",), "utility": ("you tility",),
    "nursery": ("nurse ery",), "spare": ("spear",), "basement": ("base meant", "basements"), "shed": ("shad",), "lobby": ("loby",),
    "library": ("lie berry",), "bathrooms": ("bath rooms",), "bedrooms": ("bed rooms",), "storage": ("store age",),
    "greenhouse": ("green house",), "courtyard": ("court yard",), "farmhouse": ("farm house",), "headboard": ("head board",),
    "keyboard": ("key board",), "chargers": ("charges",), "lampshade": ("lamp shade",), "staircase": ("stair case",),
    "cupboard": ("cup board", "cubbard"), "sideboard": ("side board",), "skylight": ("sky light",), "barbecue": ("barbie queue",),
    "aquarium": ("aqua rium",), "humidifiers": ("humid fires",),
}  # fmt: skip
"""What speech recognition makes of a word."""

_LITTLE = frozenset(
    "the a to on off up down and all both my this that there here for by is are please would you".split()
)
"""Words in almost every sentence: the others are misheard before them, most of the time."""

_SLIPS = {
    "the": ("teh", "hte", "th", "thr", "tge"), "and": ("adn", "nad", "anf", "nd"), "for": ("fro", "fot", "foe"), "all": ("al", "alll", "sll"), "set": ("ste", "srt", "sett"),
    "dim": ("dmi", "dimm", "din"), "fan": ("fna", "fann", "fsn"), "to": ("ot", "tto"), "my": ("ym", "myy"), "you": ("yuo", "yu", "yoi"), "please": ("pls", "plz", "plase", "pleese"),
    "turn": ("trun", "tunr", "turnn"), "can": ("cna", "cann"), "is": ("si", "iss"), "are": ("aer", "ar"), "what's": ("whats", "wahts"), "it's": ("its",), "i'm": ("im",), "don't": ("dont",),
    "lights": ("ligths", "lihgts", "lgihts", "light s", "lightd"), "light": ("ligth", "lihgt", "lightt"), "lamp": ("lampp", "lmap", "lam p"), "kitchen": ("kithcen", "kitchn", "ktichen"),
    "living": ("livng", "livign"), "bedroom": ("bedrom", "berdoom", "bed room"), "temperature": ("temperture", "temprature", "tempature"), "degrees": ("degress", "degres"),
    "bathroom": ("bathrom", "bahtroom"), "minutes": ("minuets", "mintues", "minuts"), "hour": ("huor", "houre"), "switch": ("swithc", "swich"), "close": ("clsoe", "colse"),
}  # fmt: skip
"""What fingers make of common words, short ones and the ends of words too."""

_RUN_TOGETHER = frozenset(
    """turn-on turn-off switch-on switch-off put-on put-off in-the on-the to-the of-the at-the all-the set-the turn-the open-the close-the
    lock-the unlock-the dim-the make-the is-the are-the what's-the play-the in-my the-lights the-light the-fan""".split()
)
"""Pairs of words outside of spans between which the blank is lost; none of them means anything else."""

_CUT_BEFORE = {
    "turn": frozenset({"off"}),
    "switch": frozenset({"off"}),
    "can": frozenset({"you"}),
    "could": frozenset({"you"}),
    "would": frozenset({"you"}),
    "will": frozenset({"you"}),
    "i'd": frozenset({"like"}),
    "please": frozenset(),
    "hey": frozenset(),
    "okay": frozenset(),
}
"""First words that a recogniser which wakes late misses, with what must follow them (nothing: anything).
"On the kettle" is half a sentence, "off the kettle" is not."""

_FIXED = frozenset(
    """brightness temperature position percentage volume humidity number duration start at color kelvin mode fan_mode option
    code""".split()
)
"""Keys whose words are read as values: no errors there."""

_JOINED = frozenset({"name", "area"})

_NEVER_SPLIT = frozenset({"item", "message", "search", "command"})

_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n",
    "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}  # fmt: skip

_ARTICLES = frozenset({"the", "a", "an", "my", "our"})
_MIN_TYPO = 4
_MIN_CUT = 5
_EXPLAINED = 0.12
"""Share of the commands that are said with something around them."""
_OPENING = frozenset(
    "i it it's it'd i'm i'd we we're there there's that this so because since if when as while".split()
)
"""First words of sentences that say by themselves what is going on."""
_TELLING = 0.75
"""Share of the misheard words that are no little ones, where there are others."""
_SLIPPED, _UNSPACED = 0.25, 0.08
"""Shares of the typing errors that are common slips, and lost blanks."""

IMPERATIVES = {
    "turn": "turning", "switch": "switching", "flip": "flipping", "put": "putting", "shut": "shutting", "kill": "killing", "power": "powering",
    "fire": "firing", "toggle": "toggling", "open": "opening", "close": "closing", "raise": "raising", "lower": "lowering", "lift": "lifting",
    "pull": "pulling", "roll": "rolling", "draw": "drawing", "stop": "stopping", "halt": "halting", "lock": "locking", "unlock": "unlocking",
    "secure": "securing", "bolt": "bolting", "activate": "activating", "run": "running", "start": "starting", "trigger": "triggering",
    "launch": "launching", "execute": "executing", "press": "pressing", "push": "pushing", "hit": "hitting", "set": "setting", "make": "making",
    "change": "changing", "adjust": "adjusting", "dim": "dimming", "brighten": "brightening", "increase": "increasing", "decrease": "decreasing",
    "reduce": "reducing", "bring": "bringing", "crank": "cranking", "bump": "bumping", "light": "lighting", "illuminate": "illuminating",
    "get": "getting", "give": "giving", "tell": "telling", "show": "showing", "check": "checking", "vacuum": "vacuuming", "clean": "cleaning",
    "send": "sending", "return": "returning", "dock": "docking", "pause": "pausing", "resume": "resuming", "mow": "mowing", "play": "playing",
    "skip": "skipping", "mute": "muting", "unmute": "unmuting", "arm": "arming", "disarm": "disarming", "cancel": "cancelling", "add": "adding",
    "remove": "removing", "delete": "deleting", "mark": "marking", "cross": "crossing", "tick": "ticking", "announce": "announcing", "enable": "enabling",
    "broadcast": "broadcasting", "remind": "reminding", "wake": "waking", "extend": "extending", "shorten": "shortening", "continue": "continuing",
    "extinguish": "extinguishing", "deactivate": "deactivating", "boost": "boosting", "double": "doubling", "halve": "halving", "crack": "cracking",
    "heat": "heating", "cool": "cooling", "warm": "warming", "keep": "keeping", "leave": "leaving", "hoover": "hoovering", "sweep": "sweeping", "mop": "mopping",
    "silence": "silencing", "rewind": "rewinding", "let": "letting", "write": "writing", "create": "creating", "take": "taking", "drop": "dropping",
    "slow": "slowing", "speed": "speeding", "fade": "fading", "tone": "toning", "cut": "cutting", "disable": "disabling", "engage": "engaging",
    "initiate": "initiating", "select": "selecting", "choose": "choosing", "pick": "picking", "move": "moving", "shift": "shifting", "call": "calling",
    "begin": "beginning", "unlatch": "unlatching", "release": "releasing", "read": "reading", "count": "counting", "find": "finding", "page": "paging",
    "max": "maxing", "lessen": "lessening", "drive": "driving", "slide": "sliding", "retract": "retracting", "extract": "extracting", "sound": "sounding",
    "colour": "colouring", "color": "coloring", "paint": "painting", "dehumidify": "dehumidifying", "shout": "shouting", "blow": "blowing",
}  # fmt: skip
"""Verbs that may open a command, with their gerunds."""

REQUESTS = (
    "can you", "could you", "would you", "will you", "please", "please", "please", "please", "can you please", "could you please", "would you please",
    "pls", "please can you", "go ahead and", "i want you to", "i need you to", "i'd like you to", "let's", "just", "quickly", "kindly", "can u",
    "do me a favor and", "can we", "i'd like to", "i want to", "we need to", "you can", "would you be so kind and", "be a dear and", "i'd love you to",
    "i would like you to", "time to", "you should", "could we", "could you maybe", "can you go and", "can you quickly", "make sure to", "please go ahead and",
    "i need to", "might you", "could you just", "if you could", "let us", "be so good as to", "it's time to", "i think you should", "would you kindly",
    "we should", "you may", "can you now", "now please", "why don't you", "i would like to", "are you able to", "try to", "could you possibly", "may i ask you to",
    "would it be possible to", "can i ask you to", "i'm gonna need you to", "i'll have you", "shall we", "would you be able to",
    "it would be great if you could", "i'd be grateful if you could", "it'd be nice if you could", "any chance you could", "do you think you could",
    "i was wondering if you could", "could i trouble you to", "can i get you to", "i'd appreciate it if you could", "don't forget to", "remember to",
    "please remember to", "be so kind as to", "feel free to", "it would be nice to", "i'd prefer to", "you need to", "i have to ask you to",
    "hey can you", "hey could you", "okay can you", "hi can you please", "could somebody", "would it be okay to", "i'd like it if you would", "next",
)  # fmt: skip

GERUND_REQUESTS = (
    "would you mind",
    "do you mind",
    "how about",
    "mind",
    "would you consider",
    "what about",
    "i'd appreciate you",
)


CONTEXTS = (
    "it's late,", "it's getting late so", "i'm going to bed so", "i'm leaving,", "since i'm leaving,", "we have guests coming so", "the baby is asleep,", "i'm watching a movie,",
    "before i forget,", "when you have a moment,", "when you have time", "i can't sleep,", "i have a headache,", "i'm working,", "we're going out,", "i'm on the couch,",
    "time for bed,", "it's morning,", "i'm up,", "dinner is ready,", "i'm cooking,", "my hands are full,", "i'm too lazy to get up,", "the movie is starting,", "quick,",
    "one more thing,", "i almost forgot,", "as always,", "like i said,", "for the last time,", "i'm in bed already,", "i just got home,", "company is coming,", "first of all,",
    # asides and exclamations
    "ugh,", "oh for crying out loud,", "for goodness' sake", "for pity's sake", "for the love of god", "good grief,", "bloody hell,", "damn it,", "oh dear,", "oh my,", "wow,", "goodness,",
    "blimey,", "crikey,", "oh come on,", "fine,", "fine then,", "oh all right then,", "all right all right,", "go on,", "go on then,", "right you are,", "right then,", "there we go,",
    "okay here goes,", "tell you what,", "you know what,", "guess what,", "i've changed my mind,", "on second thoughts,", "new plan,", "to be honest", "frankly,", "honestly,", "seriously,",
    "not to be a pain but", "sorry to nag but", "i know it's early but", "i know it's late but", "if it's no trouble", "if nobody minds,", "if you don't mind", "if you wouldn't mind", "if i may,",
    "be quick about it,", "chop chop,", "hurry,", "quickly now,", "slowly now,", "careful now,", "any time now,", "at your leisure,",
    # what is going on
    "i can't see a thing,", "i can't find my glasses,", "i've got a migraine,", "my eyes hurt,", "my back is killing me,", "i'm soaked,", "i'm starving,", "i'm exhausted,", "i'm half asleep,",
    "i'm done in here,", "we're finished in there,", "nobody's in there any more,", "everyone has gone home,", "everybody's gone to bed,", "the kids are finally asleep,", "the little one is napping,",
    "the guests have left,", "granny's coming over,", "the neighbours are complaining,", "the neighbours are watching,", "the postman is here,", "somebody's at the door,", "the cat wants in,",
    "the dog's been out,", "the phone's ringing,", "my call starts in a minute,", "the meeting is about to start,", "the match is on,", "the film's about to start,", "the show is over,",
    "the cake is in the oven,", "the pasta is boiling over,", "the soup's ready,", "the roast is done,", "we're baking,", "we're having a party,", "it's my birthday,", "it's game night,",
    "the sun is going down,", "the sun's up,", "a storm is coming,", "it's raining cats and dogs,", "it's blowing a gale,", "it's boiling today,", "what a mess,", "look at the state of this place,",
    "somebody left it running again,", "who left that on,", "i forgot all about it,", "i'm on my way out,", "i'm just popping out,", "we're back,", "home at last,", "it's been a long day,",
    "i want to read,", "i'm trying to work here,", "i'm trying to sleep,", "i need to concentrate,", "i'm about to meditate,", "i'm about to have a bath,", "bath's ready,", "bedtime,",
    "{person} is here,", "{person} is asleep,", "{person} can't sleep,", "{person} needs some rest,", "{person} is coming home,", "{person} wants to read,", "for {person}'s sake",
)  # fmt: skip
"""What people say before they say what they want."""

REASONS = (
    "so i can read", "so i can see", "so i can sleep", "so i can work", "because it's late", "because i'm leaving", "because nobody is there", "because it's dark",
    "because i'm going to bed", "so the kids can sleep", "before we leave", "i'm going to sleep", "i'm going out", "it's too much", "we don't need it", "for the guests",
    "for the movie", "for dinner", "i can't see anything", "so we can eat", "since nobody is home", "because of the glare", "to save energy", "so it's cozy", "the way i like it",
    # the same with a comma, and more of them
    ", it's driving me mad", ", it's driving me nuts", ", it's getting on my nerves", ", it's doing my head in", ", it drives the dog crazy", ", i can't hear myself think", ", i can't stand it",
    ", my eyes are tired", ", my head is splitting", ", i'm freezing", ", i'm sweating", ", i'm melting", ", i'm falling asleep", ", i've had enough", ", we've had enough", ", that'll do",
    ", that's enough", ", enough is enough", ", and make it snappy", ", and be quick about it", ", and hurry up", ", quick", ", quickly now", ", there's a good house", ", there's a love",
    ", or the neighbours will moan", ", or i'll never get to sleep", ", or we'll be late", ", or the kids will wake up", ", or the bill will kill us", ", or else", ", otherwise i can't work",
    ", before i forget", ", before it's too late", ", before somebody trips", ", before my mother sees it", ", before it gets dark", ", before the guests arrive", ", before it rains",
    ", because {person} said so", ", because {person} wants it", ", because {person} is asleep", ", because i say so", ", because it's cold", ", because why not", ", because the doctor said so",
    ", {person} is coming", ", {person} is asleep", ", {person} can't see", ", {person} will be cross", ", {person} is waiting", ", {person} hates it otherwise", ", says {person}",
    ", the kids are asleep", ", the baby's sleeping", ", the guests are here", ", the neighbours are complaining", ", there's nobody there", ", nobody needs it", ", we're not made of money",
    ", electricity isn't free", ", it's wasting power", ", it's far too late", ", it's bedtime", ", it's movie time", ", we're having dinner", ", we're baking today", ", we're off to bed",
    ", it looks nicer", ", it's nicer that way", ", much nicer", ", just the way i like it", ", like yesterday", ", as usual", ", as we always do", ", as agreed", ", as promised",
    ", i'm reading", ", i'm working", ", i'm on the phone", ", i have a call", ", i've got company", ", i've got a headache", ", i'm in the bath", ", i'm stuck here", ", my hands are wet",
    ", if it's not too much to ask", ", if you don't mind me asking", ", if that's all right", ", if it's all the same to you", ", if you'd be so kind", ", if you please", ", would you believe it",
    ", and not a bit more", ", no more no less", ", you know how i like it", ", what are you waiting for", ", how hard can it be", ", thanks a million", ", ta very much", ", you're a star", ", bless you",
    "so the dog stays calm", "so nobody trips", "so we can talk", "so i can think", "so that {person} can sleep", "so that {person} can see", "while i'm out", "while we're away", "for my eyes' sake",
)  # fmt: skip
"""What people say after it."""

_PERSONS = (
    "mum", "dad", "granny", "grandpa", "my wife", "my husband", "my sister", "my brother", "the baby", "the boss", "tom", "lucy", "ben", "nora", "felix", "priya", "omar", "grace", "leo", "mia",
    "hannah", "kofi", "yuki", "sven", "auntie", "the missus", "the old man", "our guest", "everyone", "she", "he",
)  # fmt: skip
"""Who is spoken of there."""

_VERBATIM = frozenset({"message", "command", "search", "topic", "item", "timer", "list", "at", "zone", "option"})
"""Keys whose text could go on with what is said after it."""


def dress(made: Draft, draw: Draw, *, spoken: bool) -> str:
    """Add politeness and noise to `made`, tag what was added, and return the finished sentence."""
    random = draw.random
    _explain(made, draw)
    _request(made, draw)
    if random() < 0.11:
        _open(made, draw)
    if random() < 0.13:
        _close(made, draw)
    if random() < (0.25 if spoken else 0.17):
        made.tags.add("noise")
        _disturb(made, draw, spoken=spoken)
    return _finish(made, draw, spoken=spoken)


def _pick(draw: Draw, options: tuple[str, ...]) -> str:
    return options[int(draw.random() * len(options))]


def _request(made: Draft, draw: Draw) -> None:
    """Turn some commands into requests."""
    if made.spans[0] >= 0:
        return
    gerund = IMPERATIVES.get(made.words[0])
    chance = draw.random()
    if gerund is None or chance > 0.27:
        return
    if chance < 0.02:
        made.words[0] = gerund
        insert(made, 0, _pick(draw, GERUND_REQUESTS))
    else:
        insert(made, 0, _pick(draw, REQUESTS))


def _explain(made: Draft, draw: Draw) -> None:
    """Add what people say around a command: an aside, what is going on, a reason."""
    if draw.random() > _EXPLAINED or "none" in made.tags or not made.calls:
        return
    verbless = made.words[0] not in IMPERATIVES
    last = made.keys[made.spans[-1]] if made.spans[-1] >= 0 else ""
    if draw.random() < 0.5 and last not in _VERBATIM and "question" not in made.tags:
        insert(made, len(made.words), _someone(_pick(draw, REASONS), draw))
    elif not (verbless and made.words[0] in _OPENING):
        insert(made, 0, _someone(_pick(draw, CONTEXTS), draw))


def _someone(said: str, draw: Draw) -> str:
    return said.replace("{person}", _pick(draw, _PERSONS)) if "{" in said else said


def _open(made: Draft, draw: Draw) -> None:
    if "none" in made.tags and "talk" in made.tags:
        return
    chance = draw.random()
    if chance < 0.55:
        insert(made, 0, _pick(draw, OPENERS))
    else:
        insert(made, 0, _pick(draw, NAMES))


def _close(made: Draft, draw: Draw) -> None:
    if "none" in made.tags or "question" in made.tags or "GetWeather" in made.tags:
        return
    last = made.keys[made.spans[-1]] if made.spans[-1] >= 0 else ""
    if last in ("message", "command", "search", "topic"):
        return
    free = last in ("item", "timer", "list", "at", "zone", "option")
    insert(made, len(made.words), _pick(draw, SOFT_CLOSERS if free else CLOSERS))


def _disturb(made: Draft, draw: Draw, *, spoken: bool) -> None:
    """Make one to three errors of hearing or typing."""
    for _ in range(1 + draw.below(3)):
        chance = draw.random()
        if not spoken:
            _mistype(made, draw)
        elif chance < 0.22:
            _hesitate(made, draw)
        elif chance < 0.35:
            _repeat(made, draw)
        elif chance < 0.57:
            _drop_articles(made, draw)
        elif chance < 0.62:
            _join(made, draw)
        elif chance < 0.65:
            _run_together(made, draw)
        elif chance < 0.69:
            _cut_beginning(made)
        else:
            _mishear(made, draw)


def _hesitate(made: Draft, draw: Draw) -> None:
    at = draw.below(len(made.words))
    if at == 0 or made.spans[at] < 0 or made.spans[at] != made.spans[at - 1]:
        insert(made, at, _pick(draw, HESITATIONS))


def _repeat(made: Draft, draw: Draw) -> None:
    at = draw.below(len(made.words))
    if made.spans[at] < 0:
        length = 2 if at + 1 < len(made.words) and made.spans[at + 1] < 0 and draw.random() < 0.3 else 1
        made.words[at:at] = made.words[at : at + length]
        made.spans[at:at] = [-1] * length


def _drop_articles(made: Draft, draw: Draw) -> None:
    if "none" in made.tags:
        return
    keep = [
        i
        for i, (word, span) in enumerate(zip(made.words, made.spans, strict=True))
        if span >= 0 or word not in _ARTICLES or draw.random() < 0.15
    ]
    if keep:
        made.words = [made.words[i] for i in keep]
        made.spans = [made.spans[i] for i in keep]


def _mishear(made: Draft, draw: Draw) -> None:
    """Replace one word by what it sounds like."""
    candidates = [i for i, word in enumerate(made.words) if word in HOMOPHONES and _may_change(made, i)]
    if not candidates:
        return
    telling = [i for i in candidates if made.words[i] not in _LITTLE]
    if telling and draw.random() < _TELLING:
        candidates = telling
    at = candidates[draw.below(len(candidates))]
    said = _pick(draw, HOMOPHONES[made.words[at]]).split()
    made.words[at : at + 1] = said
    made.spans[at : at + 1] = [made.spans[at]] * len(said)


def _join(made: Draft, draw: Draw) -> None:
    """Write two words of a name or place as one."""
    candidates = [
        i
        for i in range(len(made.words) - 1)
        if made.spans[i] == made.spans[i + 1] >= 0
        and made.keys[made.spans[i]] in _JOINED
        and made.words[i].isalpha()
        and made.words[i + 1].isalpha()
    ]
    if candidates:
        at = candidates[draw.below(len(candidates))]
        made.words[at : at + 2] = [made.words[at] + made.words[at + 1]]
        del made.spans[at]


def _run_together(made: Draft, draw: Draw) -> None:
    """Lose the blank between two common words."""
    words = made.words
    candidates = [
        i
        for i in range(len(words) - 1)
        if max(made.spans[i : i + 2]) < 0 and f"{words[i]}-{words[i + 1]}" in _RUN_TOGETHER
    ]
    if candidates:
        at = candidates[draw.below(len(candidates))]
        words[at : at + 2] = [words[at] + words[at + 1]]
        del made.spans[at]


def _cut_beginning(made: Draft) -> None:
    """Miss the first word of a command, where what is left can mean nothing else."""
    if "none" in made.tags or "question" in made.tags or len(made.words) < _MIN_CUT or max(made.spans[:2]) >= 0:
        return
    follows = _CUT_BEFORE.get(made.words[0])
    if follows is not None and (not follows or made.words[1] in follows):
        del made.words[0], made.spans[0]


def _may_change(made: Draft, at: int) -> bool:
    span = made.spans[at]
    return span < 0 or made.keys[span] not in _FIXED


def _mistype(made: Draft, draw: Draw) -> None:
    chance = draw.random()
    if chance < _SLIPPED:
        _slip(made, draw)
    elif chance < _SLIPPED + _UNSPACED:
        _run_together(made, draw)
    else:
        _misspell(made, draw)


def _slip(made: Draft, draw: Draw) -> None:
    """Write a common word as hasty fingers do."""
    candidates = [i for i, word in enumerate(made.words) if word in _SLIPS and _may_change(made, i)]
    if not candidates:
        return
    at = candidates[draw.below(len(candidates))]
    written = _pick(draw, _SLIPS[made.words[at]]).split()
    made.words[at : at + 1] = written
    made.spans[at : at + 1] = [made.spans[at]] * len(written)


def _misspell(made: Draft, draw: Draw) -> None:
    candidates = [
        i
        for i, word in enumerate(made.words)
        if len(word) >= _MIN_TYPO and word.isascii() and word.isalpha() and _may_change(made, i)
    ]
    if not candidates:
        return
    at = candidates[draw.below(len(candidates))]
    word = made.words[at]
    i = 1 + draw.below(len(word) - 2)
    chance = draw.random()
    if chance < 0.35:
        wrong = word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    elif chance < 0.6:
        wrong = word[:i] + word[i + 1 :]
    elif chance < 0.75:
        wrong = word[:i] + word[i] + word[i:]
    else:
        wrong = word[:i] + _pick(draw, tuple(_NEIGHBOURS.get(word[i].lower(), word[i]))) + word[i + 1 :]
    made.words[at] = wrong


def _finish(made: Draft, draw: Draw, *, spoken: bool) -> str:
    """Join the words in the writing of the style."""
    if spoken:
        bare = [(word.rstrip(",.?!;"), span) for word, span in zip(made.words, made.spans, strict=True)]
        made.words = [word for word, _ in bare if word]
        made.spans = [span for word, span in bare if word]
        return " ".join(made.words)
    chance = draw.random()
    if chance < 0.06:
        made.words = [
            word.replace("'", "") if span < 0 else word for word, span in zip(made.words, made.spans, strict=True)
        ]
    text = " ".join(made.words).replace(" ,", ",").replace(" .", ".")
    if chance < 0.62:
        text = text[0].upper() + text[1:]
    if draw.random() < 0.45 and text[-1].isalnum():
        text += "?" if "question" in made.tags else (".", ".", "!", "")[draw.below(4)]
    return text
