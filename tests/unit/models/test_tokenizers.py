import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from appliance.errors import ModelError
from appliance.models.gguf_tokenizer import build_tokenizer
from appliance.models.hf_tokenizer import from_sentencepiece, read_tokenizer
from appliance.models.text import TextTokenizer
from appliance.models.tokenizer_json import SCHEMES, seal
from tests.unit.models.gguf_files import bpe_metadata

PIECES = json.loads(Path(__file__).with_name("sentencepiece.json").read_text(encoding="utf-8"))
TEXTS = ("It's 12345 o'clock — ünïcode\n\n  and \t spaces ", "THE KITCHEN'S light\r\n", "x<|eot_id|>y <think>")


def load(data: bytes) -> Tokenizer:
    tokenizer = Tokenizer.from_str(data.decode())
    tokenizer.encode_special_tokens = True
    return tokenizer


def ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


@pytest.fixture(name="trained", params=["llama-bpe", "qwen2", "gpt-2"])
def _trained(request: pytest.FixtureRequest) -> tuple[str, Tokenizer]:
    """A tokenizer trained by the library with the cutting of a scheme."""
    scheme = SCHEMES[request.param]
    tokenizer = Tokenizer(models.BPE(ignore_merges=scheme.whole_words))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(scheme.pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(PIECES["ids"], trainer)
    return request.param, tokenizer


def as_metadata(tokenizer: Tokenizer, pre: str) -> dict[str, Any]:
    model = json.loads(tokenizer.to_str())["model"]
    tokens = sorted(model["vocab"], key=model["vocab"].__getitem__)
    controls = ["<|begin_of_text|>", "<|eot_id|>", "<think>"]
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": [*tokens, *controls],
        "tokenizer.ggml.token_type": [1] * len(tokens) + [3, 3, 4],
        "tokenizer.ggml.merges": [" ".join(pair) for pair in model["merges"]],
        "tokenizer.ggml.bos_token_id": len(tokens),
    }


def test_byte_level_bpe_from_gguf_gives_the_same_ids(trained: tuple[str, Tokenizer]) -> None:
    pre, tokenizer = trained
    metadata = as_metadata(tokenizer, pre)
    built = load(build_tokenizer(metadata, 100_000))
    for text in (*TEXTS, *PIECES["ids"]):
        assert ids(built, text) == ids(tokenizer, text)
        assert built.decode(ids(built, text)) == text
    first = metadata["tokenizer.ggml.bos_token_id"]
    assert built.token_to_id("<|eot_id|>") == first + 1
    assert built.encode("").ids == ([first] if pre == "llama-bpe" else [])


@given(st.text(max_size=40))
def test_no_text_becomes_a_control_token(text: str) -> None:
    metadata = bpe_metadata(300)
    tokenizer = _BPE
    first = metadata["tokenizer.ggml.bos_token_id"]
    assert all(number < first for number in ids(tokenizer, text + "<|eot_id|>" + text))


_BPE = load(build_tokenizer(bpe_metadata(300), 300))


def test_whole_words_of_the_vocabulary_are_taken() -> None:
    assert len(ids(_BPE, "hello")) == 1


def sentencepiece_metadata() -> dict[str, Any]:
    return {
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": list(PIECES["pieces"]),
        "tokenizer.ggml.scores": list(PIECES["scores"]),
        "tokenizer.ggml.token_type": list(PIECES["types"]),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.unknown_token_id": 0,
    }


@pytest.mark.parametrize("text", PIECES["ids"])
def test_sentencepiece_gives_the_ids_of_its_library(text: str) -> None:
    for data in (
        build_tokenizer(sentencepiece_metadata(), 700),
        from_sentencepiece(base64.b64decode(PIECES["model"])),
    ):
        tokenizer = load(data)
        assert ids(tokenizer, text) == PIECES["ids"][text]
        assert tokenizer.decode(ids(tokenizer, text)) == text
        assert tokenizer.encode("").ids[0] == 1


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"tokenizer.ggml.model": "bert"}, "not supported"),
        ({"tokenizer.ggml.model": None}, "not supported"),
        ({"tokenizer.ggml.pre": "gpt-9"}, "--tokenizer"),
        ({"tokenizer.ggml.pre": ["x"]}, "--tokenizer"),
        ({"tokenizer.ggml.tokens": None}, "no usable tokenizer"),
        ({"tokenizer.ggml.merges": None}, "no usable tokenizer"),
        ({"tokenizer.ggml.merges": ["a b c"]}, "no pair"),
        ({"tokenizer.ggml.merges": ["! ?"]}, "no token"),
        ({"tokenizer.ggml.token_type": [1]}, "does not fit"),
        ({"tokenizer.ggml.tokens": ["a", "a"], "tokenizer.ggml.token_type": [1, 1]}, "not there|the same"),
        ({"tokenizer.ggml.bos_token_id": 10**6}, "not there"),
    ],
)
def test_unusable_metadata_is_refused(change: dict[str, Any], match: str) -> None:
    with pytest.raises(ModelError, match=match):
        build_tokenizer(bpe_metadata(300) | change, 300)


def test_more_tokens_than_rows_are_refused() -> None:
    with pytest.raises(ModelError, match="rows"):
        build_tokenizer(bpe_metadata(300), 299)


def test_sentencepiece_needs_scores() -> None:
    with pytest.raises(ModelError, match="scores"):
        build_tokenizer(sentencepiece_metadata() | {"tokenizer.ggml.scores": [1.0]}, 700)


def test_a_file_over_which_the_library_panics_is_refused() -> None:
    raw = json.loads(build_tokenizer(bpe_metadata(300), 300))
    raw["post_processor"]["special_tokens"] = {}
    with pytest.raises(ModelError, match="no tokenizer that can be read"):
        TextTokenizer.parse(json.dumps(raw).encode(), 300)


def test_added_tokens_are_all_sealed() -> None:
    raw = json.loads(build_tokenizer(bpe_metadata(300), 300))
    for token in raw["added_tokens"]:
        token["special"] = False
    raw["truncation"] = {"max_length": 4}
    sealed = json.loads(seal(json.dumps(raw).encode()))
    assert all(token["special"] for token in sealed["added_tokens"])
    assert sealed["truncation"] is None


@pytest.mark.parametrize("data", [b"{}", b"[]", b"{", b'{"model": {}, "added_tokens": [1]}'])
def test_what_is_no_tokenizer_is_refused(data: bytes) -> None:
    with pytest.raises(ModelError):
        seal(data)


@given(st.binary(max_size=60))
def test_any_sentencepiece_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        from_sentencepiece(data)
    except ModelError:
        return


def test_a_directory_without_a_tokenizer_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="--tokenizer"):
        read_tokenizer(tmp_path)
    (tmp_path / "tokenizer.model").write_bytes(base64.b64decode(PIECES["model"]))
    assert load(read_tokenizer(tmp_path)).get_vocab_size() == 700
