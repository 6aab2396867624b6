import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.engine import peer, shape_bench, shape_report
from appliance.engine.shape_bench import parse_threads
from appliance.engine.synthetic import SHAPES, Shape, find_shape, write_synthetic
from appliance.engine.variants import Variant, default_variants, parse_variants
from appliance.errors import EngineError, ModelError, TerndError
from tests.native.models import SMALL

TINY = Shape("tiny", "a tiny model", SMALL, "i8")
LLAMA_CPP = importlib.util.find_spec("llama_cpp") is not None and importlib.util.find_spec("gguf") is not None


def test_a_report_has_speeds_and_memory_of_every_variant(tmp_path: Path) -> None:
    report = shape_bench.measure(TINY, variants=[Variant("t8", "i4")], threads=[1], n_decode=2, folder=tmp_path)
    speed, mapped = report.speeds
    assert speed.held
    assert not mapped.held
    assert (speed.variant, speed.n_threads, set(speed.prefill_ms)) == ("t8+i4", 1, {16, 128})
    times = (speed.step_ms, speed.full_head_ms, speed.first_token_saved_ms)
    assert min(*times, report.bandwidth_gbs[1], speed.bandwidth_gbs, mapped.bandwidth_gbs) > 0
    assert min(speed.grammar_share, speed.full_share) > 0
    assert [memory.n_ctx for memory in report.memory] == [300, 300]
    text = shape_report.render(report)
    assert "tokens/s" in text
    assert "weights in huge pages instead of mapped" in text
    assert "a saved prefix: the first token after" in text
    assert "8 right guesses make these tokens" in text
    assert not list(tmp_path.iterdir())
    json.dumps(shape_report.as_json(report))


def test_a_shortlist_is_a_variant_that_is_no_full_head(tmp_path: Path) -> None:
    variants = [Variant("t8", "i4"), Variant("t8", "i4", short=True)]
    report = shape_bench.measure(TINY, variants=variants, threads=[1], n_decode=2, folder=tmp_path)
    whole, mapped, short = report.speeds
    assert (whole.variant, short.variant) == ("t8+i4", "t8+i4+short")
    assert short.is_short
    assert not whole.is_short
    assert {memory.what.split()[0] for memory in report.memory} == {"full", "short", "grammar"}
    figures = peer.PeerFigures("llama.cpp", "TQ2_0", 1.0, 1, decode_ms=1e6, prefill_ms={}, peak_mb=1.0, n_ctx=300)
    text = shape_report.render(replace(report, peers=(figures,)))
    assert f"free text: {1e6 / min(whole.full_ms, mapped.full_ms):.2f} times" in text
    assert f"free text with a shortlist: {1e6 / short.full_ms:.2f} times" in text
    assert "a shortlist for t8+i4: " in text


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_makes_a_model_of_one_layer_that_runs(name: str, tmp_path: Path) -> None:
    shape = find_shape(name)
    small = replace(shape, config=replace(shape.config, n_vocab=256))
    write_synthetic(tmp_path / "model", small, layers=1)
    figures = shape_bench.measure_speed(tmp_path / "model", None, 1, 1, hold=True, short=False)
    assert figures["ternary_mb"] > 5


def test_dense_packings_hold_no_scales_of_groups(tmp_path: Path) -> None:
    for packing in ("t5", "t8"):
        with pytest.raises(ModelError, match="only t2 and t1"):
            write_synthetic(tmp_path / "model", find_shape("bonsai-1.7b"), packing=packing, layers=1)
    with pytest.raises(ModelError, match="t1 needs them"):
        write_synthetic(tmp_path / "model", find_shape("2b-4t"), packing="t1", layers=1)
    assert default_variants(find_shape("bonsai-1.7b")) == [Variant("t2", "t2"), Variant("t1", "t2")]


def test_one_bit_takes_half_the_bytes(tmp_path: Path) -> None:
    shape = find_shape("bonsai-1.7b")
    small = replace(shape, config=replace(shape.config, n_vocab=256))
    read = {}
    for packing in ("t2", "t1"):
        write_synthetic(tmp_path / packing, small, packing=packing, layers=1)
        read[packing] = shape_bench.measure_speed(tmp_path / packing, None, 1, 1, hold=False, short=False)["ternary_mb"]
    assert read["t2"] == pytest.approx(2 * (read["t2"] - read["t1"]) * 17 / 16)  # a scale of 16 bits for 128 weights


def test_arguments() -> None:
    assert parse_variants("t2+i8,t5+i4") == [Variant("t2", "i8"), Variant("t5", "i4")]
    assert parse_variants("t8c+i4+short") == [Variant("t8c", "i4", short=True)]
    assert parse_threads("4,1,4") == [1, 4]
    for wrong in ("t3+i8", "t2", "t2+f16", ""):
        with pytest.raises(EngineError, match="no variant"):
            parse_variants(wrong)
    for wrong in ("0", "65", "a", "1,,2", "-1", "²"):
        with pytest.raises(EngineError, match="numbers of threads"):
            parse_threads(wrong)
    with pytest.raises(ModelError, match="2b-4t"):
        find_shape("3b")


def test_a_failed_measurement_says_why(tmp_path: Path) -> None:
    with pytest.raises(TerndError, match="manifest"):
        shape_bench._child(str(tmp_path))
    with pytest.raises(TerndError, match="manifest"):
        shape_bench._child(str(tmp_path), "1", "full", module="appliance.engine.memory_bench")
    with pytest.raises(TerndError, match="no head"):
        shape_bench._child(str(tmp_path), "1", "half", module="appliance.engine.memory_bench")


@pytest.mark.skipif(not LLAMA_CPP, reason="the extra bench is not installed")
def test_the_peer_runs_a_file_of_the_same_shape(tmp_path: Path) -> None:
    config = replace(SMALL, d_model=256, d_ff=512, n_heads=4, n_kv_heads=2, head_dim=64)
    path = tmp_path / "TQ2_0.gguf"
    peer.write_gguf(path, replace(TINY, config=config), "TQ2_0")
    figures = peer.measure(path, n_threads=1, prompts=[16], n_decode=2, n_ctx=64)
    assert figures.file == "TQ2_0"
    assert min(figures.decode_ms, figures.prefill_ms[16], figures.peak_mb) > 0
    with pytest.raises(TerndError, match="256"):
        peer.write_gguf(path, TINY, "TQ2_0")
