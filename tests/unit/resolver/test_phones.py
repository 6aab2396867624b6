"""Distances of sounds, against the same without short cuts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.resolver.phones import SIMILAR, apart, makeup

SOUNDS = st.text("aeioutdrhwyksSCTjgfvbpmnl1x", max_size=9)


@given(SOUNDS, SOUNDS, st.sampled_from([0.0, 0.3, 0.6, 1.0, 2.0]))
def test_a_bound_changes_no_distance_within_it(a: str, b: str, bound: float) -> None:
    whole = apart(a, b, 100.0)
    near = apart(a, b, bound)
    assert near == whole if whole <= bound else near > bound


@given(SOUNDS, SOUNDS)
def test_strings_are_no_nearer_than_their_makeup(a: str, b: str) -> None:
    assert (makeup(a) ^ makeup(b)).bit_count() * SIMILAR <= apart(a, b, 100.0) + 1e-9


def test_what_is_hardly_spoken_costs_little() -> None:
    assert apart("fastS", "fasS", 1.0) == 0.3
    assert apart("lamp", "lump", 1.0) == 0.25
    assert apart("lamp", "lamp", 0.0) == 0.0
