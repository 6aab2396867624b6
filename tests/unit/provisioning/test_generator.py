"""The generator's examples keep the language's rules, and its two splits keep apart."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from random import Random

import pytest

from appliance.intents import language
from appliance.text import words
from provisioning.command_model import generator
from provisioning.command_model.generator import Example, IllegalExample, check
from provisioning.command_model.generator.amounts import in_words
from provisioning.command_model.generator.noise import IMPERATIVES
from provisioning.command_model.generator.notation import Draw, Grammar, NotationError, Piece
from provisioning.command_model.generator.sentence import draft, line, normal
from provisioning.command_model.generator.source import the_generator
from provisioning.command_model.generator.store import is_held, read_templates, read_vocabulary

COUNT = 20_000


def take(split: str, count: int = COUNT, seed: int = 1) -> list[Example]:
    """Return the first examples of a split."""
    assert split in ("train", "heldout")
    return list(islice(generator.examples(seed, "train" if split == "train" else "heldout"), count))


@pytest.fixture(scope="module")
def train() -> list[Example]:
    """Examples of the training split."""
    return take("train")


@pytest.fixture(scope="module")
def heldout() -> list[Example]:
    """Examples of the held-out split."""
    return take("heldout")


def test_every_training_example_is_legal(train: list[Example]) -> None:
    for example in train:
        check(example)


def test_every_heldout_example_is_legal(heldout: list[Example]) -> None:
    for example in heldout:
        check(example)


@pytest.mark.parametrize("split", ["train", "heldout"])
def test_same_seed_same_examples(split: str) -> None:
    assert take(split, 200) == take(split, 200)
    assert take(split, 200) != take(split, 200, seed=2)


def test_every_call_is_trained(train: list[Example]) -> None:
    said = {tag for example in train for tag in example.tags}
    assert set(language.VALUES_OF) <= said


def test_every_phenomenon_occurs_in_both_splits(train: list[Example], heldout: list[Example]) -> None:
    for examples in (train, heldout):
        said = {tag for example in examples for tag in example.tags}
        assert {
            "multi",
            "exception",
            "pronoun",
            "relative",
            "question",
            "none",
            "noise",
            "unseen",
            *language.REASONS,
        } <= said


def test_nothing_to_do_is_a_tenth(train: list[Example]) -> None:
    share = sum("none" in example.tags for example in train) / len(train)
    assert 0.07 < share < 0.15


def test_names_of_the_splits_are_disjoint(train: list[Example], heldout: list[Example]) -> None:
    """Whole names differ; words in common are nouns, rooms and numbers."""

    def names(examples: list[Example]) -> set[str]:
        spans = [part for example in examples for part in example.line.split("<name> ")[1:]]
        return {span.split(" <", 1)[0] for span in spans if "noise" not in span}

    trained, kept = names(train), names(heldout)
    assert len(kept) > 1000
    assert len(trained & kept) < 0.12 * len(kept)


def test_sentences_of_the_splits_hardly_meet(train: list[Example], heldout: list[Example]) -> None:
    """Short fixed phrases may be told by both; the rest must not."""
    trained = {normal(example.text) for example in train}
    repeated = [example for example in heldout if normal(example.text) in trained]
    assert len(repeated) < 0.03 * len(heldout)


def test_a_sentence_has_one_meaning(train: list[Example]) -> None:
    meanings: dict[str, set[str]] = {}
    for example in train:
        meanings.setdefault(normal(example.text), set()).add(example.line)
    assert sum(len(lines) > 1 for lines in meanings.values()) < 0.002 * len(meanings)


@pytest.mark.parametrize("held", [0, 1])
def test_a_command_in_talk_is_short_and_begins_with_its_verb(held: int) -> None:
    made, draw = the_generator(), Draw(Random(1).random, held)  # noqa: S311 - sentences, no secrets
    node = Grammar()
    node.rules["command"] = made._command
    command = node.compile("{command}")
    for _ in range(300):
        out: list[Piece] = []
        command(draw, out)
        said = draft(out)
        assert said.words[0] in IMPERATIVES
        assert len(said.words) <= 12
        assert not any("," in word for word in said.words)


@pytest.mark.parametrize(
    ("section", "least"),
    [
        ("unwanted", 0.4), ("rambling", 0.4), ("asked", 0.2), ("because", 0.2), ("needs", 0.2), ("whichever", 0.2),
        ("wondering", 0.15), ("amounts", 0.15),
    ],
)  # fmt: skip
def test_requests_stand_beside_what_asks_for_nothing_in_the_same_words(section: str, least: float) -> None:
    made, draw = the_generator(), Draw(Random(1).random, 0)  # noqa: S311 - sentences, no secrets
    nothing = 0
    for _ in range(1000):
        out: list[Piece] = []
        made._single(draw, [[f"Mixed:{section}"]] * 2, out)
        nothing += line(draft(out)).startswith("<None>")
    assert least < nothing / 1000 < 0.6


def test_names_beside_a_place_say_no_room() -> None:
    names, draw = the_generator().names, Draw(Random(1).random, 0)  # noqa: S311 - sentences, no secrets
    rooms = {"kitchen", "bedroom", "living room", "hallway"}
    named = [names.device(draw, "light") for _ in range(2000)]
    assert any(room in name.split() for name in named for room in rooms)
    for _ in range(2000):
        assert not rooms & set(names.unplaced(draw, "light").split())


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="train"):
        next(generator.examples(1, "test"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("turn on the lamp", "<TurnOn> <name> lamb"),
        ("turn on the lamp", "<TurnOn> <name>"),
        ("turn on the lamp", "<TurnOn> <brightness> on"),
        ("turn on the lamp in the hall", "<TurnOn> <area> hall <name> lamp"),
        ("turn on the lamp", "<Nonsense> <name> lamp"),
        ("set it to 5", "<LightSet> <it> <brightness>"),
        ("make the lamp red", "<LightSet> <name> lamp"),
        ("turn all off", "<TurnOff> <all> <except>"),
        ("add milk", "<ListAdd> <name> milk"),
        ("is it on", "<GetState> <it> <state:on> <ask:yesno>"),
        ("?!", "<None> <why:talk>"),
    ],
)
def test_the_checker_sees_errors(text: str, target: str) -> None:
    with pytest.raises(IllegalExample):
        check(Example(text, target, frozenset()))


def drawn(pattern: str) -> tuple[str, str]:
    """Return the words and the line of one draw."""
    out: list[Piece] = []
    Grammar().compile(pattern)(Draw(lambda: 0.0, 0), out)
    made = draft(out)
    return " ".join(made.words), line(made)


@pytest.mark.parametrize(
    ("pattern", "text", "target"),
    [
        ("<@TurnOn>turn on (the|a) {name=lamp}", "turn on the lamp", "<TurnOn> <name> lamp"),
        ("<@TurnOff>[all<all>] the <domain:light>lights", "all the lights", "<TurnOff> <all> <domain:light>"),
        ("<@LightSet><it>{brightness+=ten} brighter", "ten brighter", "<LightSet> <it> <brightness> <up> ten"),
        (
            "<@TurnOff>the {name=lamp} and <&>the <domain:fan>fan in the {area=hall}<share>",
            "the lamp and the fan in the hall",
            "<TurnOff> <name> lamp <area> hall <;> <TurnOff> <area> hall <domain:fan>",
        ),
        (
            "<@TurnOff>everything<all> but <^>{name=the fridge}",
            "everything but the fridge",
            "<TurnOff> <all> <except> <name> fridge",
        ),
        (
            "<@TurnOff><all>leave <^>{name=lamp}<main> on, the rest off in {area=hall}",
            "leave lamp on, the rest off in hall",
            "<TurnOff> <area> hall <all> <except> <name> lamp",
        ),
        (
            "<@TurnOn>turn on {name=lamp} and <@LightSet><same>make it {color=red}",
            "turn on lamp and make it red",
            "<TurnOn> <name> lamp <;> <LightSet> <name> lamp <color> red",
        ),
        (
            "<@LightSet>{name=a} and <&>{name=b} to {brightness=5}",
            "a and b to 5",
            "<LightSet> <name> a <brightness> 5 <;> <LightSet> <name> b <brightness> 5",
        ),
    ],
)
def test_notation(pattern: str, text: str, target: str) -> None:
    assert drawn(pattern) == (text, target)


def test_a_span_has_no_article_behind_a_determiner() -> None:
    assert drawn("<@ListAdd>add another {item=a card}") == ("add another card", "<ListAdd> <item> card")
    assert drawn("<@ListAdd>add {item=a card}") == ("add a card", "<ListAdd> <item> card")


@pytest.mark.parametrize("rule", ["item_text", "thing_text", "task", "message_text", "title", "artist", "timer_name"])
def test_free_texts_are_put_together(rule: str) -> None:
    """They are more than the lists have entries, and those of the splits differ."""
    node = Grammar()
    node.rules = the_generator()._grammar.rules
    text = node.compile(f"{{{rule}}}")
    drawn_of = []
    for held in (0, 1):
        draw = Draw(Random(1).random, held)  # noqa: S311 - sentences, no secrets
        texts = set()
        for _ in range(4000):
            out: list[Piece] = []
            text(draw, out)
            texts.add(" ".join(said for said, _ in out))
        drawn_of.append(texts)
    trained, kept = drawn_of
    assert len(trained) > 1400
    assert len(trained & kept) < 0.08 * len(kept)


@pytest.mark.parametrize("pattern", ["(a|b", "a)", "[a", "{name=a", "{name"])
def test_broken_notation_is_refused(pattern: str) -> None:
    with pytest.raises(NotationError):
        Grammar().compile(pattern)


def test_a_missing_rule_is_named() -> None:
    grammar = Grammar()
    grammar.compile("{nowhere}")
    with pytest.raises(NotationError, match="nowhere"):
        grammar.verify()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (58, "fifty eight"),
        (100, "one hundred"),
        (215, "two hundred fifteen"),
        (2700, "two thousand seven hundred"),
    ],
)
def test_numbers_in_words(number: int, said: str) -> None:
    assert in_words(number) == said


def test_normal_agrees_with_the_words_of_text(train: list[Example]) -> None:
    for example in train[:3000]:
        assert normal(example.text) == " ".join(word.text for word in words(example.text))


def test_files_are_well_formed(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# about\n:rule\n3x one\n@TurnOn\n! 2x two\nthree # why\n", encoding="utf-8")
    rule, call = read_templates(tmp_path)
    assert rule.is_rule
    assert rule.lines == (("one", 3, False),)
    assert call.name == "TurnOn"
    assert call.lines == (("two", 2, True), ("three", 1, False))


def test_a_pattern_without_header_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("orphan\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"a\.txt:1"):
        read_templates(tmp_path)


def test_split_vocabulary_parts_by_entry(tmp_path: Path) -> None:
    entries = [f"entry {i}" for i in range(200)]
    (tmp_path / "v.txt").write_text(f"[shared]\na, b\n[kept*]\n{', '.join(entries)}\n", encoding="utf-8")
    shares = read_vocabulary(tmp_path)
    assert shares["shared"] == (("a", "b"), ("a", "b"))
    training, held = shares["kept"]
    assert set(training) | set(held) == set(entries)
    assert not set(training) & set(held)
    assert all(is_held(entry) for entry in held)
