"""The command line. Each command is one function that takes the parsed arguments and returns the exit status.

Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 not understood, refused or waiting for a yes, 4 a device that
reports its state did not confirm. What can only be sent (a scene, a button) is done when it was sent.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from appliance import __version__, config, model_cli, watch_cli
from appliance.errors import ConfigError, TerndError
from appliance.text import whole

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors that ternd raises on purpose are one line on stderr."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        return command(options)
    except ConfigError as error:
        return _complain(error, 2)
    except TerndError as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away: nothing is left to say, not even by the interpreter at exit
        return 1


def _complain(error: Exception, status: int) -> int:
    print(f"ternd: {error}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ternd", description="An offline assistant that acts.")
    parser.add_argument("--version", action="version", version=f"ternd {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, command: Command, help_: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.set_defaults(command=command)
        return sub

    def with_config(sub: argparse.ArgumentParser) -> argparse.ArgumentParser:
        sub.add_argument(
            "-c", "--config", type=Path, metavar="FILE", help="configuration (default: /etc/ternd/ternd.toml if there)"
        )
        return sub

    demo = add("demo", _demo, "a simulated home on a private broker; no hardware needed")
    demo.add_argument("--once", metavar="TEXT", help="do one sentence and exit (0: all devices confirmed)")
    demo.add_argument("--area", help="area where the sentences are said")
    demo.add_argument("--home", type=Path, metavar="FILE", help="another simulated home")
    demo.add_argument("--json", action="store_true", help="print replies as JSON")
    demo.add_argument(
        "--fault", action="append", default=[], metavar="DEVICE=KIND", help="let a device be silent, offline or slow"
    )

    with_config(add("run", _run, "the daemon"))

    infer = add("infer", _infer, "the command model in a process of its own, for [model] socket")
    infer.add_argument("--model", type=Path, metavar="DIR", help="another command model")
    infer.add_argument("--socket", type=Path, metavar="PATH", help="where to listen (default: the socket of systemd)")

    ask = with_config(add("ask", _ask, "hand a sentence to the running daemon and print its reply"))
    ask.add_argument("text", metavar="TEXT")
    ask.add_argument("--area", help="area where it is said")
    ask.add_argument("--dry-run", action="store_true", help="decide, but touch nothing")
    ask.add_argument("--json", action="store_true", help="print the whole reply as JSON")

    intents = add(
        "intents", _intents, "sentences on stdin (or as arguments) to intents, one JSON line each; never acts"
    )
    intents.add_argument("sentences", nargs="*", metavar="TEXT")
    intents.add_argument("--home", type=Path, required=True, metavar="FILE", help="the home as YAML")
    intents.add_argument("--model", type=Path, metavar="DIR", help="another command model")
    intents.add_argument("--phrases", type=Path, metavar="FILE", help="the household's own phrases as YAML")
    intents.add_argument("--json", action="store_true", help="JSON lines also for sentences given as arguments")

    discover = with_config(
        add("discover", _discover, "what the broker's devices announce, and what of it is unreadable")
    )
    discover.add_argument("--seconds", type=float, default=3.0, help="how long to listen (default: 3)")
    discover.add_argument("--topics", action="store_true", help="with the topics of each entity")
    discover.add_argument("--json", action="store_true")
    discover.add_argument("--yaml", action="store_true", help="print the home as YAML, for --home and [home] file")

    _add_log(with_config(add("log", _log, "what was done and why, newest first")))
    watch_cli.add_commands(add, with_config, _settings)

    doctor = with_config(add("doctor", _doctor, "check configuration, model, broker, pins; says what to mend"))
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument(
        "--audio", action="store_true", help="list sound cards, show a level meter, record and play back"
    )

    listen = with_config(add("listen", _listen, "show what is heard and what it would lead to; never acts"))
    listen.add_argument("--file", type=Path, metavar="WAV", help="a recording instead of the microphone")
    listen.add_argument("--home", type=Path, metavar="FILE", help="a home file instead of the broker's devices")
    listen.add_argument("--no-wake", action="store_true", help="speech alone begins a sentence")

    _add_bench(add("bench", _bench, "milliseconds and memory of the models on this machine"))

    conf = with_config(add("config", _config, "check the configuration, or print it in full"))
    conf.add_argument("action", choices=("check", "dump"))

    model_cli.add_commands(add)
    return parser


def _add_log(log: argparse.ArgumentParser) -> None:
    log.add_argument("-n", type=_count, default=20, metavar="N", help="entries (default: 20)")
    log.add_argument("--hours", type=float, metavar="H", help="only of the last H hours")
    log.add_argument("--source", metavar="NAME", help="only of this source: voice, mqtt, timer, input, or all of it")
    log.add_argument("--about", default="", metavar="TEXT", help="only where TEXT was heard, done or answered")
    log.add_argument("--undone", action="store_true", help="only what was refused, not understood or not confirmed")
    log.add_argument("--json", action="store_true", help="a line of JSON for each entry")


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--model", type=Path, metavar="DIR", help="another model directory")
    bench.add_argument(
        "--home", type=Path, metavar="FILE", help="measure whole sentences over this home (default: the demo's)"
    )
    bench.add_argument(
        "--shape", metavar="NAME", help="a synthetic model of a published shape: 2b-4t, falcon-e-1b, bonsai-1.7b, 0.7b"
    )
    bench.add_argument(
        "--threads", metavar="1,2", help="with --shape: numbers of threads (default: 1 to all processors)"
    )
    bench.add_argument("--variants", metavar="t2+i8,…", help="with --shape: packings and types of the head")
    bench.add_argument("--all-isa", action="store_true", help="with --shape: every instruction set of this processor")
    bench.add_argument("--vs", choices=["llama.cpp"], help="with --shape: the peer on the same shape, and ratios")
    bench.add_argument(
        "--tokens", type=int, default=20, metavar="N", help="with --shape: tokens to decode (default: 20)"
    )
    bench.add_argument("--tune", action="store_true", help="find the fastest packing and threads, and keep them")
    bench.add_argument(
        "--dir", type=Path, metavar="DIR", help="with --shape and --tune: where to write models meanwhile"
    )
    bench.add_argument("--json", action="store_true")


def _count(text: str) -> int:
    """How many: a whole number, not less than 1."""
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 1,000,000")
    return int(text)


def _settings(options: argparse.Namespace) -> config.Settings:
    path: Path | None = options.config
    if path is None and config.SYSTEM_FILE.exists():
        path = config.SYSTEM_FILE
    return config.load(path)


# --- commands: heavy imports stay inside, so that `ternd --help` is quick -----------------------------


def _demo(options: argparse.Namespace) -> int:
    from appliance.demo.main import run_demo

    return run_demo(
        once=options.once, area=options.area, home=options.home, as_json=options.json, faults=tuple(options.fault)
    )


def _run(options: argparse.Namespace) -> int:
    from appliance.daemon import serve

    return serve(_settings(options))


def _infer(options: argparse.Namespace) -> int:
    from appliance.infer_daemon import serve_model

    return serve_model(options.model, options.socket)


def _ask(options: argparse.Namespace) -> int:
    from appliance.demo.render import clean
    from appliance.mqtt import ask_daemon

    answer = ask_daemon(_settings(options), options.text, area=options.area, dry_run=options.dry_run)
    print(json.dumps(answer, ensure_ascii=False) if options.json else clean(answer["text"]))
    results = {action["result"] for action in answer["actions"] if action.get("reports", True)}
    if results - {"confirmed", "unchanged", "dry_run", "pending", "refused"}:
        return 4
    return 3 if results & {"pending", "refused"} or answer.get("refusals") or "error" in answer else 0


def _intents(options: argparse.Namespace) -> int:
    from appliance.opening import open_batch

    batch = open_batch(options.home, options.model, phrases=options.phrases)
    lines = [whole(text).encode() for text in options.sentences] or sys.stdin.buffer
    for line in batch.lines(lines):
        if options.sentences and not options.json:
            answer = json.loads(line)
            print(answer["text"])
            for intent in answer["intents"]:
                slots = " ".join(f"{key}={value}" for key, value in intent["slots"].items())
                print(f"  {intent['name']} {slots} → {', '.join(intent['entities']) or '-'}")
            if answer["speech"]:
                print(f"  {answer['speech']}")
        else:
            print(line, flush=True)
    return 0


def _log(options: argparse.Namespace) -> int:
    from appliance import log_report

    wish = log_report.Wish(
        most=options.n, hours=options.hours, source=options.source, about=options.about, undone=options.undone
    )
    for entry in log_report.entries(_settings(options), wish):
        for line in (log_report.as_json(entry),) if options.json else log_report.lines(entry):
            print(line)
    return 0


def _discover(options: argparse.Namespace) -> int:
    from appliance.discover import discover

    report = discover(
        _settings(options),
        seconds=options.seconds,
        as_json=options.json,
        as_yaml=options.yaml,
        topics=options.topics,
    )
    print(report)
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from appliance import doctor

    if options.audio:
        from appliance.voice.check import audio

        return 0 if audio(_settings(options).voice, print) else 1
    findings = doctor.examine(_settings(options))
    print(json.dumps(doctor.as_json(findings), indent=2) if options.json else doctor.render(findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _listen(options: argparse.Namespace) -> int:
    import dataclasses
    from functools import partial

    from appliance import listen

    settings, out = _settings(options), partial(print, flush=True)
    if options.file is not None:
        understood = listen.listen_file(options.file, settings, options.home, out, wake=not options.no_wake)
        return 0 if understood else 3
    if options.no_wake:
        settings = dataclasses.replace(
            settings, voice=dataclasses.replace(settings.voice, wake_words=(), always_listen=True)
        )
    return listen.listen_live(settings, options.home, out)


def _tune(options: argparse.Namespace) -> int:
    from dataclasses import asdict

    from appliance.engine import tune

    found = tune.measure(folder=options.dir, note=lambda text: print(text, file=sys.stderr, flush=True))
    tune.save(found, tune.file())
    print(json.dumps(asdict(found), indent=2) if options.json else tune.render(found))
    return 0


def _bench_shape(options: argparse.Namespace) -> int:
    from appliance.engine import shape_bench, shape_report, variants
    from appliance.engine.synthetic import find_shape

    shape = find_shape(options.shape)
    most = os.cpu_count() or 1
    report = shape_bench.measure(
        shape,
        variants=variants.parse_variants(options.variants) if options.variants else variants.default_variants(shape),
        threads=shape_bench.parse_threads(options.threads) if options.threads else sorted({1, most}),
        every_isa=options.all_isa,
        versus=options.vs is not None,
        n_decode=max(1, options.tokens),
        folder=options.dir,
        note=lambda text: print(text, file=sys.stderr, flush=True),
    )
    print(json.dumps(shape_report.as_json(report), indent=2) if options.json else shape_report.render(report))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from appliance import bench

    if options.shape is not None:
        return _bench_shape(options)
    if options.tune:
        return _tune(options)
    report = bench.measure(options.model, options.home)
    print(json.dumps(bench.as_json(report), indent=2) if options.json else bench.render(report))
    return 0


def _config(options: argparse.Namespace) -> int:
    settings = _settings(options)
    print(config.dump(settings) if options.action == "dump" else "The configuration is sound.")
    return 0
