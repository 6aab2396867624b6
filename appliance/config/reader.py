"""Reads the configuration: one file of TOML over the defaults."""

from __future__ import annotations

import dataclasses
import re
import socket
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from appliance.config.complaints import join, near, refuse
from appliance.config.rules import (
    check_gpio,
    check_home,
    check_mqtt,
    check_policy,
    check_secret_files,
    check_voice,
    check_watches,
)
from appliance.config.sections import Settings
from appliance.errors import ConfigError

MAX_FILE_BYTES = 1 << 20
"""A larger configuration file is a mistake."""


def load(path: Path | None = None) -> Settings:
    """Return the defaults, overridden by the file at `path`; None: defaults only.

    Raises :class:`ConfigError` that names the file and the key. Relative paths in the file are relative to it.
    """
    settings = parse("", "defaults") if path is None else parse(_read(path), str(path), base=path.absolute().parent)
    check_secret_files(settings, str(path))
    if settings.node.id == "auto":
        settings = dataclasses.replace(
            settings, node=dataclasses.replace(settings.node, id=_host_id(socket.gethostname()))
        )
    return settings


def parse(text: str, name: str, base: Path | None = None) -> Settings:
    """Return the settings of the TOML `text`; `name` stands in error messages, relative paths start at `base`."""
    try:
        table = tomllib.loads(text.removeprefix("\ufeff"))  # an invisible mark, which some editors put in front
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{name}: this is not valid TOML: {error}"
        raise ConfigError(message) from error
    try:
        settings: Settings = _Reader(base).section(Settings, table, "")
        check_home(settings.home)
        check_mqtt(settings.mqtt)
        check_policy(settings.policy)
        check_gpio(settings.gpio)
        check_voice(settings.voice, settings.gpio)
        check_watches(settings.watch)
    except ConfigError as error:
        message = f"{name}: {error}"
        raise ConfigError(message) from None
    return settings


def _read(path: Path) -> str:
    """Return the text of the file, refusing one that anybody may change."""
    try:
        if path.stat().st_mode & 0o002:
            message = f"{path}: everybody may write this file; run: chmod o-w {path}"
            raise ConfigError(message)
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            message = f"{path}: larger than {MAX_FILE_BYTES} bytes"
            raise ConfigError(message)
        return data.decode("utf-8")
    except PermissionError as error:
        message = f"{path}: not readable for this user; run this with sudo, or name another file with --config"
        raise ConfigError(message) from error
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise ConfigError(message) from error
    except UnicodeDecodeError as error:
        message = f"{path}: not UTF-8 at byte {error.start}"
        raise ConfigError(message) from error


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
}

_Section = TypeVar("_Section")


class _Reader:
    """Turns TOML tables into dataclasses, checking each value against the annotation of its field."""

    def __init__(self, base: Path | None) -> None:
        self._base = base

    def section(self, cls: type[_Section], table: Any, path: str) -> _Section:
        """Return an instance of the dataclass `cls` made of `table`, which stands at the dotted `path`."""
        if not isinstance(table, dict):
            refuse(path, f"must be a table, not {table!r}")
        hints = get_type_hints(cls, include_extras=True)
        for key in table:
            if key not in hints:
                refuse(join(path, key), f"unknown key{near(key, tuple(hints)) or '; known here: ' + ', '.join(hints)}")
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        for one in fields:
            required = one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING
            if required and one.name not in table:
                refuse(join(path, one.name), "is missing")
        return cls(**{key: self.value(hints[key], value, join(path, key)) for key, value in table.items()})

    def value(self, hint: Any, value: Any, path: str) -> Any:
        """Return `value` as the annotation `hint` wants it."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            checked = self.value(arguments[0], value, path)
            for check in arguments[1:]:
                complaint = check.complaint(checked)
                if complaint:
                    refuse(path, complaint)
            return checked
        if origin in (Union, UnionType):
            return self.value(arguments[0], value, path)
        if origin is tuple:
            if not isinstance(value, list):
                refuse(path, f"must be a list, not {value!r}")
            return tuple(self.value(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(value))
        if origin is Mapping:
            if not isinstance(value, dict):
                refuse(path, f"must be a table, not {value!r}")
            return MappingProxyType(
                {key: self.value(arguments[1], item, join(path, key)) for key, item in value.items()}
            )
        if dataclasses.is_dataclass(hint):
            return self.section(hint, value, path)  # type: ignore[arg-type]
        return self._scalar(hint, value, path)

    def _scalar(self, kind: type, value: Any, path: str) -> Any:
        if kind is Path and isinstance(value, str) and value and "\0" not in value:
            try:
                expanded = Path(value).expanduser()
            except RuntimeError:
                refuse(path, f"names the home of a user that is not there: {value!r}")
            return expanded if self._base is None else self._base / expanded
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind or value != value:  # noqa: PLR0124 - NaN is the one number that is not itself
            refuse(path, f"must be {_KINDS[kind]}, not {value!r}")
        if kind is str and any(ord(char) < 32 or ord(char) == 127 for char in value):
            refuse(path, "must not hold control characters")
        return value


def _host_id(host: str) -> str:
    """Return a node id made of a host name."""
    return re.sub(r"[^a-z0-9_-]+", "-", host.partition(".")[0].lower()).strip("-")[:64] or "ternd"
