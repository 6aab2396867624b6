"""Opens the parts that the configuration names: models, the home, the history, the batch interface.

The daemon uses them, and so do the doctor, the bench and whatever else needs a part alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from appliance import config
from appliance.anticipation import Anticipation
from appliance.batch import Batch
from appliance.chat_tier import Talker
from appliance.config import Settings
from appliance.engine import Model, Session
from appliance.errors import ModelError
from appliance.history import History, Keep
from appliance.home import CommandTopics, HomeFile, Location, Registry, load_home, load_home_file
from appliance.infer import RemoteModel
from appliance.intents.clauses import read_by_clauses
from appliance.intents.command_model import CONTEXT, CommandModel, Understanding
from appliance.intents.committee import Committee
from appliance.intents.delays import read_by_delay
from appliance.intents.phrases import NO_PHRASES, Phrases, load_phrases
from appliance.intents.vocabulary import Vocabulary
from appliance.interpreter import MOST_READINGS, Interpreter
from appliance.messages import Home
from appliance.models.library import find, installed
from appliance.models.talker import HomeTalker
from appliance.resolver import Resolver
from appliance.resolver.typos import Typos

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Registry)

SHIPPED_MODEL = Path(__file__).with_name("data") / "command"
_SECOND = "second"
_SPELLING = Path(__file__).with_name("data") / "spelling.txt"
_WORKER_ATTEMPTS = 3
"""A worker that its socket has just started takes a while on a small board."""
SELF_TEST = "turn on the kitchen light"
"""The sentence that must be read before the daemon calls itself ready."""


def open_command_model(directory: Path | None, parts: contextlib.ExitStack) -> tuple[str, Committee]:
    """Open the command model, and the one in its folder ``second`` where there is one; each reads a test sentence, `parts` closes them.

    Returns the instruction set and the models as one. Raises :class:`ModelError` when they cannot be used.
    """
    first = directory or SHIPPED_MODEL
    isa = ""
    members: list[CommandModel] = []
    for folder in (first, *([first / _SECOND] if (first / _SECOND).is_dir() else [])):
        model = parts.enter_context(Model.open(folder))
        session = parts.enter_context(Session(model, n_ctx=min(CONTEXT, model.config.max_context)))
        command = CommandModel(session, Vocabulary.open(model.tokenizer_path))
        if command.understand(SELF_TEST).refusal:
            raise ModelError(f"the command model in {folder} does not read its test sentence")
        isa = model.isa
        members.append(command)
    return isa, Committee(members)


def open_reader(model: config.ModelSettings, parts: contextlib.ExitStack) -> tuple[str, Committee | RemoteModel]:
    """The command model in this process, or the one that ``ternd infer`` serves; raises as :func:`open_command_model`."""
    if model.socket is None:
        return open_command_model(model.directory, parts)
    remote = RemoteModel(model.socket)
    parts.callback(remote.close)
    if all(remote.understand(SELF_TEST).refusal for _attempt in range(_WORKER_ATTEMPTS)):
        raise ModelError(
            f"the worker at {model.socket} does not read the test sentence; is it running? ternd infer serves it"
        )
    return "in a worker", remote


def open_talker(chat: config.ChatSettings) -> Talker | None:
    """Load the chat model; None: it is switched off, or none is installed.

    Raises :class:`TerndError` when there is one that cannot be used, or several and none is named.
    """
    root = config.models_directory()
    if not chat.enabled or (chat.model is None and not installed(root)):
        return None
    path = find(chat.model, root)
    talker = HomeTalker.open(
        path,
        context=chat.context,
        threads=chat.threads or None,
        max_tokens=chat.max_tokens,
        prefixes=config.state_directory() / "prefixes",
        shortlist=chat.shortlist,
    )
    log.info("chat model: %s", path)
    return talker


def make_interpreter(
    model: Committee | RemoteModel | Anticipation,
    settings: config.ModelSettings,
    *,
    spare: Sequence[str] = config.PolicySettings().spare,
    read_as: Callable[[str], str] = str,
    most_readings: int = MOST_READINGS,
    wall: Callable[[], time.struct_time] = time.localtime,
) -> Interpreter:
    """How sentences are read everywhere: by `model`, and long ones by their clauses, too."""
    typos = open_typos()
    return Interpreter(
        model,
        Resolver(spare, typos),
        min_confidence=settings.min_confidence,
        most_readings=most_readings,
        read_as=read_as,
        by_clauses=clause_reader(model),
        typos=typos,
        wall=wall,
    )


def clause_reader(model: Committee | RemoteModel | Anticipation) -> Callable[[str], Understanding | None]:
    """One more reading of long sentences, by `model`."""
    return lambda text: read_by_delay(text, model.understand) or read_by_clauses(text, model.understand)


def open_typos() -> Typos:
    """What is known of the words of commands."""
    return Typos(_SPELLING.read_text(encoding="utf-8").split())


def open_phrases(path: Path | None) -> Phrases:
    """The household's own phrases, if it has any. Raises :class:`ConfigError` when the file is wrong."""
    return load_phrases(path) if path is not None else NO_PHRASES


def open_batch(
    home: Path, model: Path | None = None, *, phrases: Path | None = None, most_readings: int = MOST_READINGS
) -> Batch:
    """The batch interface over the home in a YAML file, as sure as the daemon wants to be by default."""
    snapshot = load_home(home)
    _, command = open_command_model(model, contextlib.ExitStack())
    interpreter = make_interpreter(
        command, config.ModelSettings(), read_as=open_phrases(phrases).read_as, most_readings=most_readings
    )
    return Batch(interpreter, snapshot)


def make_registry(settings: Settings) -> Registry:
    """The home as the configuration knows it."""
    return registry_of(Registry, settings)


def registry_of(kind: type[Kind], settings: Settings, clock: Callable[[], float] = time.monotonic) -> Kind:
    """The home as the configuration knows it, in a registry of this kind."""
    file = load_home_file(settings.home.file) if settings.home.file is not None else HomeFile(Home())
    home = file.home
    if home.temperature_unit == "celsius":  # what the home file says wins; most say nothing
        home = dataclasses.replace(home, temperature_unit=settings.home.temperature_unit)
    return kind(
        home,
        mqtt=file.mqtt,
        areas=settings.home.areas,
        command_topics=CommandTopics(
            settings.mqtt.command_topic_allow,
            (*CommandTopics().denied, *settings.mqtt.command_topic_deny),
            settings.mqtt.discovery_prefix,
        ),
        discovery_prefix=settings.mqtt.discovery_prefix,
        location=_location(settings.home),
        clock=clock,
    )


def _location(home: config.HomeSettings) -> Location | None:
    if home.latitude is None or home.longitude is None:
        return None
    return Location(home.latitude, home.longitude, home.radius_m)


def store_path(settings: Settings) -> Path:
    """Where the database is."""
    return settings.store.path or config.state_directory() / "ternd.sqlite"


def open_history(settings: Settings, *, copy: bool = False) -> History:
    """The history where the configuration wants it; in memory where it is switched off. `copy`: only to read."""
    wanted = settings.history
    keep = Keep(
        max_bytes=int(1e6 * wanted.max_mb),
        resolution_s=wanted.resolution_s,
        fine_s=86_400 * wanted.fine_days,
        medium_s=86_400 * wanted.medium_days,
    )
    return History(history_path(settings) if wanted.enabled else None, keep, copy=copy)


def history_path(settings: Settings) -> Path:
    """Where the history is: beside the database, unless said otherwise."""
    return settings.history.path or store_path(settings).with_name("history.sqlite")
