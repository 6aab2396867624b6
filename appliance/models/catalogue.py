"""The catalogue of models that can be had: ``provisioning/models.toml``, parsed. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from appliance.errors import ModelError

MAX_BYTES: Final = 1 << 20
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_KEYS: Final = frozenset({"name", "title", "licence", "page", "ram_mb", "boards", "note", "file"})
_FILE_KEYS: Final = frozenset({"url", "sha256", "size"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file of a model."""

    name: str
    """The last part of its address."""
    url: str
    """https, or http on this machine."""
    sha256: str | None
    """Lower-case hexadecimal, where it is known."""
    size: int | None
    """Bytes, where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One model of the catalogue."""

    name: str
    title: str
    licence: str
    page: str
    """Where people read about it."""
    ram_mb: int
    """Of the whole process with a context of 2,048 tokens, about."""
    boards: str
    """Which boards have that."""
    note: str
    files: tuple[RemoteFile, ...]
    """One GGUF file, or those of a Hugging Face directory; none: it has to be fetched by hand from `page`."""

    @property
    def is_directory(self) -> bool:
        """Whether it comes as a Hugging Face directory."""
        return not (len(self.files) == 1 and self.files[0].name.endswith(".gguf"))


def is_name(text: str) -> bool:
    """Whether a text can be the name of a model: no path, nothing hidden."""
    return _NAME.fullmatch(text) is not None


def load(path: Path | None = None) -> tuple[Offer, ...]:
    """Read the catalogue that is shipped, or another."""
    try:
        data = (
            path.read_bytes()
            if path is not None
            else resources.files("appliance.data").joinpath("models.toml").read_bytes()
        )
    except OSError as error:
        raise ModelError(f"{path or 'the catalogue of models'}: {error.strerror}") from error
    return parse(data)


def parse(data: bytes) -> tuple[Offer, ...]:
    """Parse a catalogue; `ModelError` names the entry that is wrong."""
    if len(data) > MAX_BYTES:
        raise ModelError(f"the catalogue has {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        raw = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(f"the catalogue is no TOML: {error}") from error
    entries = raw.get("model")
    if set(raw) != {"model"} or not isinstance(entries, list):
        raise ModelError("the catalogue must hold [[model]] entries and nothing else")
    offers = tuple(_offer(entry) for entry in entries)
    if len({offer.name for offer in offers}) != len(offers):
        raise ModelError("the catalogue has a name twice")
    return offers


def _offer(entry: Any) -> Offer:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not is_name(entry["name"]):
        raise ModelError("the catalogue has a model without a usable name (a-z, 0-9, '.', '_' and '-')")
    where = f"the catalogue's {entry['name']}"
    if unknown := sorted(entry.keys() - _KEYS):
        raise ModelError(f"{where} has an unknown key {unknown[0]!r}")
    files = entry.get("file", [])
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise ModelError(f"{where}: files are given as [[model.file]]")
    found = tuple(_remote(file, where) for file in files)
    if len({file.name for file in found}) != len(found):
        raise ModelError(f"{where} has two files of the same name")
    ram = entry.get("ram_mb")
    if not isinstance(ram, int) or isinstance(ram, bool) or ram < 1:
        raise ModelError(f"{where}: ram_mb must be a number of megabytes")
    return Offer(
        ram_mb=ram,
        files=found,
        **{key: _text(entry, key, where) for key in ("name", "title", "licence", "page", "boards")},
        note=_text({"note": "", **entry}, "note", where),
    )


def _remote(file: Mapping[str, Any], where: str) -> RemoteFile:
    url = _text(file, "url", where)
    if unknown := sorted(file.keys() - _FILE_KEYS):
        raise ModelError(f"{where} has an unknown key {unknown[0]!r} of a file")
    check_url(url)
    name = urlsplit(url).path.rpartition("/")[2]
    sha256, size = file.get("sha256"), file.get("size")
    if _FILE.fullmatch(name) is None:
        raise ModelError(f"{where}: {url} has no usable file name")
    if sha256 is not None and (not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None):
        raise ModelError(f"{where}: sha256 must be 64 lower-case hexadecimal digits")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 1):
        raise ModelError(f"{where}: size must be a number of bytes")
    return RemoteFile(name=name, url=url, sha256=sha256, size=size)


def check_url(url: str) -> None:
    """Raise `ModelError` for an address whose bytes others could change on the way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise ModelError(f"{url} is no address") from error
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise ModelError(f"{url} is no https address")


def _text(entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or (not value and key != "note"):
        raise ModelError(f"{where}: {key} is missing or no text")
    return value
