"""What forgetting the middle of a talk costs, on a small trained model."""

from pathlib import Path

import numpy as np
import pytest

from appliance.engine import Model, Session
from appliance.models.convert import Options, convert
from appliance.models.text import TextTokenizer

TRAINED = Path(__file__).with_name("trained")
KEEP, DROP, REST, FORETOLD = 8, 100, 60, 60


def surprise(session: Session, tokens: list[int]) -> list[float]:
    """Return the negative logarithm of the probability of each of these tokens after what the session holds."""
    result = []
    for token in tokens:
        logits = session.logits().astype(np.float64)
        result.append(float(np.logaddexp.reduce(logits) - logits[token]))
        session.append([token])
    return result


@pytest.mark.parametrize("kv", ["f16", "int8"])
def test_a_text_is_foretold_as_if_what_is_left_had_been_evaluated_anew(tmp_path: Path, kv: str) -> None:
    convert(TRAINED, tmp_path / "model", Options(embedding="f16"))
    evicted: list[float] = []
    anew: list[float] = []
    with Model.open(tmp_path / "model") as model, Session(model, n_ctx=256, kv=kv) as session:  # type: ignore[arg-type]
        tokenizer = TextTokenizer.open(model.tokenizer_path, model.config.n_vocab)
        text = tokenizer.encode((TRAINED / "unseen.txt").read_text(encoding="utf-8"))
        length = KEEP + DROP + REST + FORETOLD
        for begin in range(0, len(text) - length, length):
            before, after = text[begin : begin + length - FORETOLD], text[begin + length - FORETOLD : begin + length]
            session.sync(before)
            session.evict(KEEP, DROP)
            evicted += surprise(session, after)
            session.truncate(0)
            session.sync(before[:KEEP] + before[KEEP + DROP :])
            anew += surprise(session, after)
    assert len(anew) >= 200
    assert np.exp(np.mean(evicted)) == pytest.approx(np.exp(np.mean(anew)), rel=0.02)
