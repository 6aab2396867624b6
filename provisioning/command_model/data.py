"""Generated examples as token ids, and batches of them.

An example is the words of the sentence, ``<begin>``, the calls, ``<end>``. Only what follows ``<begin>`` is learnt.
"""

from __future__ import annotations

import hashlib
import logging
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from appliance.intents import language
from appliance.intents.parse import parse_line
from appliance.intents.vocabulary import SPECIAL, Vocabulary
from appliance.text import words
from provisioning.command_model.generator import examples
from provisioning.command_model.renaming import rename

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    Ids = npt.NDArray[np.int16]

Split = Literal["train", "heldout"]
"""Which templates and names the generator uses."""

_LOG = logging.getLogger(__name__)
_SHARD = 10_000
"""Examples that one seed of the generator gives; the seed of a shard is part of the data's identity."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Many examples in flat arrays."""

    ids: Ids
    """All tokens, example after example."""
    starts: npt.NDArray[np.int64]
    """Offset of each example's first token, and of the end."""
    prompts: npt.NDArray[np.int16]
    """Tokens of each example up to and with ``<begin>``."""

    def __len__(self) -> int:
        """Count the examples."""
        return len(self.prompts)

    def example(self, index: int) -> Ids:
        """Return the tokens of one example."""
        return self.ids[self.starts[index] : self.starts[index + 1]]

    def first(self, count: int) -> Corpus:
        """Return the first `count` examples."""
        starts = self.starts[: count + 1]
        return Corpus(self.ids[: starts[-1]], starts, self.prompts[:count])

    def save(self, path: Path) -> None:
        """Write the arrays to one file."""
        np.savez(path, ids=self.ids, starts=self.starts, prompts=self.prompts)

    @classmethod
    def load(cls, path: Path) -> Corpus:
        """Read what :meth:`save` wrote."""
        with np.load(path) as arrays:
            return cls(arrays["ids"], arrays["starts"], arrays["prompts"])


def shard(job: tuple[int, Split, int, bool]) -> list[tuple[str, str]]:
    """Generate pairs of sentence and line for the job (seed, split, count, renamed); what no grammar accepts is left out."""
    seed, split, count, renamed = job
    found = []
    for example in islice(examples(seed, split), count):
        try:
            parse_line(example.line, example.text)
        except ValueError:
            continue
        found.append((example.text, example.line))
    return rename(found, seed) if renamed else found


def generate(seed: int, split: Split, count: int, processes: int, *, renamed: bool = False) -> list[tuple[str, str]]:
    """Generate about `count` examples, in shards of seeds derived from `seed`; the same for any number of processes."""
    jobs = [
        (seed * 1_000_003 + i, split, min(_SHARD, count - i * _SHARD), renamed)
        for i in range((count + _SHARD - 1) // _SHARD)
    ]
    pairs: list[tuple[str, str]] = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        for done in pool.map(shard, jobs):
            pairs.extend(done)
            if len(pairs) // 100_000 != (len(pairs) - len(done)) // 100_000:
                _LOG.info("generated %d of %d examples", len(pairs), count)
    if len(pairs) < count:
        _LOG.warning("%d of %d examples are not in the language and were left out", count - len(pairs), count)
    return pairs


def digest(pairs: list[tuple[str, str]]) -> str:
    """Return the SHA-256 of the examples in order."""
    sha = hashlib.sha256()
    for text, line in pairs:
        sha.update(f"{text}\t{line}\n".encode())
    return sha.hexdigest()


def encode(pairs: list[tuple[str, str]], vocabulary: Vocabulary, longest: int) -> Corpus:
    """Turn examples into ids; those of more than `longest` tokens are left out."""
    begin, end = SPECIAL[language.BEGIN], SPECIAL[language.END]
    flat: list[int] = []
    starts, prompts = [0], []
    for text, line in pairs:
        prompt = [token for word in words(text) for token in vocabulary.word(word.text)]
        tokens = [*prompt, begin, *vocabulary.line(line), end]
        if len(tokens) > longest:
            continue
        flat.extend(tokens)
        starts.append(len(flat))
        prompts.append(len(prompt) + 1)
    return Corpus(np.array(flat, np.int16), np.array(starts, np.int64), np.array(prompts, np.int16))


@dataclass(frozen=True, slots=True)
class Batch:
    """Examples of about one length, padded on the right."""

    ids: npt.NDArray[np.int64]
    """[examples, length]: inputs."""
    where: npt.NDArray[np.int64]
    """Flat positions of `ids` whose next token is learnt."""
    targets: npt.NDArray[np.int64]
    """The tokens that follow there."""
    owner: npt.NDArray[np.int64]
    """Row of `ids` that each of them belongs to."""


def batch(corpus: Corpus, indexes: npt.NDArray[Any]) -> Batch:
    """Put examples into one batch."""
    longest = max(int(corpus.starts[i + 1] - corpus.starts[i]) for i in indexes) - 1
    ids = np.zeros((len(indexes), longest), np.int64)
    where, targets, owner = [], [], []
    for row, index in enumerate(indexes):
        tokens = corpus.example(index)
        ids[row, : len(tokens) - 1] = tokens[:-1]
        first = int(corpus.prompts[index]) - 1
        where.append(np.arange(first, len(tokens) - 1) + row * longest)
        targets.append(tokens[first + 1 :])
        owner.append(np.full(len(tokens) - 1 - first, row))
    return Batch(ids, np.concatenate(where), np.concatenate(targets).astype(np.int64), np.concatenate(owner))


def batches(corpus: Corpus, tokens: int, seed: int, rank: int = 0, world: int = 1) -> Iterator[Batch]:
    """Give one epoch of process `rank` in batches of about `tokens` tokens, shuffled, similar lengths together."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(corpus))[rank::world]
    lengths = np.diff(corpus.starts)
    pool = max(1, 100 * tokens // max(1, int(lengths.mean())))
    for start in range(0, len(order), pool):
        part = order[start : start + pool]
        part = part[np.argsort(lengths[part], kind="stable")]
        groups, first = [], 0
        for i in range(1, len(part) + 1):
            if i == len(part) or (i + 1 - first) * lengths[part[i]] > tokens:
                groups.append(part[first:i])
                first = i
        for group in generator.permutation(len(groups)):
            yield batch(corpus, groups[group])
