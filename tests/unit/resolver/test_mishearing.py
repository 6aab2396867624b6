"""Names of a home that were misheard or mistyped, in three homes."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Floor, Home
from appliance.opening import open_typos
from appliance.resolver.ear import Ear
from appliance.resolver.misheard_numbers import numbers

TYPOS = open_typos()


def home(areas: str, *entities: str, floors: str = "") -> Home:
    """A home of ``Area, Area`` and ``domain Name @ Area``."""
    rooms = [room.strip() for room in areas.split(",")]
    things = []
    for at, text in enumerate(entities):
        domain, _, rest = text.partition(" ")
        name, _, room = (part.strip() for part in rest.partition("@"))
        things.append(Entity(f"{domain}.n{at}", name, area=room or None))
    return Home(
        floors=tuple(Floor(name.strip(), name.strip()) for name in floors.split(",") if name),
        areas=tuple(Area(room, room) for room in rooms),
        entities=tuple(things),
    )


FLAT = home(
    "Kitchen, Guest room, Living room, Bathroom, Study",
    "switch Towel rail @ Bathroom", "light Mirror light @ Bathroom", "switch Electric blanket @ Guest room", "lock Front door",
    "light Left bedside lamp", "light Right bedside lamp", "light Bench light 1", "light Bench light 2", "light Bench light 8",
    "light Aisle A", "light Aisle B", "light Aisle C", "switch Table saw", "media_player Television", "scene Good night",
    "light Study ceiling light @ Study", "vacuum Dusty", "light Pantry light",
)  # fmt: skip
FARM = home(
    "Stable, Milking parlour, Hay loft, Yard",
    "switch Feed auger @ Stable", "valve Trough valve @ Yard", "cover Barn door @ Yard", "fan Ridge fan @ Hay loft", "light Pole light",
    "switch Fence energizer", "light Sow pen light", "light Boar pen light", "light Cow pen light",
)  # fmt: skip
STUDIO = home(
    "Ballroom, Mezzanine, Foyer", "light Chandelier @ Ballroom", "light Piano lamp @ Ballroom", "cover Velvet curtain @ Ballroom",
    "switch Fog machine", "light Wine rack", "light Key light", "media_player Sonos Beam",
)  # fmt: skip
EARS = {"flat": Ear(FLAT, TYPOS), "farm": Ear(FARM, TYPOS), "studio": Ear(STUDIO, TYPOS)}


@pytest.mark.parametrize(
    ("where", "said", "meant"),
    [
        ("flat", "swich on the towel rale", "switch on the Towel rail"),
        ("flat", "trun off teh mirrer light", "turn off the mirror light"),
        ("flat", "please turn on hte electirc blankit", "please turn on the electric blanket"),
        ("flat", "is the front dore locked", "is the front door locked"),
        ("flat", "lock the frunt dor", "lock the front door"),
        ("flat", "lights on in the guest rom", "lights on in the guest room"),
        ("flat", "heat the geust room", "heat the guest room"),
        ("flat", "turn the table sore off", "turn the table saw off"),
        ("flat", "isle b on", "aisle b on"),
        ("flat", "aisle bee off", "aisle b off"),
        ("flat", "bench light won on", "bench light 1 on"),
        ("flat", "bench light ate off", "bench light 8 off"),
        ("flat", "the rigth bedside lamp", "the right bedside lamp"),
        ("flat", "write bedside lamp on", "right bedside lamp on"),
        ("flat", "left bedsyde lmap on", "left bedside lamp on"),
        ("flat", "good knight", "good night"),
        ("flat", "send dustie home", "send dusty home"),
        ("flat", "the studdy sealing light", "the study ceiling light"),
        ("flat", "ceiling lihgt on in the studdy", "ceiling light on in the study"),
        ("flat", "turn on the televison", "turn on the television"),
        ("flat", "mute the tee vee", "mute the tv"),
        ("farm", "start the feed orger", "start the feed auger"),
        ("farm", "open the trof valve", "open the trof valve"),  # too far
        ("farm", "open the trough valv", "open the trough valve"),
        ("farm", "lights in the milking parler", "lights in the milking parlour"),
        ("farm", "fence energiser off", "fence energizer off"),
        ("farm", "turn on the polle light", "turn on the pole light"),
        ("farm", "board pen light on", "board pen light on"),  # an English word that sounds otherwise
        ("studio", "dim the chandeleer", "dim the chandelier"),
        ("studio", "close the velvit curtin", "close the velvet curtain"),
        ("studio", "lights out in the mezanine", "lights out in the mezzanine"),
        ("studio", "whine rack on", "wine rack on"),
        ("studio", "quay light on", "key light on"),
        ("studio", "the whine rock", "the whine rock"),  # both words of English
        ("farm", "open the burn door", "open the barn door"),
        ("farm", "turn on the ridge fin", "turn on the ridge fin"),  # the noun itself
        ("studio", "turn off the fig machine", "turn off the fig machine"),  # too short
        ("studio", "close the velvet certain", "close the velvet certain"),
        ("flat", "open the pantry lite", "open the pantry lite"),
        ("flat", "open the pantry light", "open the pantry light"),
    ],
)
def test_a_name_that_nothing_else_is_so_near_to(where: str, said: str, meant: str) -> None:
    assert EARS[where].heard(said).text.lower() == meant.lower()


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("flat", "turn on the lift bedside lamp"),  # a word of its own
        ("flat", "turn on the left bedside lamp"),
        ("flat", "bench light to on"),
        ("flat", "bench light three on"),
        ("flat", "turn on the ballroom lights"),
        ("flat", "lights on in the stud"),
        ("flat", "turn on the dusk lamp"),
        ("flat", "open the pant light"),  # a word, and not of one sound
        ("farm", "turn on the gow pen light"),  # sow and cow are as near
        ("flat", "the towel rule"),
        ("flat", "a guess room"),
        ("flat", "the truck off"),
        ("studio", "lights in the bathroom"),
        ("studio", "turn on the pianist lamp"),
    ],
)
def test_what_is_said_stays(where: str, said: str) -> None:
    heard = EARS[where].heard(said)
    assert heard.text == said
    assert not heard.guessed


def test_names_are_guessed_and_words_of_commands_are_not() -> None:
    assert EARS["flat"].heard("turn on the towel rale").guessed
    assert not EARS["flat"].heard("trun on the towel rail").guessed
    assert not EARS["flat"].heard("turn on the towel rail").guessed


def test_without_knowing_english_nothing_is_mended() -> None:
    assert Ear(FLAT, None).heard("swich on the towel rale").text == "swich on the towel rale"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("set timer for for minutes", "set timer for four minutes"),
        ("timer for ate minutes", "timer for eight minutes"),
        ("in to hours", "in two hours"),
        ("lamp to too percent", "lamp to two percent"),
        ("a timer for won hour", "a timer for one hour"),
        ("wake me in twenty minuets", "wake me in twenty minutes"),
        ("a timer for 90 secnods", "a timer for 90 seconds"),
        ("in two ours", "in two hours"),
    ],
)
def test_a_number_between_preposition_and_unit(said: str, meant: str) -> None:
    mended = numbers(said)
    assert mended is not None
    assert mended.text == meant


@pytest.mark.parametrize(
    "said",
    [
        "for minutes",
        "set it to for me",
        "a timer for ten minutes",
        "I ate minutes ago",
        "play a minuet",
        "ten minarets",
        "the lamp is ours",
        "",
    ],
)
def test_no_number(said: str) -> None:
    assert numbers(said) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("paws the television", "pause the television"),
        ("turn of the towel rail", "turn off the towel rail"),
        ("switch own the mirror light", "switch on the mirror light"),
        ("mirror light of", "mirror light off"),
        ("make the mirror light blew", "make the mirror light blue"),
        ("mirror light read", "mirror light red"),
        ("clothes the blind", "close the blind"),
        ("can sell the television", "cancel the television"),
    ],
)
def test_words_of_commands_that_sound_like_others(said: str, meant: str) -> None:
    ear = EARS["flat"]
    supposed = ear.supposed(ear.heard(said))
    assert supposed is not None
    assert supposed.text == meant
    assert supposed.guessed


@pytest.mark.parametrize(
    "said", ["turn off the towel rail", "the paws of the dog", "one of the best", "turn on television"]
)
def test_nothing_else_to_suppose(said: str) -> None:
    ear = EARS["flat"]
    assert ear.supposed(ear.heard(said)) is None


def test_what_calls_quote_comes_back_as_it_was_said() -> None:
    heard = EARS["flat"].heard("ad clothes and a studdy to teh list")
    assert dict(heard.changed)["study"] == "studdy"


@pytest.mark.parametrize("said", ["turn on peter's desk lamp", "mark's heater off"])
def test_somebody_elses_thing_is_no_slip(said: str) -> None:
    ear = Ear(
        home(
            "Study", "light Petra's desk lamp", "switch Mirek's heater", "light Left bedside light", "light Shed light"
        ),
        TYPOS,
    )
    assert ear.heard(said).text == said


def test_how_many_is_no_slip() -> None:
    house = home("Kitchen", "light Main light @ Kitchen")
    assert Ear(house, TYPOS).heard("how many lights are on").text == "how many lights are on"


CUT = Ear(
    home(
        "Study", "light Festoon lights", "light Left bedside light", "fan Dyson Cool", "light Island pendants", "media_player Bialetti",
        "light Hue strip", "cover Blackout blinds", "light Track lights", "light Lamp 1", "light Shelf light", "switch Sonos",
        "light Brenna's lamp", "scene Party", "scene Mañana",
    ),
    TYPOS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the fest tune lights", "turn on the festoon lights"),
        ("turn on the left bed side light", "turn on the left bedside light"),
        ("open the black out blinds halfway", "open the blackout blinds halfway"),
        ("switch on the dice on cool", "switch on the dyson cool"),
        ("trackligths on", "track lights on"),
        ("aisle and pendants off", "island pendants off"),
    ],
)
def test_names_that_were_cut_otherwise(said: str, meant: str) -> None:
    assert CUT.heard(said).text == meant
    assert CUT.heard(said).guessed


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the be a letty", "turn on the bialetti"),
        ("turn off the tract lights", "turn off the track lights"),
        ("make the hugh strip blue", "make the hue strip blue"),
    ],
)
def test_names_that_sound_nearly_so(said: str, meant: str) -> None:
    supposed = CUT.supposed(CUT.heard(said))
    assert supposed is not None
    assert supposed.text == meant


@pytest.mark.parametrize(
    "said",
    [
        "turn on the sauna",
        "turn on the bath light",
        "turn on the shell light",
        "lamp to on",
        "turn on the hot tub",
        "turn on the sun house",
    ],
)
def test_what_only_resembles_a_name(said: str) -> None:
    assert CUT.heard(said).text == said
    assert CUT.supposed(CUT.heard(said)) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("set a timer for tend minutes", "set a timer for ten minutes"),
        ("dim it to for tea percent", "dim it to forty percent"),
        ("set a timer for free minutes", "set a timer for three minutes"),
        ("set a timer for a few minutes", "set a timer for a few minutes"),
        ("set a timer for egg minutes", "set a timer for egg minutes"),
        ("in half an hour", "in half an hour"),
        ("set it to twenty too degrees", "set it to twenty two degrees"),
        ("lamp at thirty for percent", "lamp at thirty four percent"),
        ("a timer for forty won minutes", "a timer for forty one minutes"),
        ("volume to sixty ate", "volume to sixty eight"),
        ("lamp to thirty for", "lamp to thirty four"),
        ("lamp to thirty for ten minutes", "lamp to thirty for ten minutes"),
        ("lamp to thirty too", "lamp to thirty too"),
        ("from thirty to", "from thirty to"),
        ("at twenty to nine", "at twenty to nine"),
        ("the sixty ate", "the sixty ate"),
    ],
)
def test_a_number_stands_before_its_unit(said: str, meant: str) -> None:
    mended = numbers(said)
    assert (said if mended is None else mended.text) == meant


def test_or_is_no_end_of_a_name() -> None:
    house = home("Shed", "switch Boat charger @ Shed", "switch Scooter charger @ Shed")
    text = "turn on the boat charger or the scooter charger"
    assert Ear(house, TYPOS).heard(text).text == text


INN = home(
    "Cell two, Cell four, Lounge, Hall",
    "light Cell two lamp @ Cell two", "light Cell four lamp @ Cell four", "cover Cell two shutter @ Cell two", "light Leselampe @ Lounge",
    "light Bay pendant @ Lounge", "light Hall lamp @ Hall", "light Hall light", "vacuum Brother Dustin", "light Bathroom light",
    "lock Door 1", "lock Door 2",
)  # fmt: skip
INN_EAR = Ear(INN, TYPOS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("cell for lamp on", "cell four lamp on"),
        ("cell to shutter down", "cell two shutter down"),
        ("cell too lamp off", "cell two lamp off"),
        ("turn the lese lampe on", "turn the leselampe on"),
        ("brother dusting start vacuuming", "brother dustin start vacuuming"),
        # what means itself
        ("set the lounge to lamp mode", "set the lounge to lamp mode"),
        ("hall light for ten minutes", "hall light for ten minutes"),
        ("start dusting", "start dusting"),
        ("my brother is dusting", "my brother is dusting"),
    ],
)
def test_numbers_and_compounds_inside_names(said: str, meant: str) -> None:
    assert INN_EAR.heard(said).text.lower() == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("turn on the cell four um lamp", "turn on the cell four lamp"),
        ("turn on the er hall uh, er, lamp", "turn on the hall lamp"),
        ("dim the bay, um, pendant to ten", "dim the bay pendant to ten"),
        # between two names one may be taken back
        ("lock door 1, er, door 2", "lock door 1, er, door 2"),
        ("hall lamp um bay pendant on", "hall lamp um bay pendant on"),
        ("um I do not know", "um I do not know"),
    ],
)
def test_hesitations_inside_names_go(said: str, meant: str) -> None:
    heard = INN_EAR.heard(said)
    assert heard.text == meant
    assert not heard.guessed
