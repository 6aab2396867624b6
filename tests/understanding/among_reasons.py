"""Say the sentences of this folder among greetings and reasons, and count what comes of it otherwise than without.

``python -m tests.understanding.among_reasons [-v] [--seed N] [--most N] [FILE …]``: what is done otherwise is the figure that matters; nothing done
is a question back, or not understood. Files that are never to be opened are not read unless they are named.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from appliance.batch import Batch
from appliance.opening import open_batch
from tests.understanding.score import HERE, read

OPENED = "villa office cottage manor terrace chalet mill farm loft family vineyard harbour ranch lighthouse orchard abbey".split()
BEFORE = (
    "my mother is coming for dinner at seven, so ",
    "since we have guests tonight, ",
    "hello, sorry to bother you again, but ",
    "I've had such a long day and my feet hurt, so please ",
    "because the neighbours complained yesterday, ",
    "good evening, I hope you are well, ",
    "the kids are finally asleep, so ",
)
BEHIND = (
    ", because my parents arrive in half an hour",
    ", I've got my hands full",
    ", thank you so much",
    " because the plumber comes at nine",
)


def done(batch: Batch, text: str, area: str | None) -> list[tuple[str, str, tuple[str, ...]]]:
    """What a sentence comes to, in any order."""
    intents: list[dict[str, Any]] = batch.run(text, area)["intents"]
    return sorted((i["name"], repr(sorted(i["slots"].items())), tuple(sorted(i["entities"]))) for i in intents)


def main(arguments: list[str]) -> int:
    """Print the counts of each home."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true", dest="verbose")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=90)
    parser.add_argument("files", type=Path, nargs="*", default=[HERE / f"{name}.txt" for name in OPENED])
    chosen = parser.parse_args(arguments)
    for path in chosen.files:
        drawn = random.Random(chosen.seed)
        batch = open_batch(path.with_suffix(".yaml"))
        sentences = [sentence for sentence in read(path) if not sentence.before]
        counts: Counter[str] = Counter()
        for sentence in drawn.sample(sentences, min(chosen.most, len(sentences))):
            text = sentence.text.rstrip(".?!")
            said = f"{drawn.choice(BEFORE)}{text}" if drawn.random() < 0.6 else f"{text}{drawn.choice(BEHIND)}"
            alone, among = done(batch, sentence.text, sentence.area), done(batch, said, sentence.area)
            counts["same" if among == alone else "otherwise" if among else "nothing"] += 1
            if chosen.verbose and among and among != alone:
                print(f"{said!r}: {among}, alone: {alone}")
        print(
            f"{path.stem:10} same {counts['same']:3}, otherwise {counts['otherwise']:3}, nothing {counts['nothing']:3}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
