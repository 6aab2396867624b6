"""JSON from files that are hostile until checked."""

from __future__ import annotations

import json
from typing import Any

from appliance.errors import ModelError


def _reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object for `json.loads`; a key given twice is a `ValueError`, never a silent choice."""
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key is given twice")
    return result


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def loads_strict(data: bytes, what: str) -> dict[str, Any]:
    """Parse a JSON object; raise `ModelError` naming `what` for anything else, deep nesting and NaN included."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_reject_duplicate_keys, parse_constant=_reject_constant
        )
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{what} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{what} holds no JSON object")
    return value
