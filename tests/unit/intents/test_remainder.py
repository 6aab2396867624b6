"""Everything else."""

from __future__ import annotations

from appliance.intents.remainder import apart
from appliance.messages import Call, Target

URN = Target(name="urn")
ON = Call("TurnOn", URN)
BYRE_OFF = Call("TurnOff", Target(area="byre", everything=True))


def test_what_is_named_beside_it_is_left_out() -> None:
    calls = apart([ON, BYRE_OFF], "urn on and everything else in the byre off")
    assert calls == [ON, Call("TurnOff", Target(area="byre", everything=True), (URN,))]


def test_nothing_is_left_out_without_such_words_or_a_place() -> None:
    home_off = Call("TurnOff", Target(everything=True))
    assert apart([ON, BYRE_OFF], "urn on and everything in the byre off") == [ON, BYRE_OFF]
    assert apart([ON, home_off], "urn on and everything else off") == [ON, home_off]
    assert apart([BYRE_OFF], "everything else in the byre off") == [BYRE_OFF]
