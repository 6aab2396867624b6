"""Runs the faults one after the other, or a soak, while requests come in, and prints what they cost.

``tests/system/faults`` boots the container and runs this in it. Exit status 1 when anything was lost, done twice, reported
wrongly or left unsafe, when the service did not recover, or when its memory goes on growing.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import threading
import time

from tests.system.inside import faults  # noqa: F401 - they enter themselves
from tests.system.inside.rig import Account, account, until
from tests.system.inside.trial import ANSWER_S, FAULTS, RATE, Fault, Outcome, Rig

MAX_SLOPE = 3.0
"""MB an hour in the second half of a soak: one more block of the allocator in that time makes 2."""

# --- the table --------------------------------------------------------------------------------------

COLUMNS = "{:42} {:>5} {:>15} {:>15} {:>8} {:>5} {:>6} {:>7} {:>7} {:>7} {:>13}"


def row(name: str, outcome: Outcome, found: Account, before: float, after: float) -> str:
    """One line of the table."""

    def spread(times: list[float]) -> str:
        return f"{statistics.median(times):.1f} / {max(times):.1f}" if times else "-"

    return COLUMNS.format(
        name, outcome.times, spread(outcome.recovery), spread(outcome.driven), found.accepted, found.lost, found.twice,
        found.untrue, outcome.unsafe, found.undone, f"{before:.0f} → {after:.0f}",
    )  # fmt: skip


def measure(rig: Rig, name: str, function: Fault) -> tuple[str, list[str], list[str]]:
    """Let one fault happen; the line of the table, what is wrong, and what else is to be said."""
    rig.home.executed.clear()
    since = time.monotonic()
    before = rig.service.rss_mb()
    rig.requests.stream(RATE)
    try:
        outcome = function(rig)
    except Exception as error:  # noqa: BLE001 - the other faults are to be seen, too
        outcome = Outcome(failures=[f"the check itself failed: {error}"])
    rig.requests.quiet()
    settled = time.monotonic() + ANSWER_S
    until(lambda: account(rig.requests, rig.home, since).lost == 0, settled - time.monotonic(), 0.5)
    time.sleep(1)
    found = account(rig.requests, rig.home, since)
    wrong = list(outcome.failures)
    for count, what in (
        (found.lost, "lost"),
        (found.twice, "done twice"),
        (found.untrue, "reported wrongly"),
        (outcome.unsafe, "unsafe"),
    ):
        if count:
            wrong.append(f"{count} {what}")
    rig.requests.all.clear()
    return row(name, outcome, found, before, rig.service.rss_mb()), wrong, outcome.notes


def say_stillness(rig: Rig, since: float) -> None:
    """Print how long the machine stood still since a monotonic second: limits of seconds are not kept then."""
    still = rig.stillness.since(since)
    if still:
        print(f"  (no processor for {sum(still):.0f} s in {len(still)} pieces, {max(still):.0f} s at once)", flush=True)


def _slope(samples: list[tuple[float, float]], part: float) -> float:
    """MB an hour over the last part of the samples (seconds, MB)."""
    late = samples[int(len(samples) * (1 - part)) :]
    if len(late) < 2:
        return 0.0
    return statistics.linear_regression([t for t, _ in late], [m for _, m in late]).slope * 3600


def soak(rig: Rig, minutes: float) -> int:
    """Requests for so long; prints the memory every minute and its slope."""
    samples: list[tuple[float, float]] = []
    start = time.monotonic()
    since = start
    pid = rig.service.pid
    rig.requests.stream(RATE)
    while (passed := time.monotonic() - start) < 60 * minutes:
        samples.append((passed, rig.service.rss_mb()))
        print(f"{passed / 60:6.1f} min  {samples[-1][1]:6.1f} MB", flush=True)
        threading.Event().wait(60)
    rig.requests.quiet()
    rig.recovered()
    time.sleep(5)
    found = account(rig.requests, rig.home, since)
    slopes = ", ".join(
        f"{_slope(samples, part):+.2f} in the last {name}"
        for part, name in ((0.8, "four fifths"), (0.5, "half"), (1 / 3, "third"))
    )
    print(f"soak: {minutes:g} minutes, {found.accepted} requests, lost {found.lost}, done twice {found.twice}")
    say_stillness(rig, since)
    print(f"memory: {samples[0][1]:.1f} → {samples[-1][1]:.1f} MB; MB an hour: {slopes}")
    wrong = {
        "lost": found.lost,
        "done twice": found.twice,
        "growing": int(_slope(samples, 0.5) > MAX_SLOPE),
        "ended": int(rig.service.pid != pid),
    }
    print("All is well." if not any(wrong.values()) else f"Wrong: {', '.join(what for what in wrong if wrong[what])}.")
    return int(any(wrong.values()))


def main() -> int:
    """Run the faults that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="parts of the names of faults")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--soak", type=float, default=0.0, metavar="MINUTES", help="instead of the faults")
    options = parser.parse_args()
    chosen = {
        name: function
        for name, function in FAULTS.items()
        if not options.only or any(part in name for part in options.only)
    }
    if not chosen:
        parser.error(f"--only: no fault has one of these parts in its name; there are: {', '.join(FAULTS)}")
    rig = Rig(options.kills)
    rig.start()
    if options.soak:
        return soak(rig, options.soak)
    print(
        COLUMNS.format(
            "fault",
            "times",
            "recovery s",
            "driven after s",
            "accepted",
            "lost",
            "twice",
            "untrue",
            "unsafe",
            "undone",
            "RSS MB",
        )
    )
    all_wrong = []
    for name, function in chosen.items():
        since = time.monotonic()
        line, wrong, notes = measure(rig, name, function)
        print(line, flush=True)
        for note in notes:
            print(f"  ({note})", flush=True)
        for what in wrong:
            print(f"  !! {what}", flush=True)
        say_stillness(rig, since)
        all_wrong += wrong
    print("recovery and driven: median / worst. undone: answered with a refusal (busy, too late, interrupted).")
    print("All faults were survived." if not all_wrong else f"{len(all_wrong)} things are wrong.")
    return int(bool(all_wrong))


if __name__ == "__main__":
    sys.exit(main())
