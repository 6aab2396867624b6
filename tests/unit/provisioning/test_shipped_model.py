"""The command model that is shipped, through the engine and the grammar, on a sample of the held-out split."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from appliance.engine import Model, Session
from appliance.intents.command_model import CONTEXT, CommandModel
from appliance.intents.vocabulary import Vocabulary
from provisioning.command_model.evaluate import report, run, show
from provisioning.command_model.generator import examples

DIRECTORY = Path(__file__).parents[3] / "appliance" / "data" / "command"
EXACT = 0.6


@pytest.fixture(name="model", scope="module")
def _model() -> Iterator[CommandModel]:
    with Model.open(DIRECTORY) as opened, Session(opened, n_ctx=CONTEXT) as session:
        yield CommandModel(session, Vocabulary.open(opened.tokenizer_path))


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in DIRECTORY.rglob("*") if path.is_file()) <= 4_000_000


def test_it_reads_most_sentences_of_templates_and_names_it_never_saw(model: CommandModel) -> None:
    figures = report(run(model, islice(examples(7_000_001, "heldout"), 500)))
    assert figures["sentences"] == 500
    assert figures["exact"] >= EXACT
    assert figures["calibration"]["exact_of_surest"]["0.5"] > figures["exact"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("turn on the kitchen lights", "<TurnOn> <area> kitchen <domain:light>"),
        ("Turn off the reading lamp, please!", "<TurnOff> <name> reading lamp"),
        ("set the bedroom lights to 20 percent", "<LightSet> <area> bedroom <domain:light> <brightness> 20"),
        ("what time is it", "<GetTime>"),
        ("set a timer for ten minutes", "<StartTimer> <duration> ten minutes"),
        ("turn off everything except the hall light", "<TurnOff> <all> <except> <area> hall <domain:light>"),
        ("lock the front door and turn off the fan", "<Lock> <name> front door <;> <TurnOff> <domain:fan>"),
        ("don't open the garage", "<None> <why:forbid>"),
    ],
)
def test_it_reads_what_everybody_says(model: CommandModel, text: str, line: str) -> None:
    assert model.understand(text).line == line


def test_understanding_is_repeatable(model: CommandModel) -> None:
    first = model.understand("turn on the lamp and open the blinds")
    model.understand("what is the temperature in the bedroom")
    assert model.understand("turn on the lamp and open the blinds") == first


def test_figures_can_be_shown(model: CommandModel, capsys: pytest.CaptureFixture[str]) -> None:
    show(report(run(model, islice(examples(3, "heldout"), 20))))
    assert "exact_by_call" in capsys.readouterr().out
