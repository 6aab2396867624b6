"""SQLite files that never stop the service: damaged ones are set aside, a full or read-only disk is said and outlived.

WAL with ``synchronous=NORMAL``: a power cut loses the last transactions at worst, never the file.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from appliance.errors import TerndError

log = logging.getLogger(__name__)

RETRY_S = 30.0
"""While a file cannot be written, it is tried again after this time."""
_CACHE_KB = 512
"""Pages that a connection keeps. SQLite's own limit is 2 MB, and until a file has filled that the process seems to leak."""
_SIDE_FILES = ("", "-wal", "-shm")

Result = TypeVar("Result")


class Unwritten(Exception):  # noqa: N818 - it tells a state of the disk, the caller keeps its data
    """The file cannot be written now, and this database does not go on in memory."""


class Database:
    """One SQLite file behind a lock; thread-safe.

    When the file cannot be written and `carry` is set, its content is copied to memory, the work goes on there, and it is
    copied back once the file can be written again. Without `carry`, :meth:`write` raises :class:`Unwritten`.
    """

    def __init__(
        self,
        path: Path | None,
        schema: str,
        *,
        carry: bool = True,
        copy: bool = False,
        pragmas: tuple[str, ...] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open `path`, or a memory-only database for None (demo, tests). Only with `copy` it fails for what is on the disk.

        Args:
            path: of the file; its directory is made.
            schema: statements that create what is not there yet.
            carry: go on in memory with a copy when the file cannot be written.
            copy: take the content into memory and leave the file alone, which another process may be writing.
            pragmas: further settings of the connection.
            clock: monotonic seconds.

        Raises:
            TerndError: there is nothing to copy, it is damaged, or it may not be read.
        """
        self.path = None if copy else path
        self._schemas = [schema]
        self._pragmas = pragmas
        self._carry = carry
        self._clock = clock
        self._lock = threading.RLock()
        self._retry_at: float | None = None
        self._returns = True
        self.problem = ""
        """Why the file is not written at the moment; empty: all is well, or there is no file."""
        self.renewed = 0
        """How many damaged files were replaced by new ones since the start."""
        self._db = self._copied(path) if copy and path is not None else self._open()

    def close(self) -> None:
        """Close the file; further calls fail. What is only in memory is tried to be saved once more."""
        with self._lock:
            if self._retry_at is not None:
                self._return()
            self._db.close()

    def create(self, schema: str) -> None:
        """Add tables of another part to this file.

        Raises:
            sqlite3.Error: the statements are wrong.
        """
        with self._lock:
            self._schemas.append(schema)
            self.write(lambda db: _script(db, schema))

    def read(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run a query; a file that turns out to be damaged is set aside and the query is run on the new one."""
        with self._lock:
            try:
                return query(self._db)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._replace(error)
                return query(self._db)

    def write(self, change: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run `change` as one transaction.

        Raises:
            Unwritten: the file cannot be written and `carry` is off; nothing has been changed.
        """
        with self._lock:
            self._return_if_due()
            try:
                result = self._transact(change)
            except sqlite3.OperationalError as error:
                if self.path is None or self._retry_at is not None:
                    raise  # in memory only a defect of ours fails
                self._trouble(error)
                return self._transact(change)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._replace(error)
                return self._transact(change)
            if self.problem and self._retry_at is None:
                self._recovered()
            return result

    def _transact(self, change: Callable[[sqlite3.Connection], Result]) -> Result:
        with self._db:
            return change(self._db)

    # --- opening

    def _open(self) -> sqlite3.Connection:
        if self.path is None:
            return self._prepared(sqlite3.connect(":memory:", check_same_thread=False))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._connect(self.path)
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._set_aside(error)
                return self._connect(self.path)
        except (sqlite3.OperationalError, OSError) as error:
            self._returns = False
            self._say(f"{self.path} cannot be written ({error}): working in memory until the service is restarted")
            self._retry_at = float("inf")
            memory = self._prepared(sqlite3.connect(":memory:", check_same_thread=False))
            if self._carry:
                self._borrow(memory)
            return memory

    def _copied(self, path: Path) -> sqlite3.Connection:
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            try:
                _read_into(memory, path, "mode=ro")
            except (
                sqlite3.OperationalError
            ):  # where nothing may be written, not even what readers share: as it was last put together
                _read_into(memory, path, "mode=ro&immutable=1")
            return self._prepared(memory)
        except sqlite3.Error as error:
            memory.close()
            raise TerndError(f"{path} cannot be read: {error}. {_remedy(error)}") from error

    def _connect(self, path: Path) -> sqlite3.Connection:
        return self._prepared(sqlite3.connect(path, check_same_thread=False))

    def _prepared(self, db: sqlite3.Connection) -> sqlite3.Connection:
        try:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"cache_size=-{_CACHE_KB}", *self._pragmas):
                db.execute(f"PRAGMA {pragma}")
            for schema in self._schemas:
                db.executescript(schema)
            # Creates and drops nothing, but fails at once where the file cannot be written.
            db.execute("BEGIN IMMEDIATE")
            db.rollback()
        except sqlite3.Error:
            db.close()
            raise
        return db

    def _borrow(self, memory: sqlite3.Connection) -> None:
        """Take over what a file that cannot be written holds."""
        if self.path is None or not self.path.exists():
            return
        try:
            _read_into(memory, self.path, "mode=ro&immutable=1")
            for schema in self._schemas:
                memory.executescript(schema)
        except sqlite3.Error as error:
            log.warning("%s cannot be read either: %s", self.path, error)

    # --- trouble

    def _trouble(self, error: sqlite3.OperationalError) -> None:
        """The file cannot be written: go on in memory, or tell the caller."""
        if not self._carry:
            self._say(f"{self.path} cannot be written: {error}")
            raise Unwritten(str(error)) from error
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        try:
            self._db.backup(memory)
        except sqlite3.Error as unreadable:
            log.warning("%s cannot be read either: %s", self.path, unreadable)
            memory.close()
            memory = sqlite3.connect(":memory:", check_same_thread=False)
        self._db.close()
        self._db = self._prepared(memory)
        self._retry_at = self._clock() + RETRY_S
        self._say(f"{self.path} cannot be written ({error}): working in memory until it can")

    def _return_if_due(self) -> None:
        if self._retry_at is not None and self._clock() >= self._retry_at:
            self._return()

    def _return(self) -> None:
        """Copy the memory back to the file, if it can be written again."""
        if self.path is None or not self._returns:
            return
        try:
            file = self._connect(self.path)
            try:
                self._db.backup(file)
                file.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error:
                file.close()
                raise
        except (sqlite3.Error, OSError) as error:
            self._retry_at = self._clock() + RETRY_S
            log.debug("%s still cannot be written: %s", self.path, error)
            return
        self._db.close()
        self._db = file
        self._retry_at = None
        self._recovered()

    def _recovered(self) -> None:
        """Note that the file is written again."""
        self.problem = ""
        log.info("%s is written again", self.path)

    def _replace(self, error: sqlite3.DatabaseError) -> None:
        """Set a damaged file aside while running, and begin a new one."""
        self._db.close()
        if self.path is not None:
            self._set_aside(error)
        self.renewed += 1
        self._db = self._open()

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        path = self.path
        if path is None:
            return
        aside = path.with_suffix(f".damaged-{int(time.time())}")
        for ending in _SIDE_FILES:
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
        log.error("%s is damaged (%s): set aside as %s, a new one is begun", path, error, aside.name)

    def _say(self, problem: str) -> None:
        """Say a problem once."""
        if problem != self.problem:
            self.problem = problem
            log.error("%s; free some space or mend the permissions", problem)


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file itself is broken, in contrast to a full disk or a wrong statement."""
    return type(error) is sqlite3.DatabaseError


def _read_into(memory: sqlite3.Connection, path: Path, how: str) -> None:
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)) as file:
        file.backup(memory)


def _remedy(error: sqlite3.Error) -> str:
    if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
        return "A service that runs sets a damaged file aside and begins a new one"
    return "Does it need sudo?"


def _script(db: sqlite3.Connection, schema: str) -> None:
    for statement in schema.split(";"):
        if statement.strip():
            db.execute(statement)
