"""A small trained model, published as Hugging Face's are, against what transformers computes with floats."""

import json
from pathlib import Path
from typing import Any

import pytest

from appliance.models import perplexity
from appliance.models.chat import Chat, Wish
from appliance.models.convert import Options, convert

TRAINED = Path(__file__).with_name("trained")
EXPECTED: dict[str, Any] = json.loads((TRAINED / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(name="directories", scope="module")
def _directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("trained")
    for precision in ("f16", "int8", "int4"):
        convert(TRAINED, root / precision, Options(embedding=precision))
    return {path.name: path for path in root.iterdir()}


@pytest.mark.parametrize(
    ("precision", "kv", "tolerance"),
    [("f16", "f16", 0.001), ("int8", "f16", 0.001), ("f16", "int8", 0.01), ("int4", "f16", 0.05)],
)
def test_packed_weights_foretell_a_text_as_floats_do(
    precision: str, kv: Any, tolerance: float, directories: dict[str, Path]
) -> None:
    found = perplexity.measure(
        directories[precision], TRAINED / "unseen.txt", window=EXPECTED["window"], threads=1, kv=kv
    )
    assert found.tokens == EXPECTED["tokens"]
    assert EXPECTED["perplexity"] < 10  # it has learned something
    assert found.perplexity == pytest.approx(EXPECTED["perplexity"], rel=tolerance)


@pytest.mark.parametrize("precision", ["f16", "int8", "int4"])
def test_a_shortlist_changes_what_is_unlikely(precision: str, directories: dict[str, Path]) -> None:
    rated = [
        perplexity.measure(
            directories[precision], TRAINED / "unseen.txt", window=EXPECTED["window"], threads=1, shortlist=shortlist
        ).perplexity
        for shortlist in (False, True)
    ]
    assert rated[0] != rated[1]
    assert rated[1] == pytest.approx(rated[0], rel=0.02)


@pytest.mark.parametrize("shortlist", [False, True])
def test_the_greedy_text_is_that_of_transformers(shortlist: bool, directories: dict[str, Path]) -> None:
    with Chat.open(directories["f16"], threads=1, kv="f16", shortlist=shortlist) as chat:
        continuation = chat.tokenizer.encode(EXPECTED["continuation"])
        for drafting in (True, False):
            wish = Wish(max_tokens=len(continuation), drafting=drafting)
            text = "".join(chat.complete(EXPECTED["prompt"], wish))
            assert text == EXPECTED["continuation"].lstrip()
