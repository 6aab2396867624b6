"""Say anything to the command model and the resolver, for hours if need be: nothing may raise, whatever is half heard.

``python -m tests.understanding.anything [--seconds 600] [--seed 1] [HOME …]`` makes talks of one to three turns from the hand-written
sentences: words at random, the beginning of one with the end of another, words left out, put in or said twice. Each defect is printed once, with
the talk that led to it. Exit status 1 where there was one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Sequence
from itertools import chain

from appliance.opening import open_batch
from tests.understanding.score import HERE, read

_HOMES = ("villa", "tenement", "manor", "family", "abbey", "farm", "vicarage")
_MOST_WORDS = 14


class Speaker:
    """Makes sentences out of others."""

    def __init__(self, sentences: Sequence[str], seed: int) -> None:
        """Take sentences, at least one."""
        self._sentences = [sentence.split() for sentence in sentences]
        self._words = list(chain.from_iterable(self._sentences))
        self._random = random.Random(seed)

    def talk(self) -> list[str]:
        """One to three sentences."""
        return [" ".join(self._sentence()) for _ in range(self._random.choice((1, 1, 2, 3)))]

    def _sentence(self) -> list[str]:
        draw = self._random
        kind = draw.choice(("words", "halves", "slips", "slips"))
        if kind == "words":
            return draw.choices(self._words, k=draw.randint(1, _MOST_WORDS))
        said, other = draw.choice(self._sentences), draw.choice(self._sentences)
        if kind == "halves":
            return said[: draw.randint(0, len(said))] + other[draw.randint(0, len(other)) :]
        said = list(said)
        for _ in range(draw.randint(1, 4)):
            at = draw.randint(0, len(said))
            if at < len(said) and draw.random() < 1 / 2:
                said[at : at + 1] = draw.choice(([], said[at : at + 1] * 2))
            else:
                said.insert(at, draw.choice(self._words))
        return said


def main(arguments: Sequence[str]) -> int:
    """Read the command line and talk."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("homes", nargs="*", default=_HOMES)
    options = parser.parse_args(arguments)
    files = [HERE / f"{home}.txt" for home in options.homes]
    speaker = Speaker([sentence.text for file in files for sentence in read(file)], options.seed)
    homes = [open_batch(file.with_suffix(".yaml")) for file in files]
    known: set[tuple[str, int | None]] = set()
    until, talks = time.monotonic() + options.seconds, 0
    while time.monotonic() < until:
        *before, last = speaker.talk()
        try:
            homes[talks % len(homes)].run(last, None, before)
        except Exception as error:  # noqa: BLE001 - any is a defect
            place = traceback.extract_tb(error.__traceback__)[-1]
            if (place.filename, place.lineno) not in known:
                known.add((place.filename, place.lineno))
                print(f"{place.filename}:{place.lineno}: {error!r} by {' >> '.join((*before, last))!r}", flush=True)
        talks += 1
    print(f"{talks} talks, {len(known)} defects")
    return 1 if known else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
