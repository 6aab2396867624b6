"""How much of something is wanted, things called by half their names, and requests in the subjunctive, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly import Plainly
from appliance.plainly.entreating import entreated
from appliance.plainly.gradual import Gradual
from appliance.plainly.obliging import unobliged
from appliance.resolver.groups import Groups
from appliance.resolver.possessed import Possessed

HOME = Home(
    areas=(Area("byre", "Byre"), Area("snug", "Snug"), Area("anouk", "Anouk's room"), Area("piet", "Piet's room")),
    entities=(
        Entity("fan.blower", "Blower", area="byre"),
        Entity("light.strip", "Byre strip", area="byre"),
        Entity("light.anouk", "Anouk's reading light", area="anouk"),
        Entity("light.piet", "Piet's reading light", area="piet"),
        Entity("climate.snug", "Snug radiator", area="snug"),
        Entity("media_player.wireless", "Wireless", area="snug"),
        Entity("switch.press", "Cider press", area="byre"),
        Entity("switch.churn", "Churn", area="byre"),
    ),
)
GRADUAL = Gradual(HOME)
WHOSE = Possessed(HOME, Groups(HOME))
PLAINLY = Plainly(HOME)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("half the speed for the blower", "make the blower half as fast"),
        ("run the blower at half the speed", "make the blower half as fast"),
        ("give me twice the brightness on the byre strip please", "make the byre strip twice as bright"),
        ("make the byre strip two thirds as bright", "set the byre strip to two thirds of its current brightness"),
        ("the blower 70 percent as fast as it is now please", "set the blower to 70 percent of its current speed"),
        ("lower the snug radiator's target temperature by two degrees", "lower the snug radiator by two degrees"),
        ("raise the target of the snug radiator by a degree", "raise the snug radiator by a degree"),
        ("what's the snug radiator's target temperature", "what's the snug radiator's target temperature"),
        ("wireless down a little, Piet's in bed", "turn down the volume of wireless"),
        ("the wireless up a bit", "turn up the volume of the wireless"),
        (
            "we're eating and the byre strip is awfully harsh, thirty percent would be nicer",
            "set the byre strip to thirty percent",
        ),
        ("the byre strip's far too bright, ten percent will do", "set the byre strip to ten percent"),
        ("I'd like the snug at twenty", "set the temperature in the snug to twenty degrees"),
        ("one degree warmer in every room that has a radiator", "turn up all the radiators by one degree"),
        ("two degrees cooler in all the rooms upstairs", "turn down all the radiators upstairs by two degrees"),
    ],
)
def test_so_much_is_wanted(said: str, meant: str) -> None:
    assert GRADUAL.put(said) == meant


@pytest.mark.parametrize(
    "said",
    [
        "set the blower to half speed", "half the speed for the donkey", "set the byre strip to half the brightness of the churn",
        "byre strip down a little, Piet's in bed", "wireless down, and turn on the churn", "wireless down if Piet's in bed",
        "I'd like the byre at twenty", "I'd like the snug at fifty", "I'd like the byre strip at twenty",
        "one degree warmer in every room but the snug", "it is too dark, twenty percent would be nice",
        "the byre strip is too bright", "the donkey is too loud, ten percent would be nicer",
    ],
)  # fmt: skip
def test_anything_else_stays_as_it_was_said(said: str) -> None:
    assert GRADUAL.put(said) == said


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("set Anouk's reading light to ten and Piet's to thirty", "set Anouk's reading light to ten and Piet's reading light to thirty"),
        ("turn Anouk's reading light off and Piet's room on", "turn Anouk's reading light off and Piet's room on"),
        ("turn Anouk's reading light off and Joost's on", "turn Anouk's reading light off and Joost's on"),
        ("which lights are on in the children's rooms, Anouk's and Piet's", "which lights are on in Anouk's room and Piet's room"),
        ("which lights are on in the rooms, Anouk's and Joost's", "which lights are on in the rooms, Anouk's and Joost's"),
        ("turn off Piet's", "turn off Piet's"),
        ("set Anouk's reading light to ten, no, Piet's one", "set Anouk's reading light to ten, no, Piet's one"),
    ],
)  # fmt: skip
def test_whose(said: str, meant: str) -> None:
    assert WHOSE.put(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("if you'd kindly cut the churn off, I would be much obliged", "please cut the churn off"),
        ("I'd be most grateful if you would please start the churn", "please start the churn"),
        ("the churn, if you please", "the churn please"),
        ("before the guests come in, please close the gate", "please close the gate"),
        ("before the guests come in, is the gate open", "before the guests come in, is the gate open"),
        ("if you'd said so, I would be obliged", "if you'd said so, I would be obliged"),
        ("if it rains, I would be obliged", "if it rains, I would be obliged"),
        ("I should be most grateful if you closed the gate", "please close the gate"),
        ("if you started the churn and opened the gate, I'd be glad", "please start the churn and open the gate"),
        ("I was glad if you closed the gate", "I was glad if you closed the gate"),
        ("I'd be ever so glad of 20 degrees in the snug", "i would like 20 degrees in the snug"),
        ("I wonder if I might trouble you for the wireless", "i would like the wireless"),
        ("Piet has gone out with everything on, so stop the churn", "Piet has gone out, so stop the churn"),
        ("start the evening with everything on, please", "start the evening with everything on, please"),
        ("oh no, I forgot to stop the churn", "stop the churn"),
        ("I forgot to stop the churn yesterday", "I forgot to stop the churn yesterday"),
        ("I forgot to buy bread", "I forgot to buy bread"),
    ],
)
def test_obliging(said: str, meant: str) -> None:
    assert unobliged(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("might the churn go on", "turn on the churn"),
        ("might the blower go to full", "set the blower to full"),
        ("I'd appreciate it if the byre strip and the churn were lit", "turn on the byre strip and the churn"),
        ("can the kids come down", ""),
        ("could the dog go on holiday", ""),
        ("it was nice when the churn was on", ""),
    ],
)
def test_subjunctive(said: str, meant: str) -> None:
    assert entreated(said) == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("press on, churn as well", "turn the cider press on, turn churn on"),
        ("press off, and start the blower", "turn the cider press off, and start the blower"),
        ("press off, and start the blower too", "press off, and start the blower too"),
    ],
)
def test_a_list_with_parts_left_out(said: str, meant: str) -> None:
    assert PLAINLY.put(said).lower() == meant


@pytest.mark.parametrize("said", ["strip 15 and", "churn on and", "blower 40 percent, and then"])
def test_what_breaks_off_behind_a_clause_stays_as_it_was_said(said: str) -> None:
    assert PLAINLY.put(said) == said
