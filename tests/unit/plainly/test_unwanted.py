"""How nothing is to be, and hours without "o'clock"."""

from __future__ import annotations

import pytest

from appliance.plainly.on_the_hour import on_the_hour
from appliance.plainly.unwanted import as_wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("none of the skeps should be lit", "turn off the skeps"),
        ("none of the hatches on the quay may be open tonight", "close the hatches on the quay tonight"),
        ("None of the doors must be unlocked.", "lock the doors"),
        ("none of the shutters upstairs should be closed", "open the shutters upstairs"),
        ("not a single lamp should be on in the byre", "turn off every lamp in the byre"),
        ("no hatch may be left open", "close every hatch"),
        ("neither the churn nor the urn should be running", "turn off the churn and the urn"),
        ("neither of the urns should be on any more please", "turn off the urns any more please"),
        ("I'd rather not have the beacon on", "turn off the beacon"),
        ("we would prefer not to have any of the hatches open", "close the hatches"),
        ("let no more water through the sluice", "close the sluice"),
        ("let nothing into the trough", "close the trough"),
        ("prevent the portcullis from closing", "do not close the portcullis"),
        ("keep the portcullis from opening", "do not open the portcullis"),
        ("stop the urn from switching itself off", "do not turn off the urn"),
        ("stop the churn from coming on", "turn off the churn"),
        ("turn the radio down instead of off", "turn the radio down"),
        ("turn the radio off rather than mute it", "turn the radio off"),
        ("I said mute the radio, not turn it off", "mute the radio"),
        ("turn on the urn and don't turn it off again", "turn on the urn"),
        ("the gramophone must not be louder than thirty", "set the volume of the gramophone to thirty percent"),
        ("we'd hate for the back door to be unlocked", "lock the back door"),
        ("I'd like the beacon not to be on", "turn off the beacon"),
        ("I'd like the back door not to be locked", "do not lock the back door"),
        ("turn on the urn, not in ten minutes", "turn on the urn"),
        ("close none of the hatches", "do not close the hatches"),
        ("turn off neither the churn nor the urn", "do not turn off the churn nor the urn"),
        ("unlock nothing", "do not unlock anything"),
        ("close the hatch instead of just dimming the beacon", "close the hatch"),
    ],
)
def test_what_is_not_to_be(said: str, wanted: str) -> None:
    assert as_wanted(said) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "stop the portcullis from closing",
        "one of the hatches should be open",
        "none of the hatches should be painted",
        "none of my friends should be on time",
        "if none of the lamps is on turn on the beacon",
        "let the water through the sluice",
        "I'd rather have the beacon on",
        "prevent anyone from opening the portcullis",
        "keep the beacon on",
        "open nothing but the hatch",
        "put the heating on nineteen, but not in the byre",
        "open no more than half of it",
        "turn on the urn instead of the churn",
        "turn on the urn, not the churn",
    ],
)
def test_other_sentences_stay(said: str) -> None:
    assert as_wanted(said) == said


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("open the hatch at ten", "open the hatch at ten o'clock"),
        ("turn the churn on at 5 please", "turn the churn on at 5 o'clock please"),
        ("beacon off at twelve", "beacon off at twelve o'clock"),
        ("water the leeks at eight.", "water the leeks at eight o'clock."),
        ("turn the stove up at six", "turn the stove up at six o'clock"),
        ("set the hatch at ten", "set the hatch at ten"),
        ("beacon at ten", "beacon at ten"),
        ("open the hatch at ten percent", "open the hatch at ten percent"),
        ("turn the stove on at 20", "turn the stove on at 20"),
        ("open the hatch at ten past two", "open the hatch at ten past two"),
        ("what was on at ten", "what was on at ten"),
        ("my aunt turns her lamp off at ten", "my aunt turns her lamp off at ten"),
        ("curtains open at ten", "curtains open at ten o'clock"),
        ("dim the beacon at ten", "dim the beacon at ten"),
    ],
)
def test_hours(said: str, meant: str) -> None:
    assert on_the_hour(said) == meant
