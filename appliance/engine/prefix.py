"""Saved prefixes of prompts: what a model made of tokens that every prompt begins with, kept in files.

A directory holds at most so many of them; the one that was not used for longest goes first. A file belongs to one
model (by its digest) and one type of cache. Files are a cache: what is damaged is deleted, what does not fit is left alone.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from appliance.engine import binding
from appliance.engine.binding import Handle, Tokens
from appliance.errors import EngineError, ModelError

SUFFIX: Final = ".prefix"
_PART: Final = ".part"
_PART_S: Final = 3600.0
"""A file that is being written for so long is not written any more."""
LIMIT: Final = 8
"""Files kept in a directory unless the caller says otherwise."""


def save(session: Handle, directory: Path, key: bytes, kind: str, length: int | None, limit: int) -> Path:
    """Write the session's first `length` tokens and return the file; raises `EngineError` when it cannot be written."""
    tokens = binding.session_tokens(session)[:length]
    if not tokens.size or (length is not None and tokens.size != length):
        raise EngineError(f"a prefix of {length} tokens cannot be saved: the session holds {tokens.size}")
    size = binding.prefix_size(session, tokens.size)
    name = hashlib.sha256(key + kind.encode() + tokens.tobytes()).hexdigest()[:40]
    target = directory / (name + SUFFIX)
    part = None
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(
            _PART, dir=directory
        )  # a file of one's own: nobody cuts it while it is mapped
        part = Path(made)
        try:
            os.posix_fallocate(descriptor, 0, size)  # a full disk shows here, not while the mapping is written
            with mmap.mmap(descriptor, size) as memory:
                binding.prefix_save(session, key, tokens.size, memory)
        finally:
            os.close(descriptor)
        part.replace(target)
        _drop_oldest(directory, max(1, limit))
    except OSError as error:
        raise EngineError(f"the prefix cannot be saved in {directory}: {error.strerror}") from error
    finally:
        if part is not None:
            _delete(part)
    return target


def load(session: Handle, directory: Path, key: bytes, tokens: Tokens) -> int:
    """Load the longest saved prefix that `tokens` begin with; return its number of tokens, 0 when there is none."""
    best, length = None, 0
    for path in _files(directory):
        with _mapped(path) as data:
            if data is None:
                continue
            try:
                matched = binding.prefix_match(session, key, data, tokens)
            except ModelError:
                _delete(path)
                continue
            if matched > length:
                best, length = path, matched
    if best is None:
        return 0
    with _mapped(best) as data:
        if data is None:
            return 0
        try:
            binding.prefix_load(session, key, data)
        except ModelError:
            _delete(best)
            return 0
    with suppress(OSError):
        os.utime(best)
    return length


def _files(directory: Path) -> list[Path]:
    """Return the prefixes in a directory, the one used last first."""
    try:
        used = {path: path.stat(follow_symlinks=False).st_mtime_ns for path in directory.glob("*" + SUFFIX)}
    except OSError:
        return []  # not there, or changed while it was read: a cache may be missed
    return sorted(used, key=lambda path: used[path], reverse=True)


def _drop_oldest(directory: Path, limit: int) -> None:
    for path in _files(directory)[limit:]:
        _delete(path)
    for path in directory.glob("*" + _PART):
        with suppress(OSError):
            if time.time() - path.stat(follow_symlinks=False).st_mtime > _PART_S:
                _delete(path)  # of a process that was killed


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap | None]:
    """Map a regular file for reading; None for whatever cannot be mapped."""
    memory = None
    with suppress(OSError, ValueError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                memory = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(descriptor)
    try:
        yield memory
    finally:
        if memory is not None:
            memory.close()
