"""How far a sentence goes: the floor where it was said, whatever is in some state, and for whom a thing is."""

from __future__ import annotations

import pytest

from appliance.intents.parse import parse_line
from appliance.messages import Area, Entity, Floor, Home
from appliance.resolver import Memory, Resolver

HOME = Home(
    floors=(Floor("low", "Cellar storey", level=-1), Floor("high", "Loft storey", level=1)),
    areas=(
        Area("vault", "Vault", floor="low"),
        Area("press", "Press room", floor="low"),
        Area("eaves", "Eaves", floor="high"),
    ),
    entities=(
        Entity("light.vault", "Vault lantern", area="vault", state="on"),
        Entity("light.press", "Press lamp", area="press", state="on"),
        Entity("light.eaves", "Floor lamp", area="eaves", state="on"),
        Entity("media_player.horn", "Horn", area="vault", state="playing"),
        Entity("media_player.drum", "Drum", area="press", state="playing"),
        Entity("media_player.flute", "Flute", area="eaves", state="idle"),
    ),
)


def done(line: str, text: str, area: str | None) -> tuple[set[str], str]:
    """Ids of the things acted on, and the refusal."""
    steps, _ = Resolver().decide(parse_line(line, text), HOME, text=text, area=area)
    return {action.entity for step in steps for action in step.actions}, " ".join(step.refusal for step in steps)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("<TurnOff> <floor> floor <domain:light>", "lights off on this floor"),
        ("<TurnOff> <all> <domain:light>", "turn off all the lights on this floor"),
        ("<TurnOff> <floor> level <all> <domain:light>", "all the lights on this level off"),
    ],
)
def test_this_floor_is_the_one_where_it_was_said(line: str, text: str) -> None:
    assert done(line, text, "press") == ({"light.vault", "light.press"}, "")
    assert done(line, text, "eaves") == ({"light.eaves"}, "")
    assert done(line, text, None) == (set(), "I do not know which floor you are on. Please name it.")


def test_everything_on_this_floor_is_not_everything() -> None:
    things, _ = done("<TurnOff> <all>", "turn everything off on this floor", "eaves")
    assert things == {"light.eaves", "media_player.flute"}


def test_whatever_plays_is_all_that_plays() -> None:
    assert done("<MediaPause>", "pause whatever is playing", None)[0] == {"media_player.horn", "media_player.drum"}
    assert done("<MediaPause> <floor> cellar storey", "stop whatever's on in the cellar storey", None)[0] == {
        "media_player.horn",
        "media_player.drum",
    }
    assert done("<MediaPause>", "pause the music", None)[0] == set()


def test_whom_a_thing_is_for_is_no_place() -> None:
    line = "<TurnOn> <name> press lamp <area> grapes"
    assert done(line, "turn the press lamp on for the grapes", None)[0] == {"light.press"}
    assert done(line, "turn the press lamp on in the grapes", None)[0] == set()


def test_an_unlocking_that_no_word_asks_for_is_refused() -> None:
    home = Home(
        entities=(
            Entity("lock.vault", "Vault door", state="locked"),
            Entity("lock.press", "Press door", state="locked"),
        )
    )
    resolver = Resolver()

    def unlocked(text: str, memory: Memory | None = None) -> tuple[set[str], Memory]:
        calls = parse_line(f"<Unlock> <name> {'press' if 'press' in text else 'vault'} door", text)
        steps, after = resolver.decide(calls, home, text=text, memory=memory or Memory())
        return {action.entity for step in steps for action in step.actions}, after

    assert unlocked("nobody gets in by the vault door")[0] == set()
    done, memory = unlocked("please unlok the vault door")
    assert done == {"lock.vault"}
    assert unlocked("and the press door too", memory)[0] == {"lock.press"}
    assert unlocked("and the press door too")[0] == set()
