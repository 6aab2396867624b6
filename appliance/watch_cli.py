"""The commands about readings and recordings: ``replay``, ``record``, ``watch``, ``history``."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from appliance.config import Settings
from appliance.errors import ConfigError

Command = Callable[[argparse.Namespace], int]
Add = Callable[[str, Command, str], argparse.ArgumentParser]


def add_commands(
    add: Add,
    with_config: Callable[[argparse.ArgumentParser], argparse.ArgumentParser],
    settings: Callable[[argparse.Namespace], Settings],
) -> None:
    """Add the commands to the command line; `settings` loads the configuration that the options name."""
    replay = with_config(
        add(
            "replay",
            lambda options: _replay(options, settings(options)),
            "recorded messages (JSON lines) through watches and assistant; sends nothing",
        )
    )
    replay.add_argument("file", type=Path, metavar="FILE", help="the recording; - for stdin")
    replay.add_argument("--home", type=Path, metavar="FILE", help="another home file")
    replay.add_argument("--json", action="store_true", help="print events as JSON lines")

    record = with_config(
        add(
            "record",
            lambda options: _record(options, settings(options)),
            "write what the broker sends to a file, for replay",
        )
    )
    record.add_argument("file", type=Path, metavar="FILE")
    record.add_argument("--topic", action="append", metavar="FILTER", help="what to record (default: everything)")
    record.add_argument("--seconds", type=float, default=60.0, help="how long (default: 60)")

    watch = with_config(
        add(
            "watch",
            lambda options: _watch(options, settings(options)),
            "the alerts that are raised now, and the latest",
        )
    )
    watch.add_argument("-n", type=int, default=20, metavar="N", help="alerts (default: 20)")
    watch.add_argument("--json", action="store_true")

    history = with_config(
        add(
            "history",
            lambda options: _history(options, settings(options)),
            "what is kept of readings and states, and how much is written a day",
        )
    )
    history.add_argument("series", nargs="?", metavar="NAME", help="print the rows of the series with this key or name")
    history.add_argument("--hours", type=float, default=24.0, help="with NAME: how far back (default: 24)")
    history.add_argument("--bench", action="store_true", help="measure 1,000 readings a second on this machine")
    history.add_argument("--seconds", type=float, default=30.0, help="with --bench: how long (default: 30)")
    history.add_argument("--json", action="store_true")


def _replay(options: argparse.Namespace, settings: Settings) -> int:
    from appliance import replay

    if options.home is not None:
        settings = dataclasses.replace(settings, home=dataclasses.replace(settings.home, file=options.home))

    def tell(event: Mapping[str, Any]) -> None:
        print(json.dumps(event, ensure_ascii=False) if options.json else replay.rendered(event))

    from_stdin = str(options.file) == "-"
    with contextlib.ExitStack() as opened:
        try:
            source = sys.stdin if from_stdin else opened.enter_context(options.file.open(encoding="utf-8"))
            report = replay.Replay(settings, tell).run(replay.lines_of(source))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{options.file}: {error}") from error
    print(replay.summed_up(report), file=sys.stderr)
    return 0


def _record(options: argparse.Namespace, settings: Settings) -> int:
    from appliance import replay

    try:
        with options.file.open("w", encoding="utf-8") as out:
            count = replay.record(settings, options.topic or ["#"], options.seconds, out)
    except OSError as error:
        raise ConfigError(f"{options.file}: {error}") from error
    print(f"{count} messages in {options.file}")
    return 0


def _watch(options: argparse.Namespace, settings: Settings) -> int:
    from appliance.database import Database
    from appliance.opening import store_path
    from appliance.watch.spool import Spool

    path = store_path(settings)
    if not path.exists():
        raise ConfigError(f"There are no alerts yet ({path}).")
    spool = Spool(Database(path, "", copy=True))
    alerts = [alert for alert in spool.between(0, time.time(), options.n) if alert.cleared is not None]
    alerts += spool.active()
    if options.json:
        for alert in alerts:
            print(json.dumps(dataclasses.asdict(alert), ensure_ascii=False))
        return 0
    names = {watch.id for watch in settings.watch}
    print(f"{len(settings.watch)} watches configured, {len(spool.messages)} messages wait for the broker")
    for alert in reversed(alerts):
        until = "still raised" if alert.cleared is None else f"until {_clock(alert.cleared)}"
        gone = "" if alert.watch in names else " (no longer configured)"
        print(f"{_clock(alert.raised)}  {until:30}  {alert.watch}{gone}: {alert.text}")
    return 0


def _history(options: argparse.Namespace, settings: Settings) -> int:
    from appliance import history_report

    if options.bench:
        report = history_report.bench(options.seconds)
        print(json.dumps(dataclasses.asdict(report)) if options.json else history_report.bench_words(report))
        return 0
    if options.series is not None:
        for line in history_report.rows(settings, options.series, options.hours, as_json=options.json):
            print(line)
        return 0
    content = history_report.content(settings)
    print(json.dumps(dataclasses.asdict(content)) if options.json else history_report.content_words(content))
    return 0


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
