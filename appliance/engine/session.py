"""A session: one KV cache over a model, for one thread at a time."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from appliance.engine import binding, prefix
from appliance.engine.binding import Handle, Logits, Tokens, Zeros
from appliance.engine.model import Model
from appliance.errors import ContextFullError, EngineError


class Session:
    """Evaluates tokens and keeps what it knows of them; it is a context manager.

    Only :meth:`cancel` may be called while another thread is inside; any other call then raises `EngineError`.
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int | None = None,
        n_threads: int = 1,
        kv: Literal["f16", "int8"] = "f16",
    ) -> None:
        """Allocate a cache of `n_ctx` tokens (the model's most when None) and `n_threads` - 1 threads (1 to 64)."""
        self._n_ctx = model.config.max_context if n_ctx is None else n_ctx
        self._model = model
        self._n_vocab = model.config.n_vocab
        self._n_layers = model.config.n_layers
        self._digest = model.digest
        self._kv = kv
        self._turn = _Turn(binding.session_create(model.handle, self._n_ctx, n_threads, kv))

    @property
    def n_ctx(self) -> int:
        """How many tokens the cache can hold."""
        return self._n_ctx

    @property
    def length(self) -> int:
        """How many tokens the cache holds."""
        with self._turn as handle:
            return binding.session_length(handle)

    @property
    def tokens(self) -> npt.NDArray[np.int32]:
        """The tokens that the cache holds."""
        with self._turn as handle:
            return binding.session_tokens(handle)

    def sync(self, tokens: Tokens) -> int:
        """Make the cache hold exactly `tokens`; return how many were evaluated.

        What it holds already is kept as far as it is the same; at least the last token is evaluated when nothing else
        is, so that its logits are there. After an error the cache holds a prefix of `tokens`.
        """
        with self._turn as handle, _Room(tokens, self._n_ctx):
            return binding.session_sync(handle, tokens)

    def append(self, tokens: Tokens) -> None:
        """Evaluate `tokens` after those in the cache, in one batch."""
        with self._turn as handle, _Room(tokens, self._n_ctx):
            binding.session_append(handle, tokens)

    def append_every(self, tokens: Tokens) -> None:
        """Evaluate 1 to 64 `tokens` in one batch so that :meth:`select` can choose among them.

        For guesses that are to be checked, and texts that are to be rated. Without a choice :meth:`logits` speaks of the last.
        """
        with self._turn as handle, _Room(tokens, self._n_ctx):
            binding.session_append_every(handle, tokens)

    def select(self, index: int) -> None:
        """Let :meth:`logits` be those of token `index` of the last :meth:`append_every`, if nothing was evaluated or dropped since."""
        with self._turn as handle:
            binding.session_select(handle, index)

    def truncate(self, length: int) -> None:
        """Drop the tokens from position `length` on; the new last one has no logits until the next :meth:`sync`."""
        with self._turn as handle:
            binding.session_truncate(handle, length)

    def evict(self, keep: int, count: int) -> None:
        """Forget `count` tokens after the first `keep`, when the context is full, without evaluating the rest again.

        Those that follow move up. They still carry what they took from the forgotten ones: the logits after this
        are near those of evaluating what is left, not the same. At least the last token stays; `EngineError` otherwise.
        """
        with self._turn as handle:
            binding.session_evict(handle, keep, count)

    def logits(self, ids: Tokens | None = None) -> Logits:
        """Return the logits of the last token evaluated: of the tokens `ids`, in that order, or of all.

        Those of all are coarse where they cannot be the greatest, when the model has a shortlist.
        """
        with self._turn as handle:
            if ids is None:
                self._model.hold_head()
            return binding.session_logits(handle, ids, self._n_vocab)

    @property
    def rows_read(self) -> int:
        """How many rows of the head the last :meth:`logits` took: all, those of `ids`, or those on the shortlist."""
        with self._turn as handle:
            return binding.session_rows_read(handle)

    def count_zeros(self, on: bool = True) -> None:
        """Start counting anew how much of each feed-forward network is zero (or stop); see :meth:`zeros`."""
        with self._turn as handle:
            binding.session_count(handle, on)

    def zeros(self) -> tuple[Zeros, ...]:
        """Return what was counted since :meth:`count_zeros`, for each layer."""
        with self._turn as handle:
            return tuple(binding.session_zeros(handle, layer) for layer in range(self._n_layers))

    def save_prefix(self, directory: Path, *, length: int | None = None, limit: int = prefix.LIMIT) -> Path:
        """Save the first `length` tokens (all when None) with what the model made of them; return the file.

        The directory keeps at most `limit` such files, the one unused for longest goes first. Raises `EngineError` when
        nothing was evaluated or the file cannot be written.
        """
        with self._turn as handle:
            return prefix.save(handle, directory, self._digest, self._kv, length, limit)

    def load_prefix(self, directory: Path, tokens: Tokens) -> int:
        """Take over the longest saved prefix that `tokens` begin with; return its number of tokens.

        0 and an unchanged cache when there is none of this model and type of cache. :meth:`sync` then evaluates the rest. What the
        cache holds gives the same bits as evaluating the tokens would.
        """
        with self._turn as handle:
            return prefix.load(handle, directory, self._digest, tokens)

    def cancel(self) -> None:
        """Stop the evaluation that runs in another thread, or the next one; it raises `CancelledError`."""
        handle = self._turn.handle
        if handle is not None:
            binding.session_cancel(handle)

    def close(self) -> None:
        """Free the cache and the threads. Closing twice is fine."""
        if self._turn.handle is not None:
            with self._turn:
                self._turn.handle = None

    def __enter__(self) -> Self:
        """Return the session itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()


class _Turn:
    """Gives the handle to one thread at a time."""

    def __init__(self, handle: Handle) -> None:
        self.handle: Handle | None = handle
        """None: the session is closed."""
        self._busy = threading.Lock()

    def __enter__(self) -> Handle:
        if not self._busy.acquire(blocking=False):
            raise EngineError("the session is in use by another thread")
        if self.handle is None:
            self._busy.release()
            raise EngineError("the session is closed")
        return self.handle

    def __exit__(self, *_error: object) -> None:
        self._busy.release()


class _Room:
    """Adds the numbers to the engine's complaint that the context is full."""

    __slots__ = ("_more", "_n_ctx")

    def __init__(self, tokens: Tokens, n_ctx: int) -> None:
        self._more, self._n_ctx = tokens, n_ctx

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if isinstance(error, ContextFullError):
            raise ContextFullError(f"{error} ({len(self._more)} more tokens, room for {self._n_ctx} in all)") from error
