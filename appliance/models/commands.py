"""What ``ternd model``, ``ternd chat`` and ``ternd generate`` do, apart from reading their arguments."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

from appliance.errors import ModelError, TerndError
from appliance.models import catalogue, constraint, library
from appliance.models.chat import Chat, Report, Wish, in_background
from appliance.models.convert import Accept, Converted, Options, convert
from appliance.models.download import fetch
from appliance.models.generation import End

_REDRAW_S = 0.2


class Meter:
    """One line on a terminal that says how far a long work is; lines now and then where there is none."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Write to `out`."""
        self._out = out
        self._clock = clock
        self._next = 0.0
        self._open = False

    def show(self, what: str, done: int, total: int | None, unit: str) -> None:
        """Show a state; most calls do nothing."""
        now = self._clock()
        finished = total is not None and done >= total
        if now < self._next and not (finished and self._open):
            return
        share = f"{100 * done // total:3d} %  " if total else ""
        text = f"{what:24} {share}{done / 1e6:.0f}{f' of {total / 1e6:.0f}' if total else ''} {unit}"
        if self._out.isatty():
            self._out.write(f"\r{text}\x1b[K")
            self._open = True
            self._next = now + _REDRAW_S
        else:
            self._out.write(text + "\n")
            self._next = now + 20 * _REDRAW_S
        self._out.flush()

    def close(self) -> None:
        """End the line."""
        if self._open:
            self._out.write("\r\x1b[K")
            self._out.flush()
            self._open = False


@contextmanager
def _meter() -> Iterator[Meter]:
    meter = Meter(sys.stderr)
    try:
        yield meter
    finally:
        meter.close()


def convert_file(source: Path, target: Path, options: Options, accept: Accept = lambda _directory: None) -> Converted:
    """Convert with progress on stderr."""
    with _meter() as meter:

        def show(done: int, total: int) -> None:
            meter.show("converting", done, total, "M weights")

        return convert(source, target, options, show, accept)


def add(source: Path, root: Path, name: str | None, options: Options) -> tuple[Path, library.Soundness]:
    """Convert a local file or directory into the installed models and test it; no network is used."""
    chosen = name or _name_of(source)
    if not catalogue.is_name(chosen):
        raise ModelError(f"{chosen!r} cannot be the name of a model (a-z, 0-9, '.', '_' and '-'): give one with --name")
    return root / chosen, _install(source, root / chosen, options)


def pull(
    name: str, root: Path, options: Options, *, catalogue_file: Path | None = None, keep: bool = False
) -> library.Soundness:
    """Fetch a model of the catalogue, convert it and test it. Running it again goes on where it stopped."""
    offer = next((offer for offer in catalogue.load(catalogue_file) if offer.name == name), None)
    if offer is None:
        raise ModelError(f"there is no model {name!r} in the catalogue: ternd model list shows those there are")
    if not offer.files:
        raise ModelError(f"{name} must be fetched by hand from {offer.page}; then: ternd model add FILE --name {name}")
    if (root / name).exists() and not options.replace:
        raise ModelError(f"{name} is installed already; ternd model pull {name} --replace fetches it anew")
    downloads = root / library.DOWNLOADS / name
    with _meter() as meter:
        paths = [
            fetch(file, downloads, lambda what, done, total: meter.show(what, done, total, "MB"))
            for file in offer.files
        ]
    soundness = _install(downloads if offer.is_directory else paths[0], root / name, options)
    if not keep:
        shutil.rmtree(downloads, ignore_errors=True)
    return soundness


def _install(source: Path, target: Path, options: Options) -> library.Soundness:
    """Convert a model; it takes its place, and that of one before it, only when it passed its test."""
    found: list[library.Soundness] = []
    convert_file(source, target, options, lambda part: found.append(library.self_test(part, verify=False)))
    return found[0]


def _name_of(source: Path) -> str:
    stem = source.stem if source.is_file() else source.resolve().name
    return "".join(character if character.isalnum() or character in "._-" else "-" for character in stem.lower())


# --- talking ---------------------------------------------------------------------------------------


def talk(chat: Chat, wish: Wish, *, lines: Iterator[str], out: TextIO, notes: TextIO) -> None:
    """Answer line after line: the replies go to `out` as they are written, all else to `notes`."""
    for line in lines:
        text = line.strip()
        if not text:
            continue
        if text == "/quit":
            return
        if text == "/reset":
            chat.reset()
            notes.write("The talk begins anew.\n")
            continue
        if text.startswith("/"):
            notes.write("There are /reset and /quit; Ctrl-C stops a reply, Ctrl-D ends the talk.\n")
            continue
        try:
            write(chat, chat.say(text, wish), out)
        except TerndError as error:
            notes.write(f"{error}\n")
            continue
        if chat.report is not None:
            notes.write(summary(chat.report))
            notes.flush()


def write(chat: Chat, pieces: Iterator[str], out: TextIO) -> None:
    """Write a reply as it comes; Ctrl-C stops it, and only it."""
    try:
        for piece in in_background(chat, pieces):
            out.write(piece)
            out.flush()
    except KeyboardInterrupt:
        pass
    out.write("\n")
    out.flush()


def summary(report: Report) -> str:
    """One line about a reply."""
    parts = [
        f"{report.tokens} tokens, {report.tokens_per_second:.1f} tokens/s",
        f"prompt {report.prompt_tokens} tokens in {report.prompt_seconds:.2f} s",
    ]
    if report.forced:
        parts.append(f"{report.forced} forced by the grammar")
    if report.drafted:
        parts.append(f"{report.drafted} guessed ahead")
    if report.forgotten:
        parts.append(f"the context was full: the oldest {report.forgotten} turns are forgotten")
    endings = {
        End.LENGTH: "cut off at the most tokens",
        End.FULL: "cut off: the context is full",
        End.TIME: "cut off: out of time",
    }
    if report.cancelled:
        parts.append("stopped")
    elif report.end in endings:
        parts.append(endings[report.end])
    return f"[{'; '.join(parts)}]\n"


def prompt_lines(notes: TextIO) -> Iterator[str]:
    """What a person types at a terminal, or the lines of stdin."""
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    import readline  # noqa: F401, PLC0415 - editing of the line; only at a terminal

    while True:
        try:
            yield input("> ")
        except EOFError:
            notes.write("\n")
            return
        except KeyboardInterrupt:
            notes.write("\nCtrl-D ends the talk.\n")


def generate(chat: Chat, text: str, wish: Wish, *, raw: bool, grammar: str | None, as_json: bool) -> None:
    """Write one reply to stdout; with `as_json` an object with the text and how it went."""
    if grammar is not None:
        wish = replace(wish, grammar=constraint.Grammar(chat.tokenizer, grammar))
    pieces = chat.complete(text, wish) if raw else chat.say(text, wish)
    if not as_json:
        write(chat, pieces, sys.stdout)
        _fail_when_cut(chat, grammar)
        return
    whole = "".join(in_background(chat, pieces))
    report = asdict(chat.report) if chat.report is not None else {}
    sys.stdout.write(json.dumps({"text": whole, **report}, ensure_ascii=False) + "\n")
    _fail_when_cut(chat, grammar)


def _fail_when_cut(chat: Chat, grammar: str | None) -> None:
    """A reply under a grammar that was cut off does not follow it."""
    if grammar is not None and chat.report is not None and (chat.report.end is not End.STOP or chat.report.cancelled):
        raise ModelError(
            "the reply was cut off before the grammar was satisfied: allow more with --max-tokens or --context"
        )
