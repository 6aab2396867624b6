"""The corpus of the fuzz targets, and what hypothesis makes of it: without atheris, in every test run."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEPARATOR, TARGETS

CORPUS = Path(__file__).with_name("corpus")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_corpus_holds(name: str) -> None:
    inputs = sorted((CORPUS / name).iterdir())
    assert inputs
    for path in inputs:
        TARGETS[name](path.read_bytes())


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["a/b", "~/x", "{{ value_json.a }}", "{{ value", "ON", "json", "+/+/x", "$SYS/x", "ternd/x/ask", "#", "home\x00"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip
_KEYS = st.sampled_from(
    """~ name uniq_id stat_t cmd_t val_tpl cmd_tpl dev o cmps p avty avty_t avty_tpl avty_mode schema bri_stat_t bri_cmd_t bri_scl rgb_cmd_t
    pos_t set_pos_t pos_open pos_clsd tilt_cmd_t tilt_status_t tilt_min tilt_max modes mode_cmd_t temp_cmd_t temp_stat_t min_temp
    pr_modes pr_mode_cmd_t swing_modes pct_cmd_t spd_rng_max ops min max step exp_aft off_dly dev_cla ent_cat en cdevs code
    cln_segmnts_cmd_t fanspd_lst pl_on pl_off stat_on opt sup_clrm fx_list ids sa dn fn t ft tp rl sn so sho state lk lt_st
    sht dslp bat swc swn if ty temp_lo_cmd_t temp_lo_stat_t temp_hi_cmd_t temp_hi_stat_t json_attr_t json_attr_tpl src_type""".split()
)
_CONFIGS = st.dictionaries(_KEYS, _VALUES, max_size=14)
_TOPICS = st.sampled_from(
    [
        *(
            f"homeassistant/{kind}/x/config"
            for kind in "light switch cover climate fan lock valve vacuum siren number select sensor device device_tracker".split()
        ),
        "tasmota/discovery/AABBCCDDEEFF/config",
        "tasmota/discovery/AABBCCDDEEFF/sensors",
        "homeassistant/light/a/b/config",
        "homeassistant//config",
        "a/b",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TOPICS, _CONFIGS), min_size=1, max_size=4))
def test_announcements_of_any_shape(messages: list[tuple[str, dict[str, object]]]) -> None:
    TARGETS["discovery"](
        SEPARATOR.join(f"{topic}\n{json.dumps(config)}".encode("utf-8", "surrogatepass") for topic, config in messages)
    )


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_everything_else_of_any_bytes(data: bytes) -> None:
    for name in TARGETS.keys() - {"discovery"}:
        TARGETS[name](data)
