"""How people ask politely, greet, apologise and give reasons: tables of patterns for :mod:`appliance.plainly.background`.

The patterns read clauses in small letters with straight apostrophes.
"""

from __future__ import annotations

import re

from appliance.text import NUMERALS

VERBS = frozenset(
    """turn switch put set make dim brighten open close shut lock unlock start stop pause resume play skip mute unmute raise lower increase
    decrease reduce add activate run vacuum clean hoover mow send bring change adjust toggle press remind cancel power kill cut flip light
    water heat warm cool crank bump ring draw pull roll lift drop get give fire""".split()
)
"""Verbs that commands begin with."""
PAST = {
    "switched": "switch", "turned": "turn", "put": "put", "set": "set", "opened": "open", "closed": "close", "shut": "close",
    "muted": "mute", "unmuted": "unmute", "paused": "pause", "resumed": "resume", "dimmed": "dim", "locked": "lock",
    "unlocked": "unlock", "lowered": "lower", "raised": "raise", "started": "start", "stopped": "stop", "brightened": "brighten",
}  # fmt: skip
"""Their past forms, which are their participles, too."""
_FORMS = {form: verb for verb in VERBS for form in (f"{verb.removesuffix('e')}ing", f"{verb}{verb[-1]}ing")}


def base_of(word: str) -> str:
    """The verb of a form in "-ing" that commands begin with: "would you mind turning"; empty: it is none."""
    return _FORMS.get(word, "")


_SOFT = r"(?:(?:please|just|kindly|possibly|perhaps|maybe|quickly|ever so kindly) )*"
_CAN = r"(?:could|can|would|will|might|may)"
_KIND = (
    r"(?:(?:so |very )?(?:kind|good|nice|sweet) (?:as )?to|(?:kind|good|nice) enough to"
    r"|an? (?:dear|darling|love|angel|star|sweetheart|sport|pal|mate|good \w+) and)"
)
FRAME = re.compile(
    rf"{_SOFT}(?:"
    rf"(?:{_CAN} you {_SOFT})?be {_KIND}"
    rf"|(?:i was |i am |i'm |i )?(?:just )?(?:wondering|wonder|wondered) (?:whether|if) (?:you {_CAN}|it (?:would|might) be possible to)"
    rf"|do you (?:think|suppose) you {_CAN}|i don't suppose (?:that )?(?:there's any chance (?:that )?)?(?:you {_CAN}|i {_CAN} (?:trouble|bother|ask|get) you to)"
    r"|(?:is|would|might) it (?:be )?(?:at all )?possible (?:for you )?to"
    rf"|(?:is there )?any chance (?:that )?you {_CAN}"
    rf"|{_CAN} (?:i|we) (?:ask|trouble|bother|get) you to"
    r"|(?:i|we)(?:'d| would) (?:like|love) you to|(?:i|we) (?:want|need) you to"
    rf"|(?:i|we)(?:'d| would) (?:be (?:ever so |so |very |most |really )?(?:grateful|glad|happy|obliged|thankful|pleased)|appreciate it) if you {_CAN}"
    rf"|it(?:'d| would) be (?:so |very |really )?(?:great|nice|lovely|kind|good|wonderful|helpful|handy)(?: of you)? if you {_CAN}"
    r"|do (?:me|us) (?:a|the|one) (?:big |little |small |huge )?favou?r and"
    rf"|(?:{_CAN} you be|are you) able to"
    r"|feel free to|go ahead and"
    rf") {_SOFT}",
    re.IGNORECASE,
)
"""What stands before the verb of a request, in words that the command model knows badly."""
EASY_FRAME = re.compile(rf"{_SOFT}(?:{_CAN}|won't) you {_SOFT}", re.IGNORECASE)
"""And what it knows well."""
WOULD_MIND = re.compile(rf"{_SOFT}(?:(?:(?:would|do) you|i don't suppose you(?:'d| would)) mind(?: (?:awfully|terribly|very much))?|how about|what about) {_SOFT}(?P<verb>\w+ing)\b", re.IGNORECASE)  # fmt: skip
HAVING = re.compile(
    r"(?:please )?(?:let's have|let us have|(?:can|could|may) (?:i|we)(?: please)? have|(?:i|we)(?:'d| would) like(?: to have)?|(?:i|we)(?:'d| would) rather have)"
    r" (?=(?:the|my|our|all|both|it|\w+'s) )",
    re.IGNORECASE,
)
"""Begins a wish for a state: "let's have the hall at 18 degrees"."""
_ONE_THING = r"(?P<thing>(?:(?!(?:on|off|at|to|open|closed|shut|locked)\b)[\w'’-]+ )*?(?!(?:on|off|at|to|open|closed|shut|locked)\b)[\w'’-]+)"
AT_VALUE = re.compile(
    rf"{_ONE_THING} (?:at|to|on) (?P<value>(?:\d|(?:{'|'.join(NUMERALS)})\b)[\w.,%° ]*?)(?P<rest>(?: (?:please|now|then|from now on|for now|again))*)",
    re.IGNORECASE,
)
IS_STATE = re.compile(
    rf"{_ONE_THING} (?P<state>on|off|open|closed|shut|locked)(?P<rest>(?: (?:please|now|then|again))*)", re.IGNORECASE
)

LEADS = re.compile(
    r"(?:(?:so|and|but|well|right|ok|okay|oh|ah|then|anyway|anyhow|hey|hi|hello|listen|look|alright|all right|yes|yeah|therefore|hence|thus"
    r"|that's why|which is why|as you (?:know|see|can see)|you know|you see|now|please|um|uh|er|erm|hmm)\b ?)+",
    re.IGNORECASE,
)
"""What a clause may begin with before it says anything."""
CONCLUDING = re.compile(
    r"^(?:and |well |but |right )*(?:so|therefore|hence|thus|that's why|which is why|anyway|anyhow)\b", re.IGNORECASE
)
"""What shows that the clauses before are reasons."""
BECAUSE = re.compile(
    r"(?:because|cause|'cause|cos|since|seeing (?:that|as|how)|given(?: that)?|now that|considering(?: that)?|as(?! soon| long| far| well| if| though| usual| before| \w+ as)) ",
    re.IGNORECASE,
)
"""Opens a reason."""
_DEARS = r"(?:my )?(?:dear|darling|love|friend|friends|assistant|computer|house|there|everyone|again)"
_SORRY = (
    r"(?:i'm |i am |so |very |really |terribly |awfully )*sorry(?: (?:to|for|about|that) (?:bother|disturb|trouble|interrupt|ask|be|keep|the|all|bothering|disturbing|interrupting|troubling)"
    r"[\w' ]*)?"
)
_COURTESY_IF = (
    r"(?:but |and )*(?:if|when|whenever) (?:(?:it|that|this)(?: is|'s| isn't| is not| wouldn't be| would not be| won't be|'s not)(?: \w+){0,2} (?:much )?(?:trouble|bother|ask|hassle|possible|convenient|okay|ok|all right|alright|fine)(?: for you| with you| at all| to ask)?"
    r"|(?:it|that|this) (?:isn't|is not|'s not) (?:asking )?too much(?: to ask| trouble)?"
    r"|you (?:don't|do not|wouldn't|would not) mind(?: me asking)?|you (?:would|could|can|please|like|may|will|wish)(?: be so kind| please)?"
    r"|you(?:'ve| have)?(?: got)?(?: have| get| find)? (?:an?|the|one) (?:\w+ )?(?:chance|moment|minute|second|sec|time)(?: to spare| for me| free)?|you (?:have|get|find) time|i may(?: ask)?|i might(?: ask)?|possible|you're free|you are free)"
)
COURTESY_IF = re.compile(rf"{_COURTESY_IF}(?:,)? (?={EASY_FRAME.pattern}|{FRAME.pattern})", re.IGNORECASE)
"""A courtesy right before a request."""
IDLE = re.compile(
    rf"(?:(?:hello|hi|hey|good (?:morning|evening|afternoon|night|day)|greetings|excuse me|pardon(?: me)?|{_SORRY}|thanks(?: a lot| a million| so much| very much| in advance| ever so much| for [\w' ]+)?"
    r"|thank you(?: so much| very much| kindly| in advance| ever so much)?|cheers|ta|many thanks|and|but|by the way|please|pretty please|well|right|so|ok|okay|now|then|listen|look|oh|ah|yes|yeah|anyway|you know|you see|i mean it|i beg you"
    r"|for (?:heaven|god|goodness|pity|christ|mercy)'?s?'? sake|for crying out loud|good lord|goodness(?: me)?|my goodness|oh dear|dear me|honestly|seriously|really|actually"
    rf"|{_DEARS}|to be honest|if you ask me|i hope (?:you(?: are|'re) (?:well|fine|okay|good)|all is well)|i (?:guess|suppose|think|reckon|hope)|i know|i hope (?:you(?: are|'re) (?:well|fine|okay|good)|all is well|you don't mind|that's (?:ok|okay|all right|alright|fine))|no (?:rush|hurry)|take your time|it's me(?: again)?|me again"
    r"|(?:do )?you know what(?: would be (?:so |really )?(?:lovely|nice|great|good|wonderful|perfect))?|guess what|guess what would be (?:lovely|nice)|i (?:hate|don't (?:want|like|mean)) to (?:bother|disturb|trouble|be a nuisance|be a bother|be a pain|nag|ask)(?: you)?(?: again)?"
    r"|i know (?:it's|that's|it is) (?:a lot to ask|late|early|annoying)|be a (?:dear|darling|love|sweetheart)|do me a favou?r|there's a (?:dear|good \w+|love)"
    rf"|(?:could|can|would|will) you(?: please)?|would you be so kind|(?:if )?you(?:'d| would) be so (?:kind|good|nice)|{_COURTESY_IF})\b[ ,]*)+",
    re.IGNORECASE,
)
"""A clause that asks for nothing and tells nothing."""
MISTAKEN = re.compile(r"no (?:rush|hurry)|pardon|take your time", re.IGNORECASE)
"""A courtesy that the command model takes for something that is said."""
HOLDING_FIRST = re.compile(
    r"(?:if|when|whenever|unless|until|till|once|before|after|while|whether|as soon as|as long as|every|each|in case|provided|don't|dont|do not|never|not|no|nobody (?:is to|may|should)|instead|rather|except|only|just|leave|keep"
    r"|what|which|who|whose|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|would|will|should|shall|may|might|am|wait|stop|hang on|hold on|scratch|forget|never mind|i meant?|in|at|on|by|from|tomorrow|tonight|later|today|next|not until|you)\b",
    re.IGNORECASE,
)
"""Begins a clause that may say when, whether or what not."""
HOLDING = re.compile(
    r"\?|\b(?:(?:next|every|each|any) time|the (?:moment|minute|second|instant)|if|when|whenever|unless|until|till|once|whether|otherwise|instead"
    r"|rather|except|apart from|wait|scratch|meant|i mean|no need|not to|not before|not yet|not now|but not|but only|never|nevermind)\b",
    re.IGNORECASE,
)
"""Anywhere in a clause it may take back, or hold off, what the others say."""
QUOTING = re.compile(
    r"\b(?:said|says|say|saying|told|tells?|telling|asked|asks|asking|shouted|wrote|writes|reads?|sign|announced?|message|wondered|thought|want(?:s|ed)? (?:me|us|you|him|her|them) to)\b",
    re.IGNORECASE,
)
"""What may be somebody else's request."""
WISHING = re.compile(
    r"\b(?:must|should|shall|ought|need|needs|have to|has to|better|want|wants|like|wish|could|can|may|let's|going to|gonna|'ll|will|would|'d)\b",
    re.IGNORECASE,
)
"""In a clause with a verb of commands and a thing of the home it may be a wish of its own."""
SUBJECT = re.compile(
    r"(?:i|we|he|she|they|it|there|this|that|these|those|some|somebody|someone|nobody|everybody|everyone|people|my|our|his|her|their|the|an?|one|two|three|all|half|it's|i'm|we're|he's|she's|they're|i've|we've|i'd|we'd|i'll|we'll|there's|that's|they've|\w+'s)\b",
    re.IGNORECASE,
)
"""What a clause begins with that tells something."""
FINITE = re.compile(
    r"^(?:i|we|they) \w+|\b(?:is|are|was|were|am|has|have|had|isn't|aren't|wasn't|hasn't|haven't|can't|couldn't|won't|don't|doesn't|didn't|can|could|will|would|must|should|might|may|do|does|did|got|get|gets|need|needs|feel|feels|want|wants|like|likes|hate|hates|come|came|go|goes|went|left"
    r"|said|fell|\w+(?<!s)s|\w+ed)\b|'(?:s|re|m|ve|ll|d)\b",
    re.IGNORECASE,
)
"""Some verb; most words in "-s" are one where no name of the home is left in the clause."""
GOING_ON = re.compile(
    r"\b(?:still|already|only|not|n't|stay|keep|leave|should|can|may|must|will|ought|again|later|then|but|it(?!'s| is| was| will| has)|them|that(?!'s| is)|those|these|ones?|other|number|\d+"
    r"|want|wanted|meant?|rather|wrong|mistake|mistaken|confus\w+|mix\w+)\b|n't\b",
    re.IGNORECASE,
)
"""Words of a clause behind a request that may change it."""
OF_NO_USE = re.compile(
    r"(?:and |but )?(?:the |my |our )? ?_ +(?:is|are|'s|has been|have been) (?:quite |just |more than |perfectly |really )?(?:broken|enough|fine|okay|ok|sufficient|out of order|faulty|defective|dead|stuck"
    r"|jammed|blocked|missing|gone|in use|mine|being (?:repaired|mended|fixed|used|serviced|cleaned))(?: (?:now|today|tonight|anyway|for me|for us|for now))*",
    re.IGNORECASE,
)
"""Behind a request it says why another thing is not meant; the underscore stands for its name."""
POINTING = re.compile(
    r"\b(?:it|them|that|this|those|these|there|then|him|her|his|their|its|(?<!ty )(?<!to )(?<!number )ones?(?! hundred| percent| degree| and| point| hour| minute)|other|same|he|she|they|thing|do so)\b",
    re.IGNORECASE,
)
"""Words of a request that take up what was said before it."""
FOR_WHOM = re.compile(r"\bfor (?:her|him|them|us|me)\b", re.IGNORECASE)
"""They take up nothing that the request is about."""
OUTRIGHT = re.compile(
    r"\b(?:on|off|out)\b|\d|\b(?:to|at) (?:\w+teen|ten|eleven|twelve|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|half|full)\b|^(?:(?:please|just|kindly) )*(?:open|close|shut|lock|unlock|start|stop|pause|resume|run|mute|unmute)\b",
    re.IGNORECASE,
)
"""In a request that says by itself what is to be done with "it"."""
COMPLAINING = re.compile(r"\b(?:too|here|this room)\b", re.IGNORECASE)
"""In a reason that says where, or which way, something is to be changed."""
WHATEVER = re.compile(
    r"\b(?:whatever|what)(?:'s| is) (?:on|playing|running|going)(?: (?:at|on|in|from))? (?=the |my |our |\w+'s )|\bwhatever (?=the |my |our |\w+'s )(?P<thing>[\w' ]+?) is playing\b",
    re.IGNORECASE,
)
"""What a player plays, for the player."""
LEFT_OFF = re.compile(
    r"(?P<soft>(?:(?:please|just|kindly) )*)(?:turn|switch|put|start) (?P<thing>(?:the |my |our )?[\w' -]+?)(?: back)?(?: on)?(?: again)? (?:from )?where (?:it|we|i|they) left off",
    re.IGNORECASE,
)
"""Asks to resume something."""
