"""The commands ``ternd model …``, ``ternd chat`` and ``ternd generate``: their arguments and what they print."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from appliance import config
from appliance.errors import ModelError

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    """Declare the commands."""
    model = add("model", _no_action, "models to talk with: list, pull, add, convert, info, verify, perplexity, remove")
    actions = model.add_subparsers(metavar="ACTION", required=True)

    def action(name: str, command: Command, help_: str) -> argparse.ArgumentParser:
        sub = actions.add_parser(name, help=help_, description=help_)
        sub.set_defaults(command=command)
        sub.add_argument(
            "--models", type=Path, metavar="DIR", help=f"where models are kept (default: {config.models_directory()})"
        )
        return sub

    listing = action("list", _list, "the models that are installed, and those that can be had")
    listing.add_argument("--catalogue", type=Path, metavar="FILE", help="another catalogue")
    listing.add_argument("--json", action="store_true")
    pull = action("pull", _pull, "fetch a model of the catalogue, check, convert and test it; goes on where it stopped")
    pull.add_argument("name", metavar="NAME")
    pull.add_argument("--catalogue", type=Path, metavar="FILE", help="another catalogue")
    pull.add_argument("--keep", action="store_true", help="keep the files that were fetched")
    _conversion(pull)
    adding = action("add", _add, "convert a local GGUF file or Hugging Face directory and test it; needs no network")
    adding.add_argument("source", type=Path, metavar="SOURCE")
    adding.add_argument("--name", help="under which it is kept (default: from the file)")
    _conversion(adding)
    converting = action("convert", _convert, "convert a GGUF file or Hugging Face directory into a model directory")
    converting.add_argument("source", type=Path, metavar="SOURCE")
    converting.add_argument("target", type=Path, metavar="DIRECTORY")
    _conversion(converting)
    info = action("info", _info, "what a model is")
    info.add_argument("model", nargs="?", metavar="MODEL", help="name or directory")
    info.add_argument("--json", action="store_true")
    verify = action("verify", _verify, "compare a model's files with their digests and have it compute")
    verify.add_argument("model", nargs="?", metavar="MODEL", help="name or directory")
    _rating(action("perplexity", _perplexity, "how well a model foretells a text; lower is better"))
    remove = action("remove", _remove, "delete an installed model")
    remove.add_argument("name", metavar="NAME")

    chat = _writing(add("chat", _chat, "talk with a model; /reset begins anew, Ctrl-C stops a reply"))
    chat.add_argument("model", nargs="?", metavar="MODEL", help="name or directory (default: the only one installed)")
    chat.add_argument("--system", default="", metavar="TEXT", help="what the model is told before the talk")

    generate = _writing(add("generate", _generate, "have a model write one reply, under a grammar if wanted"))
    generate.add_argument("model", metavar="MODEL", help="name or directory")
    generate.add_argument("prompt", nargs="+", metavar="TEXT", help="what is asked; - reads it from stdin")
    generate.add_argument("--system", default="", metavar="TEXT", help="what the model is told before")
    generate.add_argument("--raw", action="store_true", help="continue the text as it stands, without the chat format")
    grammar = generate.add_mutually_exclusive_group()
    grammar.add_argument("--json-schema", type=Path, metavar="FILE", help="the reply follows this JSON schema")
    grammar.add_argument("--regex", metavar="PATTERN", help="the reply matches this regular expression")
    grammar.add_argument("--lark", type=Path, metavar="FILE", help="the reply follows this Lark grammar")
    generate.add_argument("--json", action="store_true", help="print an object with the text and how it went")


def _conversion(sub: argparse.ArgumentParser) -> None:
    precisions = ("f16", "int8", "int4")
    sub.add_argument(
        "--embedding", choices=precisions, default="int8", help="precision of the embedding (default: int8)"
    )
    sub.add_argument("--head", choices=precisions, help="precision of the head (default: as the embedding)")
    sub.add_argument(
        "--packing",
        choices=("auto", "t2", "t5", "t8"),
        default="auto",
        help="2 bits a weight, 5 bits for three or 8 for five: less memory, more work (default: what bench --tune found, else t2)",
    )
    sub.add_argument(
        "--down",
        choices=("auto", "rows", "columns"),
        default="auto",
        help="by columns, zeros of squared ReLU are skipped (default: where it pays)",
    )
    sub.add_argument("--activation", choices=("relu2", "silu"), help="against what the file says")
    sub.add_argument("--tokenizer", type=Path, metavar="FILE", help="a tokenizer.json instead of the model's own")
    sub.add_argument("--replace", action="store_true", help="take the place of a model that is there already")


def _rating(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("model", metavar="MODEL", help="name or directory")
    sub.add_argument("text", type=Path, metavar="TEXT", help="a text file")
    sub.add_argument("--window", type=int, default=512, metavar="N", help="tokens of context (default: 512)")
    sub.add_argument("--threads", type=int, metavar="N")
    sub.add_argument("--kv", choices=("f16", "int8"), default="f16", help="precision of the cache (default: f16)")
    sub.add_argument("--shortlist", action="store_true", help="with coarse logits where they cannot be the greatest")
    sub.add_argument("--json", action="store_true")


def _writing(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
    sub.add_argument("--models", type=Path, metavar="DIR", help="where models are kept")
    sub.add_argument(
        "--temperature", type=float, default=0.0, metavar="T", help="0: always the likeliest (default), 1: varied"
    )
    sub.add_argument("--top-p", type=float, default=1.0, metavar="P", help="only the likeliest tokens of this share")
    sub.add_argument("--top-k", type=int, default=0, metavar="K", help="only the K likeliest tokens")
    sub.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same text")
    sub.add_argument("--max-tokens", type=int, default=512, metavar="N", help="of one reply (default: 512)")
    sub.add_argument("--context", type=int, default=2048, metavar="N", help="tokens of the whole talk (default: 2048)")
    sub.add_argument("--threads", type=int, metavar="N", help="(default: all cores, at most 4)")
    sub.add_argument("--kv", choices=("f16", "int8"), default="int8", help="precision of the cache (default: int8)")
    sub.add_argument(
        "--shortlist", action="store_true", help="faster for more memory; at temperature 0 the text is the same"
    )
    sub.add_argument("--format", metavar="NAME", help="chat format, against what the model's tokens say")
    sub.add_argument(
        "--no-drafting", action="store_true", help="do not guess copied spans ahead (the text is the same)"
    )
    return sub


# --- what they do -----------------------------------------------------------------------------------


def _no_action(_options: argparse.Namespace) -> int:
    return 2


def _root(options: argparse.Namespace) -> Path:
    root: Path = options.models or config.models_directory()
    return root


def _options(options: argparse.Namespace) -> Any:
    from appliance.models.convert import Options

    return Options(
        embedding=options.embedding,
        head=options.head,
        packing=None if options.packing == "auto" else options.packing,
        down=options.down,
        activation=options.activation,
        tokenizer=options.tokenizer,
        replace=options.replace,
    )


@contextlib.contextmanager
def _clean_end() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that nothing half done stays behind."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _list(options: argparse.Namespace) -> int:
    from appliance.models import catalogue, library

    here = {model.name: model for model in library.installed(_root(options))}
    offers = catalogue.load(options.catalogue)
    if options.json:
        print(
            json.dumps(
                {
                    "installed": [{"name": m.name, "path": str(m.path), "bytes": m.size} for m in here.values()],
                    "catalogue": [
                        {
                            "name": o.name,
                            "title": o.title,
                            "licence": o.licence,
                            "page": o.page,
                            "ram_mb": o.ram_mb,
                            "boards": o.boards,
                            "note": o.note,
                            "by_hand": not o.files,
                        }
                        for o in offers
                    ],
                }
            )
        )
        return 0
    for model in here.values():
        print(f"installed  {model.name:22} {model.size / 1e6:6.0f} MB  {model.path}")
    for offer in offers:
        state = "installed" if offer.name in here else "pull" if offer.files else "by hand"
        print(
            f"{state:10} {offer.name:22} {offer.ram_mb:6} MB of memory  {offer.title}; {offer.licence}; {offer.boards}"
        )
        if offer.note or not offer.files:
            print(f"{'':33} {'; '.join(part for part in (offer.note, offer.page if not offer.files else '') if part)}")
    return 0


def _pull(options: argparse.Namespace) -> int:
    from appliance.models import commands

    with _clean_end():
        found = commands.pull(
            options.name, _root(options), _options(options), catalogue_file=options.catalogue, keep=options.keep
        )
    print(f"{options.name} is installed and computes: {_speeds(found)}. Talk with it: ternd chat {options.name}")
    return 0


def _add(options: argparse.Namespace) -> int:
    from appliance.models import commands

    with _clean_end():
        path, found = commands.add(options.source, _root(options), options.name, _options(options))
    print(f"{path.name} is installed and computes: {_speeds(found)}. Talk with it: ternd chat {path.name}")
    return 0


def _convert(options: argparse.Namespace) -> int:
    from appliance.models import commands

    with _clean_end():
        done = commands.convert_file(options.source, options.target, _options(options))
    print(f"{options.target}: {done.family}, {done.weights / 1e6:.0f} million weights, {done.size / 1e6:.0f} MB")
    return 0


def _info(options: argparse.Namespace) -> int:
    from appliance.models import library

    facts = library.describe(library.find(options.model, _root(options)))
    if options.json:
        print(json.dumps(facts))
        return 0
    for key, value in facts.items():
        shown = (
            ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in value.items())
            if isinstance(value, dict)
            else value
        )
        print(f"{key.replace('_', ' '):20} {shown}")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from appliance.models import library

    path = library.find(options.model, _root(options))
    print(f"{path} is as it was converted, and computes: {_speeds(library.self_test(path))}.")
    return 0


def _speeds(found: Any) -> str:
    return f"{found.tokens} tokens read at {found.prompt_speed:.1f} tokens/s, one by one at {found.speed:.1f}"


def _perplexity(options: argparse.Namespace) -> int:
    from appliance.models import library, perplexity

    rating = perplexity.measure(
        library.find(options.model, _root(options)),
        options.text,
        window=options.window,
        threads=options.threads,
        kv=options.kv,
        shortlist=options.shortlist,
    )
    if options.json:
        print(json.dumps({"perplexity": rating.perplexity, "tokens": rating.tokens, "seconds": rating.seconds}))
    else:
        print(f"perplexity {rating.perplexity:.4f} over {rating.tokens} tokens in {rating.seconds:.1f} s")
    return 0


def _remove(options: argparse.Namespace) -> int:
    from appliance.models import library

    print(f"{library.remove(options.name, _root(options))} is deleted.")
    return 0


def _open_chat(options: argparse.Namespace) -> Any:
    from appliance.models import library
    from appliance.models.chat import Chat

    for value, name in (
        (options.max_tokens, "--max-tokens"),
        (options.context, "--context"),
        (options.threads or 1, "--threads"),
    ):
        if value < 1:
            raise ModelError(f"{name} must be 1 or more, not {value}")
    return Chat.open(
        library.find(options.model, _root(options)),
        system=options.system,
        context=options.context,
        threads=options.threads,
        kv=options.kv,
        form=options.format,
        shortlist=options.shortlist,
    )


def _wish(options: argparse.Namespace) -> Any:
    from appliance.models.chat import Wish
    from appliance.models.sampling import Sampling

    sampling = Sampling(temperature=options.temperature, top_p=options.top_p, top_k=options.top_k, seed=options.seed)
    return Wish(sampling=sampling, max_tokens=options.max_tokens, drafting=not options.no_drafting)


def _chat(options: argparse.Namespace) -> int:
    from appliance.models import commands

    wish = _wish(options)
    with _open_chat(options) as chat:
        if sys.stdin.isatty():
            print(
                f"{chat.form.name} format, {chat.context} tokens of context, engine {chat.isa}. /quit or Ctrl-D ends.",
                file=sys.stderr,
            )
        commands.talk(chat, wish, lines=commands.prompt_lines(sys.stderr), out=sys.stdout, notes=sys.stderr)
    return 0


def _generate(options: argparse.Namespace) -> int:
    from appliance.models import commands, constraint

    text = sys.stdin.read() if options.prompt == ["-"] else " ".join(options.prompt)
    grammar = None
    if options.json_schema is not None:
        grammar = constraint.json_schema(_read(options.json_schema))
    elif options.lark is not None:
        grammar = constraint.lark(_read(options.lark).decode("utf-8", "replace"))
    elif options.regex is not None:
        grammar = constraint.regex(options.regex)
    wish = _wish(options)
    with _open_chat(options) as chat:
        commands.generate(chat, text, wish, raw=options.raw, grammar=grammar, as_json=options.json)
    return 0


def _read(path: Path) -> bytes:
    from appliance.models.constraint import MAX_GRAMMAR_BYTES

    try:
        with path.open("rb") as file:
            data = file.read(MAX_GRAMMAR_BYTES + 1)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}") from error
    if len(data) > MAX_GRAMMAR_BYTES:
        raise ModelError(f"{path} is larger than {MAX_GRAMMAR_BYTES} bytes")
    return data
