"""Write the words of the training sentences for the correction of typing errors.

``python -m provisioning.command_model.spelling appliance/data/spelling.txt``

Lines of one word each, in alphabetical order. Those that commands are made of begin with ``+``: typing errors are mended to them. The
others (names, things to buy, titles: all of ``vocabulary/``, and the everyday words of ``english.txt``) only tell that a word is none.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from appliance.text import words
from provisioning.command_model.generator import Example, examples

_OFTEN = 1 / 3000
"""Occurrences for each sentence, outside spans, from which on a word is one that commands are made of."""
_LEAST = 2
"""Occurrences of a word that is one."""
_SHORTEST = 4
"""Letters of a word that errors are mended to."""
_EVERYDAY = Path(__file__).with_name("english.txt")
_VOCABULARY = Path(__file__).with_name("vocabulary")
_LEAST_LETTERS = 3


def lines(sentences: Iterable[Example], everyday: Iterable[str] = ()) -> list[str]:
    """The lines of the file, from sentences without noise and invented names, and `everyday` words."""
    seen: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    count = 0
    for example in sentences:
        count += 1
        if example.tags & {"noise", "correction", "unseen"}:  # unseen: invented names
            continue
        spans = {piece for piece in example.line.split() if not piece.startswith("<")}
        said = [word.text for word in words(example.text) if word.text.isalpha()]
        seen.update(said)
        if not example.line.startswith("<None>"):
            outside.update(word for word in said if word not in spans)
    commanding = {
        word for word, times in outside.items() if times >= _OFTEN * count and len(word) >= _SHORTEST and word.isascii()
    }
    known = {word for word in seen if seen[word] >= _LEAST} | set(everyday)
    return ["+" * (word in commanding) + word for word in sorted(known)]


def plain_words() -> set[str]:
    """The words of the vocabulary, and everyday ones."""
    found = set(_EVERYDAY.read_text(encoding="ascii").split())
    for path in sorted(_VOCABULARY.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = line.partition("#")[0]
            if not entry.startswith("["):
                found |= {
                    w.text
                    for w in words(entry)
                    if w.text.isalpha() and w.text.islower() and len(w.text) >= _LEAST_LETTERS
                }
    return found


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--examples", type=int, default=300_000)
    parser.add_argument("--seed", type=int, default=987)
    options = parser.parse_args()
    found = lines(islice(examples(options.seed, "train"), options.examples), plain_words())
    options.out.write_text("\n".join(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
