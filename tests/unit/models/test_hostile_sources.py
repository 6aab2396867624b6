"""Model files that lie: each is refused with a reason, and nothing is left where the model would have been."""

import dataclasses
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from appliance.errors import ModelError
from appliance.models import hf_source
from appliance.models.convert import Options, convert
from appliance.models.gguf_tokenizer import build_tokenizer
from appliance.models.hf_tokenizer import from_sentencepiece
from tests.unit.models import random_models as models
from tests.unit.models.gguf_files import ENCODERS, bpe_metadata, text, write_gguf
from tests.unit.models.test_gguf import parse

Stored = dict[str, tuple[str, tuple[int, ...], bytes]]
TOKENIZER = build_tokenizer(bpe_metadata(models.CONFIG.n_vocab), models.CONFIG.n_vocab)
ARRAYS = models.random_arrays(models.CONFIG)
ONE = np.float32(1).tobytes()
F16 = Options(embedding="f16")


def refused(source: Path, match: str, options: Options = F16) -> None:
    target = source.parent / "model"
    with pytest.raises(ModelError, match=match):
        convert(source, target, options)
    assert [path.name for path in source.parent.iterdir()] == [source.name]


# --- GGUF ----------------------------------------------------------------------------------------------


def write(
    path: Path, *more: tuple[str, tuple[int, ...], int, bytes], scale: float = 0.5, packing: str = "I2_S"
) -> Path:
    """A bitnet file with `more` tensors."""
    number, encode = ENCODERS[packing]
    tensors = []
    for name, array in ARRAYS.items():
        if models.is_matrix(name):
            tensors.append((models.gguf_name(name), array.shape, number, encode(array, scale)))
        else:
            tensors.append((models.gguf_name(name), array.shape, 0, array.astype("<f4").tobytes()))
    return write_gguf(path, models.gguf_metadata("bitnet", models.CONFIG), [*tensors, *more])


@pytest.mark.parametrize(
    ("more", "match"),
    [
        (("blk.00.attn_norm.weight", (256,), 0, bytes(1024)), "twice, by another name"),
        (("blk.000.attn_q.scale", (1,), 0, ONE), "twice, by another name"),
        (("blk.0.attn_norm.scale", (1,), 0, ONE), "only matrices have scales"),
        (("blk.1.attn_q.scale", (1,), 0, ONE), "but not the tensor"),
        (("blk.0.attn_k.scale", (2,), 0, 2 * ONE), "must be one number"),
        (("blk.0.attn_k.scale", (1,), 0, np.float32(np.nan).tobytes()), "no finite number"),
        (("blk.0.attn_k.scale", (1,), 0, np.float32(3e38).tobytes()), "no finite number"),
    ],
)
def test_tensors_that_say_too_much_are_refused(
    more: tuple[str, tuple[int, ...], int, bytes], match: str, tmp_path: Path
) -> None:
    refused(write(tmp_path / "a.gguf", ("blk.0.attn_q.scale", (1,), 0, ONE), more, scale=4.0), match)


def test_scales_of_blocks_must_stay_finite(tmp_path: Path) -> None:
    huge = ("blk.0.attn_q.scale", (1,), 0, np.float32(3e38).tobytes())
    refused(write(tmp_path / "a.gguf", huge, scale=4.0, packing="TQ2_0"), "product is no finite number")


def test_a_scale_beside_plain_numbers_is_refused(tmp_path: Path) -> None:
    metadata = models.gguf_metadata("bitnet", models.CONFIG)
    tensors: list[tuple[str, tuple[int, ...], int, bytes]] = [
        (models.gguf_name(name), array.shape, 0, array.astype("<f4").tobytes()) for name, array in ARRAYS.items()
    ]
    tensors.append(("blk.0.attn_q.scale", (1,), 0, ONE))
    refused(write_gguf(tmp_path / "a.gguf", metadata, tensors), "has a scale but is not ternary")


def test_the_items_of_all_arrays_are_counted_together() -> None:
    """Each array alone would be accepted; a file of 32 MB of them would take gigabytes as Python objects."""
    count = 3 << 18
    array = struct.pack("<IIQ", 9, 0, count) + bytes(count)
    metadata = b"".join(text(f"k{i}") + array for i in range(3))
    with pytest.raises(ModelError, match="more items in arrays"):
        parse(b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + metadata)


@pytest.mark.parametrize(
    ("metadata", "match"),
    [
        ({"bitnet.block_count": 1 << 24}, "16777216 layers; at most"),
        (
            {
                "bitnet.rope.scaling.type": "yarn",
                "bitnet.rope.scaling.factor": 2.0,
                "bitnet.attention.key_length": 1 << 20,
            },
            "dimensions are not",
        ),
        ({"bitnet.rope.freq_base": 1e38}, "rope_theta"),
        ({"bitnet.attention.layer_norm_rms_epsilon": 0.0}, "rms_norm_eps"),
        ({"tokenizer.ggml.model": "llama", "tokenizer.ggml.scores": ["x"] * models.CONFIG.n_vocab}, "score"),
        ({"tokenizer.ggml.model": "llama", "tokenizer.ggml.scores": [float("nan")] * models.CONFIG.n_vocab}, "score"),
    ],
)
def test_numbers_that_no_model_has_are_refused(metadata: dict[str, Any], match: str, tmp_path: Path) -> None:
    refused(
        models.write_as_gguf(tmp_path / "a.gguf", "bitnet", models.CONFIG, ARRAYS, "I2_S", metadata=metadata), match
    )


def test_a_piece_of_thousands_of_characters_is_refused() -> None:
    """Every place in it is one to cut it, which takes a time that grows with its square."""
    length = 100_000
    piece = b"\x0a\x04" + b"long" + b"\x18\x01"
    long = b"\x0a" + bytes([length & 127 | 128, length >> 7 & 127 | 128, length >> 14]) + b"a" * length
    unknown = b"\x0a\x05<unk>\x18\x02"

    def field(data: bytes) -> bytes:
        size, coded = len(data), b""
        while size > 127:
            coded, size = coded + bytes([size & 127 | 128]), size >> 7
        return b"\x0a" + coded + bytes([size]) + data

    assert from_sentencepiece(field(unknown) + field(piece))
    with pytest.raises(ModelError, match="100000 characters"):
        from_sentencepiece(field(unknown) + field(long))


# --- Hugging Face --------------------------------------------------------------------------------------


def write_hf(path: Path, change: Callable[[dict[str, Any], Stored], None], linear_class: str = "autobitlinear") -> Path:
    quantization = {"quant_method": "bitnet", "linear_class": linear_class}
    raw = models.hf_config(models.CONFIG, "bitnet", tie_word_embeddings=True, quantization_config=quantization)
    tensors = models.hf_tensors(ARRAYS, models.packed(models.SCALE))
    change(raw, tensors)
    tensors = dict(sorted(tensors.items(), key=lambda item: {"F32": 0, "BF16": 1, "U8": 2}[item[1][0]]))
    return models.write_as_hf(path, raw, tensors, TOKENIZER)


Q = "model.layers.0.self_attn.q_proj.weight"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda raw, _: raw.update(rms_norm_eps=10**400), "rms_norm_eps must be a number"),
        (lambda raw, _: raw.update(rope_theta=10**400), "rope_theta must be a number"),
        (lambda raw, _: raw.update(rope_scaling={"rope_type": "linear", "factor": 10**400}), "factor"),
        (lambda raw, _: raw.update(num_hidden_layers=600), "600 layers; at most"),
        (lambda raw, _: raw.update(max_position_embeddings=1 << 24), "max_context"),
        (lambda _, t: t.update({"model.layers.00.input_layernorm.weight": ("F32", (256,), bytes(1024))}), "twice, by another name"),
        (lambda _, t: t.update({"model.layers.0.self_attn.inner_attn_ln.weight": ("F32", (256,), bytes(1024))}), "twice, by another name"),
        (lambda _, t: t.update({"model.layers.0.input_layernorm.weight_scale": ("F32", (1,), ONE)}), "only matrices have scales"),
        (lambda _, t: t.update({"model.layers.3.mlp.up_proj.weight_scale": ("F32", (1,), ONE)}), "but not the tensor"),
        (lambda _, t: t.update({Q + "_scale": ("F32", (1,), np.float32(np.inf).tobytes())}), "no finite number"),
        (lambda _, t: t.update({Q + "_scale": ("F32", (1,), np.float32(-1).tobytes())}), "above 0"),
        (lambda _, t: t.update({Q + "_scale": ("F32", (2,), 2 * ONE)}), "one number"),
        (lambda _, t: t.update({Q: ("F32", (64, 256), bytes(64 * 256 * 4))}), "has a scale but is not packed"),
        (lambda _, t: t.update({Q: ("U8", (64, 256), b"\xff" * 64 * 256)}), "no ternary weight"),
    ],
)  # fmt: skip
def test_directories_that_lie_are_refused(
    change: Callable[[dict[str, Any], Stored], None], match: str, tmp_path: Path
) -> None:
    refused(write_hf(tmp_path / "hf", change), match)


def test_a_scale_that_cannot_be_inverted_is_refused(tmp_path: Path) -> None:
    tiny = np.float32(1e-42).tobytes()
    refused(
        write_hf(tmp_path / "hf", lambda _, t: t.update({Q + "_scale": ("F32", (1,), tiny)}), "bitlinear"), "too small"
    )


def test_a_vector_as_large_as_a_matrix_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hf_source, "_MOST_IN_VECTOR", 255)
    refused(write_hf(tmp_path / "hf", lambda _raw, _tensors: None), "256 numbers, where a vector")


def test_values_beyond_what_their_scales_can_hold_are_refused(tmp_path: Path) -> None:
    huge = np.full((models.CONFIG.n_vocab, models.CONFIG.d_model), 3e6, "<f4")

    def enlarge(_raw: dict[str, Any], tensors: Stored) -> None:
        tensors["model.embed_tokens.weight"] = ("F32", huge.shape, huge.tobytes())

    source = write_hf(tmp_path / "hf", enlarge)
    refused(source, "beyond float16", F16)
    for small in ("int8", "int4"):
        convert(source, tmp_path / small, Options(embedding=small))


def test_what_the_engine_refuses_is_not_left_as_a_model(tmp_path: Path) -> None:
    """An odd number of dimensions of a head cannot be rotated; no container forbids it."""
    config = dataclasses.replace(models.QWEN, head_dim=33, n_heads=4, n_kv_heads=2)
    arrays = models.random_arrays(config)
    refused(models.write_as_gguf(tmp_path / "a.gguf", "qwen3", config, arrays, "I2_S"), "needs an even one")
