"""Train the command model's tokenizer: byte-level BPE over single words.

Byte level, so that any Unicode can be written; every digit is its own token, so that numbers are read and not
remembered; a leading-blank marker on each word, so that a word has the same ids wherever it stands.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from appliance.intents import language
from appliance.text import words

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_SIZE = 2048
"""Tokens in all, special tokens and the 256 bytes included."""

_MAX_COUNT = 2000
"""A word counts at most this often, so that frequent words do not crowd out the pieces of rare names."""


def train(texts: Iterable[str], size: int = DEFAULT_SIZE) -> Tokenizer:
    """Return a tokenizer of `size` tokens trained on the words of `texts`."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(word.text for word in words(text))
    counts.update(
        {str(digit): _MAX_COUNT for digit in range(10)}
    )  # each digit is one token, at the beginning of a word too
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=False),
            pre_tokenizers.Split(Regex("[0-9]"), behavior="merged_with_previous"),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=list(language.tokens()),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(
        (word for word, count in sorted(counts.items()) for _ in range(min(count, _MAX_COUNT))), trainer
    )
    return tokenizer
