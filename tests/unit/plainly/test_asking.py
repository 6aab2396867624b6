"""Questions in other words, in a home that no other test has."""

from __future__ import annotations

import pytest

from appliance.messages import Area, Entity, Home
from appliance.plainly.asking import Asking

HOME = Home(
    areas=(Area("yard", "Yard"), Area("dairy", "Dairy")),
    entities=(
        Entity("sensor.cider", "Cider tank level", area="yard"),
        Entity("sensor.salt", "Salt reserve", area="dairy"),
        Entity("sensor.compost", "Compost moisture", area="yard"),
        Entity("sensor.vat", "Vat temperature", area="dairy"),
        Entity("sensor.dairy", "Dairy temperature", area="dairy"),
        Entity("sensor.hay_1", "Hay moisture 1", area="yard"),
        Entity("sensor.hay_2", "Hay moisture 2", area="yard"),
        Entity("binary_sensor.leak", "Sink leak", area="dairy", device_class="moisture"),
        Entity("media_player.wireless", "Wireless"),
        Entity("sensor.churn", "Churn power", area="dairy"),
        Entity("sensor.solar", "Solar production", area="yard"),
    ),
)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("how much cider have we got left", "what is the Cider tank level"),
        ("how much cider is there still in the tank?", "what is the Cider tank level"),
        ("how much salt is left", "what is the Salt reserve"),
        ("is the yard compost too dry", "what is the Compost moisture"),
        ("is the compost in the yard wet", "what is the Compost moisture"),
        ("is the vat already too warm", "what is the Vat temperature"),
        ("what is the wireless up to, is it playing", "is the wireless playing"),
        ("how much does the churn draw at the moment", "what is the Churn power"),
        ("what are the solar panels producing", "what is the Solar production"),
        ("what is the wireless using", "what is the wireless using"),
        ("before I go all the way up, is the compost shed locked", "is the compost shed locked"),
        ("I'm off to bed, are all the windows closed", "are all the windows closed"),
        ("quick question: did I leave the churn on", "did I leave the churn on"),
        ("what's left in the yard motion battery", "what is the battery level of the yard motion"),
        (
            "how much has the yard motion sensor got left in its battery",
            "what is the battery level of the yard motion sensor",
        ),
        ("before I go up, turn off the churn", "before I go up, turn off the churn"),
        ("if it rains, is the hatch open", "if it rains, is the hatch open"),
        # no sensor, or not one, or the room itself
        ("how much butter have we got left", "how much butter have we got left"),
        ("is the hay too damp", "is the hay too damp"),
        ("is the dairy too warm", "is the dairy too warm"),
        ("is the sink wet", "is the sink wet"),
        ("is the compost on", "is the compost on"),
        ("how much does the cider cost", "how much does the cider cost"),
    ],
)
def test_a_question_is_one_for_its_sensor(said: str, asked: str) -> None:
    assert Asking(HOME).put(said) == asked
