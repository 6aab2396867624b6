"""The models on this machine: a directory of model directories, what they are, and whether they are sound."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from appliance.engine import Model, ModelConfig, Session
from appliance.engine.model_directory import MANIFEST, WEIGHTS, read_directory
from appliance.engine.tune import default_threads
from appliance.errors import ModelError
from appliance.models import chat_format
from appliance.models.catalogue import is_name
from appliance.models.text import TextTokenizer

SELF_TEST: Final = "The kitchen light is on. The front door is closed. The temperature outside is 21.5 degrees."
DOWNLOADS: Final = ".downloads"
"""Beside the models: what was fetched and is not converted yet, a directory for each."""
_LONGEST: Final = 64


@dataclass(frozen=True, slots=True)
class Installed:
    """One model directory."""

    name: str
    path: Path
    size: int
    """Bytes of its weights."""


@dataclass(frozen=True, slots=True)
class Soundness:
    """What the self-test of a model found."""

    tokens: int
    """Read in the test."""
    prompt_speed: float
    """Tokens per second in one batch."""
    speed: float
    """Tokens per second, one by one."""


def installed(root: Path) -> list[Installed]:
    """Return the models in `root`, by name; what is no model is left out."""
    if not root.is_dir():
        return []
    return [
        Installed(path.name, path, (path / WEIGHTS).stat().st_size)
        for path in sorted(root.iterdir())
        if not path.name.startswith(".") and (path / MANIFEST).is_file() and (path / WEIGHTS).is_file()
    ]


def find(what: str | None, root: Path) -> Path:
    """Return the directory of a model given by name or path; without either, of the only one there is."""
    models = installed(root)
    if what is None:
        if len(models) == 1:
            return models[0].path
        names = ", ".join(model.name for model in models)
        raise ModelError(
            f"there are several models: name one of {names}"
            if models
            else "there is no model yet: ternd model list shows which can be had"
        )
    if (Path(what) / MANIFEST).is_file():
        return Path(what)
    if is_name(what) and (root / what / MANIFEST).is_file():
        return root / what
    if Path(what).exists():
        raise ModelError(f"{what} is no converted model: ternd model convert {what} DIRECTORY")
    raise ModelError(f"there is no model {what!r}: ternd model list shows those that are installed or can be had")


def remove(name: str, root: Path) -> Path:
    """Delete an installed model and what was fetched of it; only models in `root` can be removed."""
    path, fetched = root / name, root / DOWNLOADS / name
    if is_name(name) and fetched.is_dir():
        shutil.rmtree(fetched, ignore_errors=True)
        if not (path / MANIFEST).is_file():
            return fetched
    if not is_name(name) or not (path / MANIFEST).is_file():
        raise ModelError(f"there is no model {name!r} in {root}")
    doomed = root / f".{name}.removed"
    shutil.rmtree(doomed, ignore_errors=True)
    try:
        path.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise ModelError(f"{path} cannot be removed: {error}") from error
    return path


def describe(path: Path) -> dict[str, Any]:
    """Return what a model is, for people and scripts."""
    opened = read_directory(path, verify=False)
    config = opened.config
    kinds: dict[str, int] = {}
    for tensor in opened.tensors:
        kinds[tensor.dtype.name] = kinds.get(tensor.dtype.name, 0) + len(tensor.data)
    vocabularies = {t.name: t.dtype.name for t in opened.tensors if t.name in {"embed", "head"}}
    tokenizer = TextTokenizer.open(opened.tokenizer_path, config.n_vocab)
    form = chat_format.choose(tokenizer, squared_relu=config.activation == "relu2")
    return {
        "path": str(path),
        "layers": config.n_layers,
        "width": config.d_model,
        "ffn_width": config.d_ff,
        "heads": f"{config.n_heads}/{config.n_kv_heads} of {config.head_dim}",
        "vocabulary": config.n_vocab,
        "context": config.max_context,
        "activation": config.activation,
        "ternary_weights": ternary_weights(config),
        "group_size": config.group_size,
        "embedding": vocabularies["embed"],
        "head": vocabularies.get("head", "tied"),
        "chat_format": form.name,
        "bytes": sum(kinds.values()),
        "bytes_by_type": kinds,
        "kv_bytes_per_token": 2 * config.n_layers * config.n_kv_heads * (config.head_dim + 4),
    }


def ternary_weights(config: ModelConfig) -> int:
    """Weights of the ternary matrices of all layers."""
    heads, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return config.n_layers * config.d_model * (2 * heads + 2 * keys + 3 * config.d_ff)


def self_test(path: Path, *, verify: bool = True) -> Soundness:
    """Open a model, compare its digests and have it read a text in one batch and token by token.

    Both ways must give the same finite logits. Raises `ModelError` otherwise.
    """
    with Model.open(path, verify=verify, hold=False) as model:
        tokenizer = TextTokenizer.open(model.tokenizer_path, model.config.n_vocab)
        if tokenizer.decode(tokenizer.encode(SELF_TEST)).strip() != SELF_TEST:
            raise ModelError("its tokenizer does not give a text back as it was")
        tokens = [*tokenizer.begin, *tokenizer.encode(SELF_TEST)][: min(_LONGEST, model.config.max_context)]
        with Session(model, n_ctx=len(tokens), n_threads=default_threads()) as session:
            started = time.perf_counter()
            session.sync(tokens)
            batch = time.perf_counter() - started
            at_once = session.logits()
            session.sync(tokens[:1])
            started = time.perf_counter()
            for token in tokens[1:]:
                session.append([token])
            one_by_one = time.perf_counter() - started
            same = np.array_equal(at_once, session.logits())
    if not np.isfinite(at_once).all():
        raise ModelError("the model computes numbers that are none: it is damaged, or converted wrongly")
    if not same:
        raise ModelError("the model computes different numbers in a batch: please report this CPU")
    return Soundness(len(tokens), len(tokens) / batch, (len(tokens) - 1) / one_by_one if len(tokens) > 1 else 0.0)
