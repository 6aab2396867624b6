"""Fetching of large files over HTTP: resumed where they stopped, checked when they are whole."""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from appliance import __version__
from appliance.errors import ModelError
from appliance.models.catalogue import RemoteFile, check_url

Progress: TypeAlias = Callable[[str, int, int | None], None]
"""Called with the name of the file, the bytes there are and the bytes in all, if known."""

MAX_FILE_BYTES: Final = 64 << 30
_CHUNK: Final = 1 << 20
_TIMEOUT_S: Final = 60.0
_TRIES: Final = 6
_SPARE_BYTES: Final = 256 << 20
_DIGEST: Final = re.compile(r'"?([0-9a-f]{64})"?')
_WHOLE: Final = re.compile(r"bytes \*/([0-9]{1,15})")
_RANGE: Final = re.compile(r"bytes ([0-9]{1,15})-[0-9]{1,15}/([0-9]{1,15})")


def fetch(
    remote: RemoteFile,
    directory: Path,
    progress: Progress = lambda _name, _done, _all: None,
    *,
    pause: Callable[[float], None] = time.sleep,
) -> Path:
    """Fetch a file into `directory` and return its path; what an earlier attempt fetched is kept and continued.

    A dropped connection is taken up again, after longer and longer pauses. The SHA-256 is that of the catalogue, or the one the
    server itself names. Raises `ModelError` when it is another, when the file is not there, or the disk has no room.
    """
    target = directory / remote.name
    if target.exists():
        return target
    directory.mkdir(parents=True, exist_ok=True)
    part = _Part(remote, directory, progress)
    for attempt in range(_TRIES):
        try:
            part.run()
            break
        except (urllib.error.HTTPError, _RefusedError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code >= 500 and attempt < _TRIES - 1:
                pause(2.0**attempt)
                continue
            raise ModelError(f"{remote.url} cannot be fetched: {error}") from error
        except (OSError, http.client.HTTPException) as error:
            if attempt == _TRIES - 1:
                raise ModelError(
                    f"{remote.url} cannot be fetched: {error}; what is there is kept: run it again to go on"
                ) from error
            pause(2.0**attempt)
    part.finish(target)
    return target


class _RefusedError(Exception):
    """The server's answer cannot be used; asking again will not help."""


class _Part:
    """A file on its way: ``NAME.part``, and what is known of it in ``NAME.state``."""

    def __init__(self, remote: RemoteFile, directory: Path, progress: Progress) -> None:
        self._remote = remote
        self._progress = progress
        self._data = directory / (remote.name + ".part")
        self._state = directory / (remote.name + ".state")
        self._sha256 = remote.sha256
        self._total = remote.size

    def run(self) -> None:
        """Fetch what is missing."""
        have, version = self._resumable()
        request = urllib.request.Request(self._remote.url, headers={"User-Agent": f"ternd/{__version__}"})  # noqa: S310 - checked
        check_url(self._remote.url)
        if have:
            request.add_header("Range", f"bytes={have}-")
            request.add_header("If-Range", version)
        redirects = _Redirects()
        opener = urllib.request.build_opener(redirects)
        try:
            response = opener.open(request, timeout=_TIMEOUT_S)
        except urllib.error.HTTPError as error:
            if error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and have:
                match = _WHOLE.fullmatch(error.headers.get("Content-Range", ""))
                if match is not None and int(match[1]) == have:
                    self._total = have  # it was whole already
                    return
                self._data.unlink(missing_ok=True)  # it has changed: from the beginning
                raise OSError("the file has changed on the server") from error
            raise
        with response:
            start = self._start(response, have)
            self._check_room(start)
            digest = redirects.digest or response.headers.get("X-Linked-ETag", "")
            if self._sha256 is None and (match := _DIGEST.fullmatch(digest)):
                self._sha256 = match[1]
            self._note(response.headers.get("ETag", ""))
            with self._data.open("r+b" if start else "wb") as file:
                file.seek(start)
                file.truncate()
                self._copy(response, file, start)

    def finish(self, target: Path) -> None:
        """Check the whole file and give it its name."""
        size = self._data.stat().st_size
        if self._total is not None and size != self._total:
            raise ModelError(f"{self._remote.url} has {size} bytes instead of {self._total}")
        if self._sha256 is not None:
            with self._data.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != self._sha256:
                self._data.unlink()
                raise ModelError(
                    f"{self._remote.url} does not have the SHA-256 it should ({self._sha256[:12]}…, not {found[:12]}…); it was deleted"
                )
        self._data.replace(target)
        self._state.unlink(missing_ok=True)

    def _resumable(self) -> tuple[int, str]:
        """How many bytes are there, and the version of the file they are from."""
        try:
            state = json.loads(self._state.read_bytes())
            size = self._data.stat().st_size
        except (OSError, ValueError):
            return 0, ""
        version = state.get("etag") if isinstance(state, dict) and state.get("url") == self._remote.url else None
        if not isinstance(version, str) or not version or version.startswith("W/"):
            return 0, ""
        if self._sha256 is None and isinstance(state.get("sha256"), str):
            self._sha256 = state["sha256"]
        return size, version

    def _start(self, response: Any, have: int) -> int:
        """Where the answer begins; learns how long the file is."""
        start, total = 0, None
        if response.status == http.HTTPStatus.PARTIAL_CONTENT:
            match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != have:
                raise _RefusedError("the server sent another part than was asked for")
            start, total = have, int(match[2])
        elif (length := response.headers.get("Content-Length", "")).isdecimal():
            total = int(length)
        if total is not None and (total > MAX_FILE_BYTES or (self._total or total) != total):
            raise _RefusedError(f"the file has {total} bytes instead of {self._total or f'at most {MAX_FILE_BYTES}'}")
        self._total = total if total is not None else self._total
        return start

    def _check_room(self, start: int) -> None:
        free = shutil.disk_usage(self._data.parent).free
        if self._total is not None and self._total - start + _SPARE_BYTES > free:
            raise _RefusedError(
                f"{(self._total - start) >> 20} MB are missing, but only {free >> 20} MB are free on the disk"
            )

    def _note(self, etag: str) -> None:
        state = {"url": self._remote.url, "etag": etag, "sha256": self._sha256}
        self._state.write_text(json.dumps(state), encoding="utf-8")

    def _copy(self, response: Any, file: IO[bytes], start: int) -> None:
        done = start
        self._progress(self._remote.name, done, self._total)
        while chunk := response.read(_CHUNK):
            done += len(chunk)
            if done > (MAX_FILE_BYTES if self._total is None else self._total):
                raise _RefusedError("the server sent more than it said")
            file.write(chunk)
            self._progress(self._remote.name, done, self._total)
        if self._total is not None and done < self._total:
            raise OSError(f"the connection ended after {done} of {self._total} bytes")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections to safe addresses only, and notes the digest that a file store names on the way."""

    def __init__(self) -> None:
        self.digest = ""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Refuse to leave https."""
        check_url(newurl)
        self.digest = self.digest or headers.get("X-Linked-ETag", "")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
