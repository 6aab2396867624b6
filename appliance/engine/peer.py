"""llama.cpp on a file of the same shape, for ``ternd bench --vs llama.cpp``.

Needs ``gguf`` and ``llama-cpp-python`` (the extra ``bench``); without a wheel for this machine pip builds the latter from
its source, which takes a quarter of an hour and a C++ compiler. A file of random blocks of the exact shape is written
and measured by this module in a process of its own: ``python -m appliance.engine.peer FILE --threads 2``.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib
import json
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from appliance.engine import in_turns
from appliance.engine.memory_bench import peak_mb
from appliance.engine.synthetic import Shape, matrix_shapes, norm_widths
from appliance.errors import TerndError

QUANTISATIONS: Final = ("TQ2_0", "TQ1_0")
"""What llama.cpp has for ternary weights: 2.06 and 1.69 bits a weight, decoded anew for every token."""

_CHUNK_BLOCKS: Final = 1 << 15
_NAMES: Final = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "o": "attn_output",
    "gate": "ffn_gate",
    "up": "ffn_up",
    "down": "ffn_down",
    "attn_norm": "attn_norm",
    "ffn_norm": "ffn_norm",
    "attn_sub_norm": "attn_sub_norm",
    "ffn_sub_norm": "ffn_sub_norm",
    "q_norm": "attn_q_norm",
    "k_norm": "attn_k_norm",
}


@dataclass(frozen=True, slots=True)
class PeerFigures:
    """What llama.cpp did; times in milliseconds, medians."""

    engine: str
    """Its name and version."""
    file: str
    """Of which types the file is."""
    file_mb: float
    """Size of the file, in 10⁶ bytes."""
    n_threads: int
    """Threads used."""
    decode_ms: float
    """One token with all rows of the head; it knows no other way."""
    prefill_ms: dict[int, float]
    """Tokens of a prompt → the time until its last logits are there."""
    peak_mb: float
    """Peak resident memory of its process, in 10⁶ bytes, with a context of `n_ctx`."""
    n_ctx: int
    """Tokens of its KV cache, in f16."""


def write_gguf(path: Path, shape: Shape, quantisation: str) -> None:
    """Write a GGUF file of random blocks of `shape`: `quantisation` (see `QUANTISATIONS`) and a Q6_K embedding, as published.

    Raises `TerndError` without the package ``gguf`` and for shapes whose rows llama.cpp cannot hold.
    """
    gguf = _import("gguf")
    config = shape.config
    if any(cols % 256 for _, cols in matrix_shapes(config).values()):
        raise TerndError(f"llama.cpp's ternary types take rows of a multiple of 256 columns; {shape.name} has others")
    arch = "bitnet" if config.sub_norms else "qwen3" if config.qk_norms else "llama"
    writer = gguf.GGUFWriter(path, arch)
    writer.add_context_length(config.max_context)
    writer.add_embedding_length(config.d_model)
    writer.add_block_count(config.n_layers)
    writer.add_feed_forward_length(config.d_ff)
    writer.add_head_count(config.n_heads)
    writer.add_head_count_kv(config.n_kv_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_rope_dimension_count(config.head_dim)
    writer.add_rope_freq_base(config.rope_theta)
    writer.add_layer_norm_rms_eps(config.norm_eps)
    writer.add_vocab_size(config.n_vocab)
    writer.add_tokenizer_model("no_vocab")
    types = gguf.GGMLQuantizationType
    ternary = types[quantisation]
    vocabulary = ternary if shape.vocabulary == "t2" else types.Q6_K
    tensors: list[tuple[str, tuple[int, ...], Any]] = [("token_embd", (config.n_vocab, config.d_model), vocabulary)]
    if shape.own_head:
        tensors.append(("output", (config.n_vocab, config.d_model), vocabulary))
    tensors.append(("output_norm", (config.d_model,), types.F32))
    for layer in range(config.n_layers):
        tensors += [(f"blk.{layer}.{_NAMES[name]}", size, ternary) for name, size in matrix_shapes(config).items()]
        tensors += [(f"blk.{layer}.{_NAMES[name]}", (width,), types.F32) for name, width in norm_widths(config).items()]
    for name, size, kind in tensors:
        per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        n_bytes = int(np.prod(size)) // per_block * block_bytes
        stored = size if kind == types.F32 else (*size[:-1], size[-1] // per_block * block_bytes)
        dtype = np.dtype(np.float32 if kind == types.F32 else np.uint8)
        writer.add_tensor_info(f"{name}.weight", stored, dtype, n_bytes, None if kind == types.F32 else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for _, size, kind in tensors:
        writer.write_tensor_data(_tensor(gguf, size, kind))
    writer.close()


def _tensor(gguf: Any, size: tuple[int, ...], kind: Any) -> npt.NDArray[Any]:
    """The data of one tensor: ones, or random blocks with a scale that keeps numbers finite."""
    if kind == gguf.GGMLQuantizationType.F32:
        return np.ones(size, np.float32)
    per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    n_blocks = int(np.prod(size)) // per_block
    random = np.random.default_rng(3)
    some = (
        np.frombuffer(random.bytes(min(n_blocks, _CHUNK_BLOCKS) * block_bytes), np.uint8)
        .reshape(-1, block_bytes)
        .copy()
    )
    scale = 1e-5 if kind == gguf.GGMLQuantizationType.Q6_K else 1.5 / size[-1] ** 0.5
    some[:, -2:] = np.array([scale], "<f2").view(np.uint8)
    return np.resize(some, (n_blocks, block_bytes)).reshape(-1)


class Peer:
    """A GGUF file in llama.cpp; `TerndError` without llama-cpp-python or when it does not take the file."""

    def __init__(self, path: Path, *, n_threads: int, n_ctx: int) -> None:
        self._cpp = cpp = _import("llama_cpp")
        cpp.llama_log_set(_QUIET, ctypes.c_void_p(0))
        cpp.llama_backend_init()
        model = cpp.llama_model_load_from_file(str(path).encode(), cpp.llama_model_default_params())
        if not model:
            raise TerndError(f"llama.cpp does not load {path}")
        settings = cpp.llama_context_default_params()
        settings.n_ctx = n_ctx
        settings.n_batch = settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = n_threads
        self._context = cpp.llama_init_from_model(model, settings)
        if not self._context:
            raise TerndError(f"llama.cpp makes no context of {n_ctx} tokens for {path}")
        self._n_vocab = cpp.llama_vocab_n_tokens(cpp.llama_model_get_vocab(model))
        self.name = f"llama.cpp (llama-cpp-python {cpp.__version__})"
        self.evaluate(16, anew=True)

    def evaluate(self, n: int, *, anew: bool) -> float:
        """Evaluate `n` tokens as one batch and all logits of the last, `anew` in an empty cache; return milliseconds."""
        cpp = self._cpp
        tokens = (ctypes.c_int32 * n)(*(i * 7919 % self._n_vocab for i in range(n)))
        if anew:
            cpp.llama_memory_clear(cpp.llama_get_memory(self._context), True)
        start = time.perf_counter()
        if cpp.llama_decode(self._context, cpp.llama_batch_get_one(tokens, n)) != 0:
            raise TerndError("llama.cpp failed to evaluate a batch")
        cpp.llama_get_logits(self._context)
        return 1000 * (time.perf_counter() - start)

    def turn(self, task: str, n: int) -> float:
        """A task of `in_turns`; all rows of the head under a grammar, too: it knows no other way."""
        return self.evaluate(n, anew=task == "prompt")


def measure(path: Path, *, n_threads: int, prompts: Sequence[int], n_decode: int, n_ctx: int) -> PeerFigures:
    """Measure llama.cpp on a GGUF file; `TerndError` without llama-cpp-python or when it does not take the file."""
    found = Peer(path, n_threads=n_threads, n_ctx=n_ctx)
    decode = statistics.median(found.evaluate(1, anew=False) for _ in range(n_decode))
    prefill = {n: min(found.evaluate(n, anew=True) for _ in range(2 if n < 256 else 1)) for n in prompts}
    return PeerFigures(
        engine=found.name,
        file=path.stem,
        file_mb=round(path.stat().st_size / 1e6, 1),
        n_threads=n_threads,
        decode_ms=decode,
        prefill_ms=prefill,
        peak_mb=peak_mb(),
        n_ctx=n_ctx,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure a file and print JSON; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m appliance.engine.peer", description=__doc__)
    parser.add_argument("file", type=Path, help="a GGUF file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompts", default="16,128,512", help="tokens of prompts (default: 16,128,512)")
    parser.add_argument("--tokens", type=int, default=20, help="tokens to decode (default: 20)")
    parser.add_argument("--context", type=int, default=2048, help="tokens of the KV cache (default: 2048)")
    parser.add_argument("--turns", action="store_true", help="do what the lines of standard input say")
    options = parser.parse_args(arguments)
    try:
        if options.turns:
            in_turns.serve(Peer(options.file, n_threads=options.threads, n_ctx=options.context).turn)
            return 0
        prompts = [int(n) for n in options.prompts.split(",")]
        figures = measure(
            options.file,
            n_threads=options.threads,
            prompts=prompts,
            n_decode=options.tokens,
            n_ctx=options.context,
        )
    except (TerndError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0


def _swallow(level: int, text: bytes, data: int) -> None:
    """Take llama.cpp's log, which is long."""


_QUIET: Final = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(_swallow)


def _import(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise TerndError(f"{name} is not installed: pip install 'ternd[bench]'") from error


if __name__ == "__main__":
    sys.exit(main())
