from itertools import islice

from appliance.intents.parse import parse_line
from appliance.text import words
from provisioning.command_model.generator import examples
from provisioning.command_model.renaming import rename

PAIRS = [(example.text, example.line) for example in islice(examples(11, "train"), 800)]


def shape(line: str) -> list[str]:
    return [piece for piece in line.split() if piece.startswith("<")]


def test_it_is_repeatable_and_leaves_most_alone() -> None:
    renamed = rename(PAIRS, 1)
    assert renamed == rename(PAIRS, 1)
    assert renamed != rename(PAIRS, 2)
    changed = sum(new != old for new, old in zip(renamed, PAIRS, strict=True))
    assert len(PAIRS) // 50 < changed < len(PAIRS) // 2


def test_one_word_gives_way_in_sentence_and_line() -> None:
    for (text, line), (new_text, new_line) in zip(PAIRS, rename(PAIRS, 1), strict=True):
        assert len(words(new_text)) == len(words(text))
        assert shape(new_line) == shape(line)
        assert len({*new_line.split()} - {*line.split()}) <= 1
        parse_line(new_line, new_text)


def test_heads_stay() -> None:
    pairs = [("turn on the big lamp", "<TurnOn> <name> big lamp"), ("the odd fan", "<TurnOn> <name> odd fan")] * 500
    for _, line in rename(pairs, 3):
        assert line.split()[-1] in ("lamp", "fan")


def test_nothing_to_take_from() -> None:
    pairs = [("what time is it", "<GetTime>")] * 10
    assert rename(pairs, 1) == pairs
