"""Reading of large files piece by piece, without mapping them: what was read does not count as this process's memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Self

from appliance.errors import ModelError


class SourceFile:
    """A regular file, open for reading at offsets; it is a context manager."""

    def __init__(self, path: Path) -> None:
        """Remember the path; `__enter__` opens it."""
        self.path = path
        self.size = 0
        self._descriptor = -1

    def read(self, offset: int, size: int) -> bytes:
        """Return exactly `size` bytes at `offset`; `ModelError` when they are not there (any more)."""
        parts = []
        while size:
            try:
                part = os.pread(self._descriptor, size, offset)
            except (OSError, OverflowError) as error:
                raise ModelError(f"{self.path} cannot be read: {error}") from error
            if not part:
                raise ModelError(f"{self.path} is cut short at byte {offset}")
            parts.append(part)
            offset, size = offset + len(part), size - len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def __enter__(self) -> Self:
        """Open it; a FIFO or a device is refused instead of waited for."""
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise ModelError(f"{self.path}: {reason}") from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise ModelError(f"{self.path} is no regular file")
        self.size = status.st_size
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        os.close(self._descriptor)
        self._descriptor = -1
