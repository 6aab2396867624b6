"""How a wrong key or value is told."""

from __future__ import annotations

import difflib

from appliance.errors import ConfigError


def refuse(path: str, complaint: str) -> None:
    """Raise :class:`ConfigError` about the key at the dotted `path`."""
    message = f"{path or 'the file'}: {complaint}"
    raise ConfigError(message)


def join(path: str, key: str) -> str:
    """The dotted path of `key` in the table at `path`."""
    return f"{path}.{key}" if path else key


def near(word: object, known: tuple[str, ...]) -> str:
    """A hint at the known word that `word` may be a slip of; empty: there is none."""
    close = difflib.get_close_matches(str(word), known, n=1, cutoff=0.6)
    return f'; did you mean "{close[0]}"?' if close else ""
