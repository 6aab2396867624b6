"""Models made to break the engine: the format of a seed, what is done with one, and the seeds themselves.

A seed is one file: four bytes, little-endian, with the length of a ``config.json``, that file, and the rest is a
``model.safetensors``. Run ``python -m tests.native.hostile_models`` to write the corpus anew.
"""

import json
import re
import struct
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from appliance.engine import Session, binding
from appliance.engine.binding import Dtype
from appliance.engine.model import Model
from appliance.engine.model_config import ModelConfig, parse_config
from appliance.engine.model_directory import CONFIG, WEIGHTS, Int4Rows, Ternary, parse_weights, write_model
from appliance.errors import EngineError, ModelError
from tests.native.models import RICH, TINY, TOKENIZER, random_weights, write_random

CORPUS = Path(__file__).parent / "corpus"

Header = dict[str, Any]


def join(config: bytes, weights: bytes) -> bytes:
    """Return a seed."""
    return struct.pack("<I", len(config)) + config + weights


def split(seed: bytes) -> tuple[bytes, bytes]:
    """Return the two files of a seed, whatever its bytes are."""
    length = int.from_bytes(seed[:4], "little")
    return seed[4 : 4 + length], seed[4 + length :]


def evaluate(seed: bytes) -> None:
    """Open a seed as a model and evaluate a few tokens; raises `ModelError` or `EngineError` where it is unsound."""
    config_file, weights_file = split(seed)
    config = parse_config(config_file)
    tensors = parse_weights(memoryview(weights_file))
    with Model(binding.model_open(config, tensors, None), config, Path()) as model:
        n_ctx = min(4, config.max_context)
        with Session(model, n_ctx=n_ctx) as session:
            session.sync([min(3, config.n_vocab - 1), 0][:n_ctx])
            logits = session.logits([0, config.n_vocab - 1])
            if not np.isfinite(logits).all():
                raise EngineError("the logits are not finite")


def survives(seed: bytes) -> bool:
    """Evaluate a seed and tell whether it was a sound model; anything but the two errors escapes."""
    try:
        evaluate(seed)
    except (ModelError, EngineError):
        return False
    return True


def valid_seed(*, int8_embedding: bool = False) -> bytes:
    """Return the tiny model as a seed."""
    with tempfile.TemporaryDirectory() as name:
        directory = write_random(Path(name), TINY, int8_embedding=int8_embedding)
        return join((directory / CONFIG).read_bytes(), (directory / WEIGHTS).read_bytes())


def rich_seed(config: ModelConfig = RICH) -> bytes:
    """Return a small model with a head of 4 bits: of groups and norms of heads, or of other packings without groups."""
    weights = random_weights(config)
    codes = np.arange(config.n_vocab * config.d_model).reshape(config.n_vocab, -1) % 16 - 8
    weights["head"] = Int4Rows(
        codes.astype(np.int8),
        np.full((config.n_vocab, 4), 127, np.int8),
        np.full(config.n_vocab, 0.1 / 127, np.float32),
    )
    for name, packing in {"layers.0.up": Dtype.T5, "layers.0.o": Dtype.T8, "layers.0.down": Dtype.C2}.items():
        weight = weights[name]
        if isinstance(weight, Ternary):
            weights[name] = Ternary(weight.codes, weight.scale, packing)
    with tempfile.TemporaryDirectory() as name:
        write_model(Path(name), config, weights, TOKENIZER)
        return join((Path(name) / CONFIG).read_bytes(), (Path(name) / WEIGHTS).read_bytes())


def valid_seeds() -> dict[str, bytes]:
    """Return every sound seed by its name."""
    return {
        "f32": valid_seed(),
        "int8": valid_seed(int8_embedding=True),
        "rich": rich_seed(),
        "packings": rich_seed(TINY),
    }


def with_header(seed: bytes, change: Callable[[Header], None]) -> bytes:
    """Return a seed whose safetensors header was changed."""
    config, weights = split(seed)
    length = int.from_bytes(weights[:8], "little")
    header = json.loads(weights[8 : 8 + length])
    change(header)
    return join(config, _padded(json.dumps(header, separators=(",", ":")), length) + weights[8 + length :])


def with_text(seed: bytes, old: str, new: str) -> bytes:
    """Return a seed whose safetensors header has other text in one place."""
    config, weights = split(seed)
    length = int.from_bytes(weights[:8], "little")
    text = weights[8 : 8 + length].decode()
    if old not in text:
        raise ValueError(f"{old} is not in the header")
    return join(config, _padded(text.replace(old, new, 1), length) + weights[8 + length :])


def _padded(text: str, length: int) -> bytes:
    """Return a header with its length before it, filled up with blanks so that the data stay aligned."""
    filled = text.rstrip().encode().ljust(length)
    filled += b" " * (-(len(filled) + 8) % 64)
    return len(filled).to_bytes(8, "little") + filled


def with_config(seed: bytes, **changes: Any) -> bytes:
    """Return a seed with other values in its configuration."""
    config, weights = split(seed)
    return join(json.dumps(json.loads(config) | changes).encode(), weights)


def with_data(seed: bytes, tensor: str, data: bytes) -> bytes:
    """Return a seed in which a tensor begins with other bytes."""
    config, weights = split(seed)
    length = int.from_bytes(weights[:8], "little")
    begin = 8 + length + json.loads(weights[8 : 8 + length])[tensor]["data_offsets"][0]
    return join(config, weights[:begin] + data + weights[begin + len(data) :])


def _swap(header: Header, one: str, other: str) -> None:
    header[one], header[other] = header[other], header[one]


def _add_empty(header: Header, name: str) -> None:
    end = max(entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__")
    header[name] = {"dtype": "F32", "shape": [0], "data_offsets": [end, end]}


def _update(header: Header, tensor: str, **values: Any) -> None:
    header[tensor].update(values)


def hostile_seeds() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of seeds that must be refused, one for each thing that can be wrong."""
    good = valid_seed()
    config, weights = split(good)
    length = int.from_bytes(weights[:8], "little")

    yield "empty", b""
    yield "no-weights", join(config, b"")
    yield "header-length-huge", join(config, b"\xff" * 8 + weights[8:])
    yield "header-length-past-end", join(config, len(weights).to_bytes(8, "little") + weights[8:])
    yield "header-length-short", join(config, (length - 70).to_bytes(8, "little") + weights[8:])
    yield "header-cut", join(config, weights[: 8 + length // 2])
    yield "data-cut", join(config, weights[:-1])
    yield "data-too-long", join(config, weights + bytes(4))
    yield "header-deeply-nested", join(config, (20_000).to_bytes(8, "little") + b'{"a":' + b"[" * 19_995)
    yield from _bad_headers(good)
    yield from _bad_data(good)
    yield from _bad_configurations(good)
    yield from _bad_variants(rich_seed(), rich_seed(TINY))


def _bad_variants(rich: bytes, packings: bytes) -> Iterator[tuple[str, bytes]]:
    own = json.loads(split(rich)[0])["ternd"]
    bad_values: dict[str, list[Any]] = {
        "group_size": [1, 32, 256.0, -64, "64", True, None],
        "rope_amplitude": [0, -1.0, 1e9, "1", True],
        "sub_norm_eps": [0, 1.0, -1e-5, "1e-5"],
        "qk_norms": [1, "yes", None],
        "input_norms": [True, 0],
        "rope_factors": [False, 1],
    }
    for name, values in bad_values.items():
        for number, bad in enumerate(values):
            yield f"variant-{name}-{number}", with_config(rich, ternd=own | {name: bad})
    yield "variant-other-group", with_config(rich, ternd=own | {"group_size": 0})
    gate, head, factors = "layers.0.gate", "head", "rope_factors"
    half, single = struct.Struct("<e").pack, struct.Struct("<f").pack
    yield "group-scale-nan", with_data(rich, gate + "_scale", half(np.nan))
    yield "group-scale-infinite", with_data(rich, head + "_scale", single(np.inf))
    yield "group-scale-flat", with_header(rich, lambda h: _update(h, gate + "_scale", shape=[12]))
    yield "group-scale-missing", with_header(rich, lambda h: h.update({"x": h.pop(gate + "_scale")}))
    yield "group-code-of-3", with_data(rich, gate, b"\xff")
    yield "head-norm-missing", with_header(rich, lambda h: h.update({"x": h.pop("layers.0.q_norm")}))
    yield "rope-factor-zero", with_data(rich, factors, single(0.0))
    yield "rope-factor-negative", with_data(rich, factors, single(-1.0))
    yield "rope-factor-nan", with_data(rich, factors, single(np.nan))
    yield "rope-factors-missing", with_header(rich, lambda h: h.update({"x": h.pop(factors)}))
    yield "int4-as-ternary", with_text(rich, '"q4.head"', '"t2.head"')
    yield "int4-of-old", with_text(rich, '"q4.head"', '"i4.head"')
    yield "int4-shape-other", with_text(rich, '"q4.head":"12x8"', '"q4.head":"8x12"')
    yield "packed-twice", with_text(packings, '"c2.layers.0.down"', '"t2.layers.0.up"')
    yield "columns-of-a-gate", with_text(packings, '"t2.layers.0.gate"', '"c2.layers.0.gate"')
    yield "columns-code-of-3", with_data(packings, "layers.0.down", b"\xff")
    yield "columns-as-rows", with_text(packings, '"c2.layers.0.down"', '"t2.layers.0.down"')
    yield "eight-bits-of-no-five", with_data(packings, "layers.0.o", b"\x01")
    yield "eight-bits-as-five", with_text(packings, '"t8.layers.0.o"', '"t5.layers.0.o"')
    yield "five-bits-as-two", with_text(packings, '"t5.layers.0.up"', '"t2.layers.0.up"')


def _bad_headers(good: bytes) -> Iterator[tuple[str, bytes]]:
    gate, embed, norm = "layers.0.gate", "embed", "final_norm"
    yield "duplicate-key", with_text(good, '"final_norm":', '"embed":')
    yield "offset-past-end", with_header(good, lambda h: _update(h, norm, data_offsets=[1 << 40, (1 << 40) + 32]))
    yield "offset-negative", with_header(good, lambda h: _update(h, norm, data_offsets=[-32, 0]))
    yield "offset-reversed", with_header(good, lambda h: h[norm]["data_offsets"].reverse())
    yield "overlap", with_header(good, lambda h: _update(h, "layers.0.attn_norm", data_offsets=h[norm]["data_offsets"]))
    yield "shape-overflow", with_header(good, lambda h: _update(h, embed, shape=[1 << 32, 1 << 32]))
    yield "shape-other", with_header(good, lambda h: _update(h, embed, shape=h[embed]["shape"][::-1]))
    yield "shape-flat", with_header(good, lambda h: _update(h, embed, shape=[TINY.n_vocab * TINY.d_model]))
    yield "shape-float", with_text(good, '"shape":[12,8]', '"shape":[12.,8]')
    yield "dtype-unknown", with_header(good, lambda h: _update(h, norm, dtype="F64"))
    yield "dtype-half", with_header(good, lambda h: _update(h, norm, dtype="F16", shape=[2 * TINY.d_model]))
    yield "dtype-swapped", with_header(good, lambda h: _update(h, gate, dtype="I8"))
    yield "names-swapped", with_header(good, lambda h: _swap(h, gate, "layers.0.q"))
    yield "name-missing", with_header(good, lambda h: h.update({"layers.0.norm": h.pop("layers.0.ffn_norm")}))
    yield "name-of-layer-9", with_header(good, lambda h: h.update({"layers.9.attn_norm": h.pop("layers.0.attn_norm")}))
    yield "name-with-format", with_header(good, lambda h: _add_empty(h, "%n%s%n"))
    yield "scale-missing", with_header(good, lambda h: h.update({"x": h.pop(gate + "_scale")}))
    yield "packed-shape-missing", with_header(good, lambda h: h["__metadata__"].pop("t2.layers.0.gate"))
    yield "packed-shape-other", with_text(good, '"t2.layers.0.gate":"10x8"', '"t2.layers.0.gate":"8x10"')
    yield "packed-shape-huge", with_text(good, '"10x8"', '"999999999999x999999999999"')
    yield "packed-shape-signed", with_text(good, '"10x8"', '"-10x-8"')
    yield "packed-shape-zero", with_text(good, '"10x8"', '"0x8"')


def _bad_data(good: bytes) -> Iterator[tuple[str, bytes]]:
    gate, embed, norm = "layers.0.gate", "embed", "final_norm"
    f32 = struct.Struct("<f").pack
    yield "scale-nan", with_data(good, gate + "_scale", f32(np.nan))
    yield "scale-infinite", with_data(good, gate + "_scale", f32(np.inf))
    yield "norm-nan", with_data(good, norm, f32(np.nan))
    yield "embed-nan", with_data(good, embed, f32(np.nan))
    yield "code-of-3", with_data(good, gate, b"\xff")
    rows = valid_seed(int8_embedding=True)
    yield "row-scale-nan", with_data(rows, "embed_scale", f32(np.nan))
    yield "row-scale-short", with_header(rows, lambda h: _swap(h, "embed_scale", norm))


def _bad_configurations(good: bytes) -> Iterator[tuple[str, bytes]]:
    config, weights = split(good)
    yield "config-layers-huge", with_config(good, num_hidden_layers=1 << 24)
    yield "config-wide", with_config(good, hidden_size=1 << 24, num_attention_heads=1 << 23)
    yield "config-vocab-huge", with_config(good, vocab_size=1 << 24)
    yield "config-heads-odd", with_config(good, num_attention_heads=3)
    yield "config-kv-heads", with_config(good, num_key_value_heads=2)
    yield "config-head-dim-odd", with_config(good, head_dim=3)
    yield "config-ffn", with_config(good, intermediate_size=11)
    yield "config-no-sub-norms", with_config(good, ternd={"packing": "t2/1", "sub_norms": False})
    yield "config-eps-nan", join(re.sub(rb'"rms_norm_eps": [^,]*', b'"rms_norm_eps": NaN', config), weights)
    yield "config-float", with_config(good, hidden_size=8.0)


def main() -> None:
    """Write the corpus."""
    CORPUS.mkdir(exist_ok=True)
    for old in CORPUS.glob("*.seed"):
        old.unlink()
    for name, seed in valid_seeds().items():
        (CORPUS / f"valid-{name}.seed").write_bytes(seed)
    for name, seed in hostile_seeds():
        (CORPUS / f"hostile-{name}.seed").write_bytes(seed)


if __name__ == "__main__":
    main()
