import dataclasses
import json
import os
import signal
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from appliance.engine import Model, ModelConfig, Session
from appliance.engine.binding import Dtype, pack
from appliance.engine.model_directory import WEIGHTS, read_directory
from appliance.errors import ModelError
from appliance.models import convert as convert_module
from appliance.models import gguf, source
from appliance.models.convert import Options, convert
from appliance.models.gguf_tokenizer import build_tokenizer
from tests.unit.models import random_models as models
from tests.unit.models.fuzz_conversion import run as run_fuzz
from tests.unit.models.gguf_files import ENCODERS, bpe_metadata, write_gguf

TOKENIZER = build_tokenizer(bpe_metadata(models.CONFIG.n_vocab), models.CONFIG.n_vocab)
F16 = Options(embedding="f16")
BITNET: dict[str, Any] = {"quant_method": "bitnet", "linear_class": "autobitlinear"}
PROMPT = [5, 7, 11, 13, 5]
ARRAYS = models.random_arrays(models.CONFIG)

Stored = dict[str, tuple[Dtype, tuple[int, ...], bytes]]


def stored(directory: Path) -> Stored:
    """What a model directory holds; the bytes of everything."""
    return {
        tensor.name: (tensor.dtype, tensor.shape, bytes(tensor.data)) for tensor in read_directory(directory).tensors
    }


def logits(directory: Path) -> npt.NDArray[np.float32]:
    with Model.open(directory) as model, Session(model, n_ctx=16) as session:
        session.sync(PROMPT)
        return session.logits()


def expect_exact(
    directory: Path, config: ModelConfig, arrays: dict[str, npt.NDArray[Any]], scale: float = models.SCALE
) -> None:
    """The directory holds exactly these weights."""
    opened = read_directory(directory)
    assert opened.config == config
    found = stored(directory)
    for name, array in arrays.items():
        dtype, shape, data = found.pop(name)
        assert shape == array.shape
        if models.is_matrix(name):
            assert dtype is Dtype.T2
            assert data == pack(array.astype(np.int8))
            assert found.pop(name + "_scale") == (Dtype.F32, (1,), np.float32(scale).tobytes())
        elif array.ndim == 1:
            assert (dtype, data) == (Dtype.F32, array.astype("<f4").tobytes())
        elif dtype is Dtype.BF16:
            assert data == models.bf16(array)
        else:
            assert (dtype, data) == (Dtype.F16, array.astype("<f2").tobytes())
    assert not found


@pytest.fixture(name="small_chunks", autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several chunks to a matrix."""
    monkeypatch.setattr(source, "CHUNK_WEIGHTS", 40_000)


@pytest.mark.parametrize("packing", [name for name in ENCODERS if name != "Q1_0"])
def test_every_packing_gives_exactly_the_same_model(packing: str, tmp_path: Path) -> None:
    arrays = models.random_arrays(models.CONFIG)
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet-b1.58", models.CONFIG, arrays, packing)
    convert(file, tmp_path / "model", F16)
    expect_exact(tmp_path / "model", models.CONFIG, arrays)
    assert np.isfinite(logits(tmp_path / "model")).all()


@pytest.mark.parametrize("own_head", [False, True])
def test_llama_rows_of_q_and_k_are_put_back_in_order(tmp_path: Path, own_head: bool) -> None:
    arrays = models.random_arrays(models.LLAMA, own_head=own_head)
    file = models.write_as_gguf(tmp_path / "a.gguf", "llama", models.LLAMA, arrays, "TQ1_0")
    convert(file, tmp_path / "model", F16)
    expect_exact(tmp_path / "model", models.LLAMA, arrays)


@pytest.mark.parametrize("packing", ["Q1_0", "PQ2_0", "Q2_0", "PTQ1_0"])
def test_qwen_with_groups_of_scales(packing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scales that differ from row to row: one for each group of the packing."""
    number, encode = ENCODERS[packing]
    group = 64 if packing == "Q2_0" else 128
    arrays = models.random_arrays(models.QWEN, zeros=packing != "Q1_0")
    tensors = []
    random = np.random.default_rng(9)
    scales: dict[str, npt.NDArray[np.float16]] = {}
    for name, array in arrays.items():
        if array.ndim == 1:
            tensors.append((models.gguf_name(name), array.shape, 0, array.astype("<f4").tobytes()))
            continue
        codes = np.where(array < 0, -1, 1).astype(np.int8) if name == "embed" else array
        arrays[name] = codes
        factors = random.uniform(0.01, 0.2, (len(codes), codes.shape[1] // group)).astype(np.float16)
        filled = bytearray(encode(codes, 1.0))
        blocks = np.frombuffer(filled, np.uint8).reshape(factors.size, -1)
        at = 26 if packing == "PTQ1_0" else 0
        blocks[:, at : at + 2] = factors.reshape(-1, 1).view(np.uint8)
        scales[name] = factors
        tensors.append((models.gguf_name(name), codes.shape, number, bytes(filled)))
    file = write_gguf(tmp_path / "a.gguf", models.gguf_metadata("qwen3", models.QWEN), tensors)
    convert(file, tmp_path / "model", Options())
    assert read_directory(tmp_path / "model").config == dataclasses.replace(models.QWEN, group_size=group)
    found = stored(tmp_path / "model")
    for name, factors in scales.items():
        kind = Dtype.T1 if packing == "Q1_0" and name != "embed" else Dtype.T2
        assert found[name] == (kind, arrays[name].shape, pack(arrays[name], kind))
        dtype, shape, data = found[name + "_scale"]
        assert (dtype, shape) == (Dtype.F16, (len(factors) // 4, factors.shape[1], 4))
        assert np.array_equal(np.frombuffer(data, "<f2").reshape(shape).swapaxes(1, 2).reshape(factors.shape), factors)
    wanted = logits(tmp_path / "model")
    assert np.isfinite(wanted).all()
    monkeypatch.setattr(convert_module, "_packing", lambda *_: Dtype.T2)
    convert(file, tmp_path / "ternary", Options())
    assert np.array_equal(logits(tmp_path / "ternary"), wanted)  # one bit or two: the same model


def test_blocks_of_zeros_have_no_scale_of_their_own(tmp_path: Path) -> None:
    """TQ2_0 writes the scale 0 for a block of zeros; the matrix still has one scale."""
    arrays = models.random_arrays(models.CONFIG)
    arrays["layers.0.q"][3] = 0
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet", models.CONFIG, arrays, "TQ2_0")
    data = bytearray(file.read_bytes())
    block = ENCODERS["TQ2_0"][1](np.zeros((1, 256), np.int8), models.SCALE)
    at = data.index(block)
    data[at + 64 : at + 66] = bytes(2)
    file.write_bytes(data)
    convert(file, tmp_path / "model", F16)
    expect_exact(tmp_path / "model", models.CONFIG, arrays)


@pytest.mark.parametrize(("linear_class", "scale"), [("autobitlinear", models.SCALE), ("bitlinear", 1 / models.SCALE)])
def test_packed_hugging_face_weights_in_both_conventions(linear_class: str, scale: float, tmp_path: Path) -> None:
    arrays = models.random_arrays(models.CONFIG)
    raw = models.hf_config(
        models.CONFIG, "bitnet", tie_word_embeddings=True, quantization_config=BITNET | {"linear_class": linear_class}
    )
    tensors = models.hf_tensors(arrays, models.packed(scale))
    directory = models.write_as_hf(tmp_path / "hf", raw, tensors, TOKENIZER)
    convert(directory, tmp_path / "model", F16)
    expect_exact(tmp_path / "model", models.CONFIG, arrays)


def test_norms_before_every_linear_layer(tmp_path: Path) -> None:
    config = dataclasses.replace(models.LLAMA, input_norms=True, sub_norms=True, sub_norm_eps=1e-6)
    arrays = models.random_arrays(config, own_head=True)
    raw = models.hf_config(config, "llama", quantization_config=BITNET | {"use_rms_norm": True})
    tensors = {
        name.replace("self_attn.attn_sub_norm", "self_attn.o_proj.rms_norm").replace(
            "mlp.ffn_sub_norm", "mlp.down_proj.rms_norm"
        ): tensor
        for name, tensor in models.hf_tensors(arrays, models.packed(models.SCALE)).items()
    }
    convert(models.write_as_hf(tmp_path / "hf", raw, tensors, TOKENIZER), tmp_path / "model", F16)
    expect_exact(tmp_path / "model", config, arrays)


@pytest.mark.parametrize("flag", [True, False])
def test_norms_that_do_not_fit_the_configuration_are_refused(flag: bool, tmp_path: Path) -> None:
    config = dataclasses.replace(models.LLAMA, input_norms=not flag)
    raw = models.hf_config(config, "llama", quantization_config=BITNET | {"use_rms_norm": flag})
    tensors = models.hf_tensors(models.random_arrays(config, own_head=True), models.packed(models.SCALE))
    with pytest.raises(ModelError, match="use_rms_norm"):
        convert(models.write_as_hf(tmp_path / "hf", raw, tensors, TOKENIZER), tmp_path / "model", F16)


def test_a_ternary_vocabulary_beside_layers_with_one_scale_becomes_plain(tmp_path: Path) -> None:
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet-b1.58", models.CONFIG, ARRAYS, "TQ2_0")
    header = gguf.parse(memoryview(file.read_bytes()), file.stat().st_size)
    embed = header.tensors["token_embd.weight"]
    codes = np.sign(ARRAYS["embed"]).astype(np.int8)
    scales = np.linspace(0.01, 0.1, len(codes)).astype(np.float16)
    packed = b"".join(ENCODERS["TQ2_0"][1](row[None], float(scale)) for row, scale in zip(codes, scales, strict=True))
    data = bytearray(file.read_bytes())
    data[embed.offset : embed.offset + len(packed)] = packed
    at = data.index(struct.pack("<IQ", 1, embed.offset - min(t.offset for t in header.tensors.values())))
    data[at : at + 4] = struct.pack("<I", 35)
    file.write_bytes(data)
    convert(file, tmp_path / "model", F16)
    dtype, shape, content = stored(tmp_path / "model")["embed"]
    assert (dtype, shape) == (Dtype.F16, codes.shape)
    assert np.array_equal(np.frombuffer(content, "<f2").reshape(shape), codes * scales[:, None])


def test_groups_in_plain_floats_are_found_in_vocabularies_too(tmp_path: Path) -> None:
    arrays = models.random_arrays(models.QWEN)
    random = np.random.default_rng(2)

    def grouped(codes: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        scales = random.integers(1, 64, (len(codes), codes.shape[1] // 128)) / 512
        values: npt.NDArray[np.float32] = (np.sign(codes) * np.repeat(scales, 128, axis=1)).astype(np.float32)
        return values

    raw = models.hf_config(models.QWEN, "qwen3", tie_word_embeddings=True)
    arrays["embed"] = grouped(arrays["embed"])
    tensors = models.hf_tensors(arrays, lambda codes: {"weight": ("BF16", codes.shape, models.bf16(grouped(codes)))})
    convert(models.write_as_hf(tmp_path / "hf", raw, tensors, TOKENIZER), tmp_path / "model", Options())
    opened = read_directory(tmp_path / "model")
    assert opened.config.group_size == 128
    kinds = {tensor.name: tensor.dtype for tensor in opened.tensors}
    assert (kinds["embed"], kinds["layers.0.q"]) == (Dtype.T2, Dtype.T2)
    assert np.isfinite(logits(tmp_path / "model")).all()


def test_shards_and_exact_floats(tmp_path: Path) -> None:
    arrays = models.random_arrays(models.LLAMA, own_head=True)
    raw = models.hf_config(models.LLAMA, "llama", rope_parameters={"rope_type": "default", "rope_theta": 5e5})
    tensors = models.hf_tensors(arrays, models.exact_floats)
    directory = models.write_as_hf(tmp_path / "hf", raw, {}, TOKENIZER)
    (directory / "model.safetensors").unlink()
    shards: dict[str, str] = {}
    names = list(tensors)
    for number, part in enumerate((names[:9], names[9:])):
        shard = f"model-{number}.safetensors"
        (directory / shard).write_bytes(models.safetensors_bytes({name: tensors[name] for name in part}))
        shards |= dict.fromkeys(part, shard)
    (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}), encoding="utf-8")
    convert(directory, tmp_path / "model", F16)
    expect_exact(tmp_path / "model", models.LLAMA, arrays)


def test_master_weights_are_rounded_as_in_training(tmp_path: Path) -> None:
    arrays = models.random_arrays(models.CONFIG)
    raw = models.hf_config(
        models.CONFIG, "bitnet", tie_word_embeddings=True, quantization_config=BITNET | {"quantization_mode": "online"}
    )
    tensors = models.hf_tensors(arrays, models.masters)
    convert(models.write_as_hf(tmp_path / "hf", raw, tensors, TOKENIZER), tmp_path / "model", F16)
    found = stored(tmp_path / "model")
    for name, codes in arrays.items():
        if models.is_matrix(name):
            assert found[name][2] == pack(codes)
            values = np.frombuffer(models.masters(codes)["weight"][2], "<f4")
            scale = np.frombuffer(found[name + "_scale"][2], "<f4")[0]
            assert scale == pytest.approx(models.mean_scale(values), rel=1e-6)


def test_plain_floats_are_no_ternary_model(tmp_path: Path) -> None:
    arrays = models.random_arrays(models.LLAMA, own_head=True)
    raw = models.hf_config(models.LLAMA, "llama")
    directory = models.write_as_hf(tmp_path / "hf", raw, models.hf_tensors(arrays, models.masters), TOKENIZER)
    with pytest.raises(ModelError, match="no ternary model"):
        convert(directory, tmp_path / "model", F16)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize(("precision", "tolerance"), [("int8", 0.006), ("int4", 0.11)])
def test_vocabularies_are_stored_as_precisely_as_asked_for(precision: Any, tolerance: float, tmp_path: Path) -> None:
    arrays = models.random_arrays(models.CONFIG)
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet-b1.58", models.CONFIG, arrays, "I2_S")
    convert(file, tmp_path / "exact", F16)
    convert(file, tmp_path / "model", Options(embedding="f16", head=precision))
    opened = {tensor.name: tensor for tensor in read_directory(tmp_path / "model").tensors}
    assert opened["embed"].dtype is Dtype.F16
    assert opened["head"].dtype is (Dtype.I8 if precision == "int8" else Dtype.I4)
    exact, rounded = logits(tmp_path / "exact"), logits(tmp_path / "model")
    assert 0 < np.abs(exact - rounded).max() < tolerance * np.abs(exact).max()


def test_other_packings_of_the_engine_compute_the_same_bits(tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    wanted = None
    for number, options in enumerate(
        (Options(), Options(packing="t8"), Options(down="columns"), Options(packing="t5", down="columns"))
    ):
        convert(file, tmp_path / str(number), options)
        found = logits(tmp_path / str(number))
        wanted = found if wanted is None else wanted
        assert np.array_equal(found, wanted)
    kinds = {tensor.name: tensor.dtype for tensor in read_directory(tmp_path / "3").tensors}
    assert (kinds["layers.0.up"], kinds["layers.0.down"]) == (Dtype.T5, Dtype.C2)


# --- refusals ------------------------------------------------------------------------------------------


def write_bitnet(path: Path, **changes: Any) -> Path:
    return models.write_as_gguf(path, "bitnet", models.CONFIG, ARRAYS, "I2_S", metadata=changes)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"general.architecture": "gemma"}, "'gemma' is not supported"),
        ({"bitnet.block_count": 2}, "layers.1.* is missing"),
        ({"bitnet.embedding_length": 255}, "by the model's configuration"),
        ({"bitnet.attention.value_length": 32}, "differ in width"),
        ({"bitnet.rope.dimension_count": 32}, "part of each head"),
        ({"bitnet.rope.scaling.type": "longrope", "bitnet.rope.scaling.factor": 4.0}, "longrope"),
        ({"bitnet.context_length": "x"}, "context_length"),
        ({"bitnet.attention.head_count": [4, 8]}, "same for all layers"),
        ({"tokenizer.ggml.model": "wpm"}, "--tokenizer"),
    ],
)
def test_what_cannot_be_loaded_is_refused_with_the_reason(changes: dict[str, Any], match: str, tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf", **changes)
    with pytest.raises(ModelError, match=match):
        convert(file, tmp_path / "model", F16)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gguf"]


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    other = tmp_path / "other.json"
    for content, match in (
        (build_tokenizer(bpe_metadata(400), 400), "do not belong together"),
        (b'{"model": {"type": "nonsense"}, "added_tokens": []}', "no tokenizer"),
    ):
        other.write_bytes(content)
        with pytest.raises(ModelError, match=match):
            convert(file, tmp_path / "model", Options(tokenizer=other))
    assert not (tmp_path / "model").exists()


def test_rows_of_absurd_length_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_AT_ONCE", 1000)
    with pytest.raises(ModelError, match="more than any model"):
        convert(write_bitnet(tmp_path / "a.gguf"), tmp_path / "model", F16)


def test_foreign_tensors_are_named(tmp_path: Path) -> None:
    metadata = models.gguf_metadata("bitnet", models.CONFIG)
    for name, match in (("blk.0.attn_q.bias", "biases"), ("blk.0.ffn_gate_exps.weight", "not supported")):
        file = write_gguf(
            tmp_path / "a.gguf", metadata, [("token_embd.weight", [4, 4], 0, bytes(64)), (name, [8], 0, bytes(32))]
        )
        with pytest.raises(ModelError, match=match):
            convert(file, tmp_path / "model", F16)


def test_a_weight_of_two_scales_is_refused(tmp_path: Path) -> None:
    arrays = models.random_arrays(models.CONFIG)
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet", models.CONFIG, arrays, "Q2_0")
    data = bytearray(file.read_bytes())
    weights = ENCODERS["Q2_0"][1](arrays["layers.0.q"], models.SCALE)
    data[data.index(weights) + 9] = 0xFF
    file.write_bytes(data)
    with pytest.raises(ModelError, match="2-bit tensor"):
        convert(file, tmp_path / "model", F16)


@pytest.mark.parametrize("cut", [0, 3, 100, 5000, -1])
def test_a_truncated_file_is_refused(cut: int, tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(ModelError):
        convert(file, tmp_path / "model", F16)
    assert not (tmp_path / "model").exists()


def test_what_is_no_model_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for name, match in (
        ("fifo", "no regular file"),
        ("absent", "No such file"),
        ("a.safetensors", "name the directory"),
    ):
        with pytest.raises(ModelError, match=match):
            convert(tmp_path / name, tmp_path / "model", F16)
    (tmp_path / "pickled").mkdir()
    (tmp_path / "pickled" / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "pickled" / "pytorch_model.bin").touch()
    with pytest.raises(ModelError, match="can run code"):
        convert(tmp_path / "pickled", tmp_path / "model", F16)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"model_type": "gpt2"}, "gpt2"),
        ({"hidden_act": "gelu"}, "gelu"),
        ({"attention_bias": True}, "attention_bias"),
        ({"hidden_size": "x"}, "hidden_size"),
        ({"rope_scaling": {"rope_type": "dynamic", "factor": 2.0}}, "dynamic"),
        ({"rope_theta": "x"}, "rope_theta"),
        ({"quantization_config": {"quant_method": "bitnet", "linear_class": "x"}}, "linear_class"),
        ({"tie_word_embeddings": False}, "lm_head"),
    ],
)
def test_unusable_hugging_face_configs_are_refused(changes: dict[str, Any], match: str, tmp_path: Path) -> None:
    raw = models.hf_config(models.CONFIG, "bitnet", tie_word_embeddings=True, quantization_config=BITNET)
    tensors = models.hf_tensors(models.random_arrays(models.CONFIG), models.packed(models.SCALE))
    directory = models.write_as_hf(tmp_path / "hf", raw | changes, tensors, TOKENIZER)
    with pytest.raises(ModelError, match=match):
        convert(directory, tmp_path / "model", F16)


# --- the new directory ---------------------------------------------------------------------------------


def test_an_interrupted_conversion_leaves_nothing(tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")

    def interrupt(done: int, total: int) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert(file, tmp_path / "model", F16, interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gguf"]


def test_the_new_model_is_looked_at_and_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[bool] = []
    opening = Model.open

    def watched(path: Path, *, verify: bool = True, hold: bool = True) -> Model:
        held.append(hold)
        return opening(path, verify=verify, hold=hold)

    monkeypatch.setattr(Model, "open", watched)
    convert(write_bitnet(tmp_path / "a.gguf"), tmp_path / "model", F16)
    assert held == [False]


def die_at_a_million(done: int, _total: int) -> None:
    if done > 4e5:
        os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_killed_conversion_left_is_cleared_away(tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    pid = os.fork()
    if not pid:
        convert(file, tmp_path / "model", F16, die_at_a_million)
    os.waitpid(pid, 0)
    assert not (tmp_path / "model").exists()
    convert(file, tmp_path / "model", F16)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gguf", "model"]


def test_a_model_is_replaced_only_when_asked(tmp_path: Path) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    progress: list[tuple[int, int]] = []
    result = convert(file, tmp_path / "model", F16, lambda done, total: progress.append((done, total)))
    assert progress[-1][0] == progress[-1][1]
    assert result.size == pytest.approx((tmp_path / "model" / WEIGHTS).stat().st_size, rel=0.1)
    with pytest.raises(ModelError, match="--replace"):
        convert(file, tmp_path / "model", F16)
    convert(file, tmp_path / "model", Options(replace=True))
    assert stored(tmp_path / "model")["embed"][0] is Dtype.I8


def test_who_finds_a_target_locked_leaves_the_lock(tmp_path: Path) -> None:
    """The second may not unlock the first, or a third would write over both."""
    file = write_bitnet(tmp_path / "a.gguf")
    tried: list[int] = []

    def meanwhile(_done: int, _total: int) -> None:
        if len(tried) < 3:
            with pytest.raises(ModelError, match="another process"):
                convert(file, tmp_path / "model", Options(replace=True))
            tried.append(1)

    convert(file, tmp_path / "model", F16, meanwhile)
    assert len(tried) == 3
    assert stored(tmp_path / "model")["embed"][0] is Dtype.F16
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.gguf", "model"]


def test_a_full_disk_is_told_before_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_bitnet(tmp_path / "a.gguf")
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _path: os.terminal_size((0, 0)) and type("Usage", (), {"free": 1 << 20})()
    )
    with pytest.raises(ModelError, match="are free"):
        convert(file, tmp_path / "model", F16)
    assert not (tmp_path / "model").exists()


def test_large_down_projections_of_squared_relu_are_stored_by_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same weights and the same bits, in another order."""
    arrays = models.random_arrays(models.CONFIG)
    file = models.write_as_gguf(tmp_path / "a.gguf", "bitnet-b1.58", models.CONFIG, arrays, "TQ2_0")
    convert(file, tmp_path / "rows", F16)
    monkeypatch.setattr("appliance.models.convert._LARGE", 1)
    convert(file, tmp_path / "columns", F16)
    down = np.ascontiguousarray(arrays["layers.0.down"].astype(np.int8))
    assert stored(tmp_path / "columns")["layers.0.down"] == (Dtype.C2, down.shape, pack(down, Dtype.C2))
    assert stored(tmp_path / "columns")["layers.0.up"] == stored(tmp_path / "rows")["layers.0.up"]
    assert np.array_equal(logits(tmp_path / "columns"), logits(tmp_path / "rows"))


def test_damaged_models_are_refused_and_leave_nothing() -> None:
    said: list[str] = []
    assert run_fuzz(1.5, 7, said.append) == 0, "\n".join(said)
