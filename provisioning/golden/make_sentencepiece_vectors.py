"""Makes ``tests/unit/models/sentencepiece.json``: a small SentencePiece BPE as Llama's and the ids that it gives to texts.

Run ``python provisioning/golden/make_sentencepiece_vectors.py tests/unit/models/sentencepiece.json`` with ``sentencepiece``
installed; the tests need only the file.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
from pathlib import Path

import sentencepiece

TEXTS = (
    "Turn on the kitchen light, please.",
    "  two spaces, and   three ",
    "Grüße aus Köln: 21.5 °C — naïve 你好 🙂",
    "line one\nline two\n\n\tindented",
    "unbelievably interconnected lights12345",
    "a",
    " ",
)


def main() -> None:
    """Train on the documentation of this repository and write the vectors."""
    parser = argparse.ArgumentParser(description="Make the vectors of the SentencePiece tokenizer.")
    parser.add_argument("file", type=Path, help="where to write, usually tests/unit/models/sentencepiece.json")
    file = parser.parse_args().file
    root = Path(__file__).parents[2]
    lines = [line for path in sorted(root.glob("*.md")) for line in path.read_text(encoding="utf-8").splitlines()]
    trained = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines),
        model_writer=trained,
        model_type="bpe",
        vocab_size=700,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        character_coverage=0.99,
        user_defined_symbols=["<|user|>"],
        minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=trained.getvalue())
    vectors = {
        "sentencepiece": sentencepiece.__version__,
        "model": base64.b64encode(trained.getvalue()).decode(),
        "ids": {text: processor.encode(text) for text in TEXTS},
        "pieces": [processor.id_to_piece(number) for number in range(len(processor))],
        "scores": [processor.get_score(number) for number in range(len(processor))],
        "types": [_type(processor, number) for number in range(len(processor))],
    }
    file.write_text(json.dumps(vectors, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{file}: {len(processor)} pieces, {file.stat().st_size} bytes")


def _type(processor: sentencepiece.SentencePieceProcessor, number: int) -> int:
    """The token type as GGUF files number it."""
    if processor.is_unknown(number):
        return 2
    if processor.is_control(number):
        return 3
    if processor.is_byte(number):
        return 6
    return 4 if processor.id_to_piece(number) == "<|user|>" else 1


if __name__ == "__main__":
    main()
