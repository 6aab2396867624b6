"""Writes the configuration as TOML."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from appliance.config.complaints import join
from appliance.config.sections import Settings


def dump(settings: Settings) -> str:
    """Return the settings as TOML that :func:`parse` reads to the same settings."""
    lines: list[str] = []
    for section in dataclasses.fields(settings):
        value = getattr(settings, section.name)
        if isinstance(value, tuple):
            for item in value:
                lines += ["", *_table(section.name, item, f"[[{section.name}]]")]
        else:
            lines += ["", *_table(section.name, value, f"[{section.name}]")]
    return "\n".join(lines[1:]) + "\n"


def _table(path: str, section: Any, header: str) -> Iterator[str]:
    """Yield the lines of one table, its tables of tables last."""
    yield header
    nested: list[Callable[[], Iterator[str]]] = []
    for key in dataclasses.fields(section):
        value = getattr(section, key.name)
        inner = join(path, key.name)
        if value is None:
            continue
        if isinstance(value, tuple) and value and dataclasses.is_dataclass(value[0]):
            nested += [lambda item=item, inner=inner: _table(inner, item, f"[[{inner}]]") for item in value]  # type: ignore[misc]
        elif isinstance(value, tuple) and not value and key.name in ("output", "input"):
            continue
        else:
            yield f"{key.name} = {_toml(value)}"
    for lines in nested:
        yield ""
        yield from lines()


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_toml(key)} = {_toml(item)}' for key, item in value.items())}}}"
    return json.dumps(str(value), ensure_ascii=False)
