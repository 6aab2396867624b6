"""The only module that names cffi's ``ffi`` and ``lib``: the functions of ``native/include/tern.h`` in Python types.

Handles are opaque and free what they own when the last reference to them goes: a session's handle keeps
its model's alive, a model's handle keeps the memory of its tensors. Every code that C returns is checked here and
becomes a typed error with C's message. The GIL is released while C runs.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from appliance.engine._native import ffi, lib
from appliance.engine.model_config import ModelConfig
from appliance.errors import CancelledError, ContextFullError, EngineError, ModelError

Handle: TypeAlias = Any
"""An opaque pointer that frees what it owns."""

Tokens: TypeAlias = Sequence[int] | npt.NDArray[np.integer[Any]]
"""Token ids; an int32 array is passed on without a copy."""

Logits: TypeAlias = npt.NDArray[np.float32]

_WHY_BYTES: Final = 512
_ERRORS: Final[dict[int, type[EngineError | ModelError]]] = {
    lib.TERN_E_MODEL: ModelError,
    lib.TERN_E_FULL: ContextFullError,
    lib.TERN_E_CANCELLED: CancelledError,
}


class Cpu(IntFlag):
    """Instruction sets beyond the portable reference kernels."""

    REFERENCE = 0
    AVX2 = lib.TERN_CPU_AVX2
    AVX_VNNI = lib.TERN_CPU_AVX_VNNI
    AVX512_VNNI = lib.TERN_CPU_AVX512_VNNI
    AVX512_VBMI = lib.TERN_CPU_AVX512_VBMI
    NEON = lib.TERN_CPU_NEON
    DOTPROD = lib.TERN_CPU_DOTPROD


class Dtype(IntEnum):
    """How the engine stores a tensor's elements."""

    F32 = lib.TERN_F32
    F16 = lib.TERN_F16
    BF16 = lib.TERN_BF16
    I8 = lib.TERN_I8
    I4 = lib.TERN_I4
    T2 = lib.TERN_T2
    T5 = lib.TERN_T5
    C2 = lib.TERN_C2
    T8 = lib.TERN_T8
    T1 = lib.TERN_T1


_PACKINGS: Final[dict[Dtype, tuple[Any, Any, Any]]] = {
    Dtype.T2: (lib.tern_pack_size, lib.tern_pack, lib.tern_unpack),
    Dtype.T5: (lib.tern_pack5_size, lib.tern_pack5, lib.tern_unpack5),
    Dtype.T8: (lib.tern_pack8_size, lib.tern_pack8, lib.tern_unpack8),
    Dtype.T1: (lib.tern_pack1_size, lib.tern_pack1, lib.tern_unpack1),
    Dtype.C2: (lib.tern_pack_columns_size, lib.tern_pack_columns, lib.tern_unpack_columns),
}
"""Of each ternary packing: the functions for its size, packing and unpacking."""

KV_TYPES: Final[dict[str, int]] = {"f16": lib.TERN_KV_F16, "int8": lib.TERN_KV_INT8}
_ACTIVATIONS: Final[dict[str, int]] = {"relu2": lib.TERN_ACT_RELU2, "silu": lib.TERN_ACT_SILU}


@dataclass(frozen=True, slots=True)
class NativeTensor:
    """A tensor as C takes it."""

    name: str
    """One of the names in ``tern.h``."""
    dtype: Dtype
    """Type of its elements."""
    shape: tuple[int, ...]
    """Of the unpacked tensor, outermost first; at most four dimensions."""
    data: memoryview
    """Its bytes; kept alive by the model's handle."""


def version() -> str:
    """Return the version of the native library."""
    return ffi.string(lib.tern_version()).decode()


def cpu_features() -> Cpu:
    """Return what this CPU has of the instruction sets with kernels of their own."""
    return Cpu(lib.tern_cpu_flags())


def packed_size(rows: int, cols: int, dtype: Dtype = Dtype.T2) -> int:
    """Return how many bytes `pack` makes of a matrix."""
    size = ffi.new("uint64_t *")
    _check(_call(_PACKINGS[dtype][0], rows, cols, size))
    return int(size[0])


def pack(codes: npt.NDArray[np.int8], dtype: Dtype = Dtype.T2) -> bytes:
    """Pack a matrix of -1, 0 and +1 for the kernels: at 2 bits a weight (T2, by columns C2), 5 for three (T5) or 8 for five (T8).

    One without zeros may be packed at one bit (T1).
    """
    contiguous = np.ascontiguousarray(codes)
    if contiguous.ndim != 2 or contiguous.dtype != np.int8 or contiguous.size == 0:
        raise EngineError(f"pack takes a filled int8 matrix, not {codes.dtype} of shape {codes.shape}")
    rows, cols = contiguous.shape
    packed = bytearray(packed_size(rows, cols, dtype))
    out = ffi.from_buffer("uint8_t[]", packed, require_writable=True)
    _check(_PACKINGS[dtype][1](ffi.from_buffer("int8_t[]", contiguous), rows, cols, out, len(packed)))
    return bytes(packed)


def unpack(packed: bytes | memoryview, rows: int, cols: int, dtype: Dtype = Dtype.T2) -> npt.NDArray[np.int8]:
    """Return the matrix [rows, cols] of -1, 0 and +1 that `pack` made `packed` of."""
    if len(packed) != packed_size(rows, cols, dtype):
        raise EngineError(f"{len(packed)} bytes are no packed matrix of {rows} x {cols}")
    codes = np.empty((rows, cols), np.int8)
    out = ffi.from_buffer("int8_t[]", codes, require_writable=True)
    _check(_PACKINGS[dtype][2](ffi.from_buffer("uint8_t[]", packed), rows, cols, out, codes.size))
    return codes


def read_bandwidth(data: memoryview | bytes, n_threads: int, n_passes: int = 5) -> float:
    """Return how many bytes a second `n_threads` threads read of `data`, which should be many times the caches."""
    speed = ffi.new("double *")
    _check(lib.tern_read_bandwidth(ffi.from_buffer("uint8_t[]", data), len(data), n_threads, n_passes, speed))
    return float(speed[0])


def content_is_valid(dtype: Dtype, data: memoryview | bytes) -> bool:
    """Tell whether `data`, whole elements of this type, holds valid ternary codes and finite numbers only."""
    return int(lib.tern_check_content(dtype, ffi.from_buffer("uint8_t[]", data), len(data))) == lib.TERN_OK


def model_open(
    config: ModelConfig, tensors: Sequence[NativeTensor], cpu: Cpu | None, *, checked: bool = False
) -> Handle:
    """Open a model over `tensors`, using of the CPU's instruction sets only those in `cpu` (None: all).

    `checked` says that `content_is_valid` held for the matrices, so that they need not be read now.
    """
    keep: list[object] = []
    array = ffi.new("tern_tensor[]", len(tensors))
    for slot, tensor in enumerate(tensors):
        name = ffi.new("char[]", tensor.name.encode("ascii"))
        data = ffi.from_buffer("uint8_t[]", tensor.data)
        keep += (name, data)
        native = array[slot]
        native.name, native.data, native.size = name, data, len(tensor.data)
        native.dtype, native.rank = tensor.dtype, len(tensor.shape)
        for axis, size in enumerate(tensor.shape):
            native.shape[axis] = size
    out, why = ffi.new("tern_model **"), ffi.new("char[]", _WHY_BYTES)
    mask = 0xFFFFFFFF if cpu is None else int(cpu)
    flags = lib.TERN_CHECKED if checked else 0
    code = lib.tern_model_open(out, _native_config(config), array, len(tensors), mask, flags, why, _WHY_BYTES)
    if code == lib.TERN_E_ARG:
        code = lib.TERN_E_MODEL
    _check(code, why)

    def close(model: Any, _memory: object = tuple(keep)) -> None:
        lib.tern_model_close(model)

    return ffi.gc(out[0], close)


def model_read_rows(model: Handle, descriptor: int, mapped: memoryview) -> None:
    """Let sessions read single rows of the vocabulary from a file, of which `mapped` is the whole mapping with the tensors in it."""
    _check(lib.tern_model_read_rows(model, descriptor, ffi.from_buffer("uint8_t[]", mapped), len(mapped)))


def model_shortlist(model: Handle, n_threads: int) -> None:
    """Make the coarse copy of the head by which sessions made after it shortlist all logits."""
    _check(_call(lib.tern_model_shortlist, model, n_threads))


def hold(mapped: memoryview, begin: int, end: int, descriptor: int) -> int:
    """Take bytes `begin` to `end` of a file, of which `mapped` is the whole mapping, into huge pages; return how many were."""
    held = ffi.new("uint64_t *")
    _check(_call(lib.tern_hold, ffi.from_buffer("uint8_t[]", mapped) + begin, end - begin, descriptor, begin, held))
    return int(held[0])


def offset(mapped: memoryview, part: memoryview) -> int:
    """Return where in `mapped` its view `part` begins."""
    first, here = (ffi.cast("uint8_t *", ffi.from_buffer("uint8_t[]", data)) for data in (mapped, part))
    return int(here - first)


def model_isa(model: Handle) -> str:
    """Return the name of the kernels that a model runs on."""
    return ffi.string(lib.tern_model_isa(model)).decode()


def session_create(model: Handle, n_ctx: int, n_threads: int, kv: str) -> Handle:
    """Create a session; `kv` is a key of `KV_TYPES`."""
    if kv not in KV_TYPES:
        raise EngineError(f"unknown type of KV cache {kv!r}; there are {', '.join(KV_TYPES)}")
    out, why = ffi.new("tern_session **"), ffi.new("char[]", _WHY_BYTES)
    _check(_call(lib.tern_session_create, out, model, n_ctx, n_threads, KV_TYPES[kv], why, _WHY_BYTES), why)

    def free(session: Any, _model: Handle = model) -> None:
        lib.tern_session_free(session)

    return ffi.gc(out[0], free)


def session_sync(session: Handle, tokens: Tokens) -> int:
    """Make the cache hold exactly `tokens`; return how many had to be evaluated."""
    ids = _ids(tokens)
    evaluated = ffi.new("uint32_t *")
    _check(lib.tern_session_sync(session, ids, len(ids), evaluated))
    return int(evaluated[0])


def session_append(session: Handle, tokens: Tokens) -> None:
    """Evaluate `tokens` after those in the cache."""
    ids = _ids(tokens)
    _check(lib.tern_session_append(session, ids, len(ids)))


def session_append_every(session: Handle, tokens: Tokens) -> None:
    """Evaluate a few `tokens` after those in the cache so that each can be selected."""
    ids = _ids(tokens)
    _check(lib.tern_session_append_every(session, ids, len(ids)))


def session_select(session: Handle, index: int) -> None:
    """Let the logits be those of token `index` of the last `session_append_every`."""
    _check(_call(lib.tern_session_select, session, index))


def session_length(session: Handle) -> int:
    """Return how many tokens the cache holds."""
    return lib.tern_session_length(session)


def session_tokens(session: Handle) -> npt.NDArray[np.int32]:
    """Return the tokens that the cache holds."""
    tokens = np.empty(session_length(session), dtype=np.int32)
    if tokens.size:
        _check(lib.tern_session_tokens(session, ffi.from_buffer("int32_t[]", tokens), tokens.size))
    return tokens


def session_truncate(session: Handle, length: int) -> None:
    """Drop all tokens from position `length` on."""
    _check(_call(lib.tern_session_truncate, session, length))


def session_logits(session: Handle, ids: Tokens | None, n_vocab: int) -> Logits:
    """Return the last token's logits for the rows `ids` of the head, or for all `n_vocab` rows."""
    rows = ffi.NULL if ids is None else _ids(ids)
    count = n_vocab if ids is None else len(rows)
    logits = np.empty(count, dtype=np.float32)
    if count:
        out = ffi.from_buffer("float[]", logits, require_writable=True)
        _check(lib.tern_session_logits(session, rows, count, out))
    return logits


def session_rows_read(session: Handle) -> int:
    """Return how many rows of the head the last logits took."""
    return lib.tern_session_rows_read(session)


@dataclass(frozen=True, slots=True)
class Zeros:
    """How much of one layer's feed-forward network was zero, since counting was switched on."""

    inputs: int
    """Of the down projection: its width for each token."""
    zeros: int
    """Of these, zero as the gate gives them."""
    zero_codes: int
    """Of these, zero after they were rounded to int8."""
    up_rows: int
    """Rows of the up projection that came up in decoding steps of squared-ReLU models."""
    up_skipped: int
    """Of these, not read."""
    down_columns: int
    """Columns of a down projection stored by columns that came up in decoding steps."""
    down_skipped: int
    """Of these, not read."""


def session_evict(session: Handle, keep: int, count: int) -> None:
    """Forget `count` tokens after the first `keep`, moving up those that follow."""
    _check(_call(lib.tern_session_evict, session, keep, count))


def session_count(session: Handle, on: bool) -> None:
    """Start counting zeros anew, or stop."""
    _check(lib.tern_session_count(session, int(on)))


def session_zeros(session: Handle, layer: int) -> Zeros:
    """Return what was counted in a layer."""
    counted = ffi.new("tern_zeros *")
    _check(_call(lib.tern_session_zeros, session, layer, counted))
    return Zeros(**{field: int(getattr(counted, field)) for field in Zeros.__slots__})


def prefix_size(session: Handle, length: int) -> int:
    """Return how many bytes saving the first `length` tokens takes."""
    size = ffi.new("uint64_t *")
    _check(_call(lib.tern_prefix_size, session, length, size))
    return int(size[0])


def prefix_save(session: Handle, key: bytes, length: int, out: mmap.mmap | bytearray) -> None:
    """Save the first `length` tokens with their keys and values, for models of this key, into `out`."""
    buffer = ffi.from_buffer("uint8_t[]", out, require_writable=True)
    with buffer:
        _check(_call(lib.tern_prefix_save, session, _key(key), length, buffer, len(buffer)))


def prefix_match(session: Handle, key: bytes, data: mmap.mmap | bytes, tokens: Tokens) -> int:
    """Return the number of tokens in a saved prefix if `tokens` begin with them and they fit, else 0.

    Also 0 for one of another model or type of cache; raises `ModelError` for what is no prefix, or a cut one.
    """
    ids, matched = _ids(tokens), ffi.new("uint32_t *")
    buffer = ffi.from_buffer("uint8_t[]", data)
    with buffer:
        code = lib.tern_prefix_match(session, _key(key), buffer, len(buffer), ids, len(ids), matched)
    if code != lib.TERN_E_KEY:
        _check(code)
    return int(matched[0])


def prefix_load(session: Handle, key: bytes, data: mmap.mmap | bytes) -> None:
    """Make the cache hold exactly a saved prefix; raises `ModelError` for a damaged one."""
    buffer, why = ffi.from_buffer("uint8_t[]", data), ffi.new("char[]", _WHY_BYTES)
    with buffer:
        _check(lib.tern_prefix_load(session, _key(key), buffer, len(buffer), why, _WHY_BYTES), why)


def session_cancel(session: Handle) -> None:
    """Stop the session's running evaluation, or its next one; from any thread."""
    lib.tern_session_cancel(session)


def _native_config(config: ModelConfig) -> Handle:
    return ffi.new(
        "tern_config *",
        {
            "n_layers": config.n_layers,
            "d_model": config.d_model,
            "d_ff": config.d_ff,
            "n_heads": config.n_heads,
            "n_kv_heads": config.n_kv_heads,
            "head_dim": config.head_dim,
            "n_vocab": config.n_vocab,
            "max_context": config.max_context,
            "activation": _ACTIVATIONS[config.activation],
            "sub_norms": int(config.sub_norms),
            "rope_theta": config.rope_theta,
            "norm_eps": config.norm_eps,
            "input_norms": int(config.input_norms),
            "qk_norms": int(config.qk_norms),
            "group_size": config.group_size,
            "rope_factors": int(config.rope_factors),
            "rope_amplitude": config.rope_amplitude,
            "sub_norm_eps": 0.0 if config.sub_norm_eps is None else config.sub_norm_eps,
        },
    )


def _key(key: bytes) -> Handle:
    if len(key) != lib.TERN_KEY_BYTES:
        raise EngineError(f"a model's digest has {lib.TERN_KEY_BYTES} bytes, not {len(key)}")
    return ffi.new("uint8_t[]", key)


def _ids(tokens: Tokens) -> Handle:
    """Return token ids as an int32 array of C; the range is C's to check, but it must not wrap on the way."""
    if isinstance(tokens, np.ndarray):
        if tokens.dtype == np.int32 and tokens.ndim == 1:
            return ffi.from_buffer("int32_t[]", np.ascontiguousarray(tokens))
        tokens = tokens.tolist()
    try:
        return ffi.new("int32_t[]", tokens if isinstance(tokens, list | tuple) else list(tokens))
    except (OverflowError, TypeError) as error:
        raise EngineError(f"token ids must be 32-bit integers: {error}") from error


def _call(function: Any, *arguments: object) -> int:
    """Call C with integers that may not fit its types, which is the caller's mistake and no crash."""
    try:
        return int(function(*arguments))
    except (OverflowError, TypeError) as error:
        raise EngineError(f"{function.__name__}: {error}") from error


def _check(code: int, why: Handle = None) -> None:
    """Raise the error that a negative code stands for, with C's own words where it left some."""
    if code >= 0:
        return
    message = ffi.string(why).decode("utf-8", "replace") if why is not None else ""
    general = ffi.string(lib.tern_error_string(code)).decode()
    raise _ERRORS.get(code, EngineError)(message or general)
