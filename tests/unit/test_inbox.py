"""Open requests outlive a kill: what was not begun can be done, what was begun is never done again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.inbox import Inbox, inbox_path
from appliance.messages import Action, Reply, Request

ASKED = Request(
    id="a", text="turn on the lamp", source="mqtt:reply/x", area="hall", deadline=12.5, correlation=b"\x00\xff"
)


def after_a_kill(path: Path) -> Inbox:
    """A second one on the same file, as if the first had never been closed."""
    return Inbox(path)


def test_what_was_not_begun_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    command = replace(
        ASKED, id="b", by="timer", actions=(Action("light.lamp", "turn_on", {"brightness": 3}, {"state": "on"}),)
    )
    before = Inbox(path)
    before.take(ASKED)
    before.take(command)
    left = after_a_kill(path).left()
    assert [(one.request, one.begun) for one in left] == [(ASKED, False), (command, False)]


def test_what_was_begun_says_so_and_what_was_answered_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    before = Inbox(path)
    for ident in "abc":
        before.take(replace(ASKED, id=ident))
    before.begin(replace(ASKED, id="a"))
    before.done(replace(ASKED, id="a"))
    before.begin(replace(ASKED, id="b"))
    left = after_a_kill(path).left()
    assert [(one.request.id, one.begun) for one in left] == [("b", True), ("c", False)]


def test_a_reply_under_way_is_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    before = Inbox(path)
    before.take(ASKED)
    before.begin(ASKED)
    before.answered(ASKED, Reply(id="a", text="It is on.", speech="It is on.", route="command"))
    (left,) = after_a_kill(path).left()
    assert left.reply == Reply(id="a", text="It is on.", speech="It is on.", route="command")


def test_it_stays_until_it_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    Inbox(path).take(ASKED)
    second = after_a_kill(path)
    assert len(second.left()) == 1
    second.done(ASKED)
    assert after_a_kill(path).left() == ()


def test_when_the_broker_was_heard_of_last_is_kept(tmp_path: Path) -> None:
    before = Inbox(tmp_path / "inbox.sqlite")
    assert before.heard_at() is None
    before.heard(4.5)
    before.heard(9.5)
    assert after_a_kill(tmp_path / "inbox.sqlite").heard_at() == 9.5


def test_a_request_from_the_broker_is_a_sign_of_it(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "inbox.sqlite", clock=lambda: 7.0)
    inbox.take(replace(ASKED, by="timer"))
    assert inbox.heard_at() is None
    inbox.take(ASKED)
    assert inbox.heard_at() == 7.0


def test_one_id_used_twice_is_two_requests(tmp_path: Path) -> None:
    before = Inbox(tmp_path / "inbox.sqlite")
    before.take(ASKED)
    before.take(ASKED)
    before.begin(ASKED)
    before.done(ASKED)
    assert [one.begun for one in after_a_kill(tmp_path / "inbox.sqlite").left()] == [False]


def test_the_same_id_of_another_source_is_another_request(tmp_path: Path) -> None:
    before = Inbox(tmp_path / "inbox.sqlite")
    other = replace(ASKED, source="mqtt:reply/y")
    before.take(ASKED)
    before.take(other)
    before.done(other)
    assert [one.request for one in after_a_kill(tmp_path / "inbox.sqlite").left()] == [ASKED]


@given(text=st.text(min_size=1), correlation=st.none() | st.binary(max_size=40), dry_run=st.booleans())
def test_nothing_of_a_request_is_lost_in_the_file(text: str, correlation: bytes | None, dry_run: bool) -> None:
    inbox = Inbox(None)
    request = replace(
        ASKED, text=text, correlation=correlation, dry_run=dry_run, private=False, confirm="n", confirmed=True
    )
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # requests are decoded UTF-8
    inbox.take(request)
    assert inbox.left()[0].request == request
    inbox.close()


def test_a_damaged_file_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "inbox.sqlite"
    path.write_bytes(b"no database" * 1000)
    inbox = Inbox(path)
    assert inbox.left() == ()
    inbox.take(ASKED)
    assert "damaged" in caplog.text


@pytest.mark.parametrize(("directory", "expected"), [("/run/ternd", "/run/ternd/inbox.sqlite"), ("", None)])
def test_it_lies_where_a_reboot_empties(directory: str, expected: str | None) -> None:
    assert inbox_path({"RUNTIME_DIRECTORY": directory}) == (Path(expected) if expected else None)
