"""Fetching, against a real HTTP server of the test."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ModelError
from appliance.models import catalogue, download
from appliance.models.catalogue import RemoteFile
from appliance.models.download import fetch

DATA = np.random.default_rng(1).bytes(300_000)
DIGEST = hashlib.sha256(DATA).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves `data` under every path, and misbehaves as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data = DATA
        self.etag = '"one"'
        self.cut: list[int] = []
        """After so many bytes the next answers end."""
        self.statuses: list[int] = []
        """Of the next answers, before good ones."""
        self.headers: dict[str, str] = {}
        self.ranges: list[str | None] = []
        """That were asked for."""
        self.redirect = ""
        self.tells_size = True
        """Where it refuses a range."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/some/model.gguf"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server = self.server
        wanted = self.headers.get("Range")
        if server.redirect and self.path.startswith("/some"):
            self.send_response(302)
            self.send_header("Location", server.redirect)
            self.send_header("X-Linked-ETag", f'"{DIGEST}"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        server.ranges.append(wanted)
        if server.statuses:
            self.send_error(server.statuses.pop(0))
            return
        start = 0
        if wanted is not None and self.headers.get("If-Range") == server.etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.data):
                self.send_response(416)
                if server.tells_size:
                    self.send_header("Content-Range", f"bytes */{len(server.data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(server.data) - 1}/{len(server.data)}")
        else:
            self.send_response(200)
        body = server.data[start:]
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", server.etag)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: server.cut.pop(0)] if server.cut else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the class above it
        pass


@pytest.fixture(name="server")
def _server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def remote(server: Server, sha256: str | None = None, size: int | None = None) -> RemoteFile:
    return RemoteFile(name="model.gguf", url=server.url, sha256=sha256, size=size)


def no_pause(_seconds: float) -> None:
    pass


def test_a_file_is_fetched_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int | None]] = []
    path = fetch(remote(server, DIGEST, len(DATA)), tmp_path, lambda *state: seen.append(state), pause=no_pause)
    assert path.read_bytes() == DATA
    assert seen[-1] == ("model.gguf", len(DATA), len(DATA))
    assert [file.name for file in tmp_path.iterdir()] == ["model.gguf"]
    assert fetch(remote(server), tmp_path, pause=no_pause) == path  # it is there
    assert server.ranges == [None]


def test_a_dropped_connection_is_taken_up_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.cut = [100_000, 50_000]
    path = fetch(remote(server, DIGEST), tmp_path, pause=no_pause)
    assert path.read_bytes() == DATA
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_a_later_run_goes_on_where_an_earlier_one_stopped(server: Server, tmp_path: Path) -> None:
    def interrupt(_name: str, done: int, _total: int | None) -> None:
        if done:
            raise KeyboardInterrupt

    server.cut = [100_000]
    with pytest.raises(KeyboardInterrupt):
        fetch(remote(server, DIGEST), tmp_path, interrupt, pause=no_pause)
    have = (tmp_path / "model.gguf.part").stat().st_size
    assert 0 < have <= 100_000
    assert fetch(remote(server, DIGEST), tmp_path, pause=no_pause).read_bytes() == DATA
    assert server.ranges == [None, f"bytes={have}-"]


@pytest.mark.parametrize("tells_size", [True, False])
def test_a_whole_file_that_was_not_named_yet_is_not_fetched_again(
    tells_size: bool, server: Server, tmp_path: Path
) -> None:
    """Killed between the last byte and its name; a server that does not say how long the file is gets asked for all of it."""

    def interrupt(_name: str, done: int, total: int | None) -> None:
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(remote(server, DIGEST), tmp_path, interrupt, pause=no_pause)
    assert (tmp_path / "model.gguf.part").stat().st_size == len(DATA)
    server.tells_size = tells_size
    assert fetch(remote(server, DIGEST), tmp_path, pause=no_pause).read_bytes() == DATA
    assert server.ranges == [None, f"bytes={len(DATA)}-", *([] if tells_size else [None])]


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.cut = [1000] * 6
    with pytest.raises(ModelError, match="run it again to go on"):
        fetch(remote(server), tmp_path, pause=no_pause)
    server.cut = []
    server.etag, server.data = '"two"', DATA[::-1]
    assert fetch(remote(server), tmp_path, pause=no_pause).read_bytes() == DATA[::-1]


def test_a_server_in_trouble_is_asked_again(server: Server, tmp_path: Path) -> None:
    server.statuses = [503, 500]
    pauses: list[float] = []
    assert fetch(remote(server), tmp_path, pause=pauses.append).read_bytes() == DATA
    assert pauses == [1.0, 2.0]


def test_what_is_not_there_is_said_at_once(server: Server, tmp_path: Path) -> None:
    server.statuses = [404]
    with pytest.raises(ModelError, match="404"):
        fetch(remote(server), tmp_path, pause=no_pause)
    assert len(server.ranges) == 1


def test_a_wrong_digest_is_refused_and_the_file_deleted(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        fetch(remote(server, "0" * 64), tmp_path, pause=no_pause)
    assert not (tmp_path / "model.gguf").exists()
    assert not (tmp_path / "model.gguf.part").exists()


def test_the_digest_that_a_file_store_names_is_compared(server: Server, tmp_path: Path) -> None:
    server.redirect = f"http://127.0.0.1:{server.server_port}/store/abc"
    assert fetch(remote(server), tmp_path / "good", pause=no_pause).read_bytes() == DATA
    server.data = DATA[:-1] + b"!"
    with pytest.raises(ModelError, match="SHA-256"):
        fetch(remote(server), tmp_path / "bad", pause=no_pause)


def test_a_redirection_to_an_unsafe_address_is_not_followed(server: Server, tmp_path: Path) -> None:
    for target in ("http://192.0.2.1/model.gguf", "file:///etc/passwd"):
        server.redirect = target
        with pytest.raises(ModelError):
            fetch(remote(server), tmp_path, pause=no_pause)
    assert server.ranges == []


def test_another_size_than_the_catalogue_says_is_refused(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="instead of 5"):
        fetch(remote(server, size=5), tmp_path, pause=no_pause)


def test_a_full_disk_is_said_before_fetching(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(ModelError, match="are free"):
        fetch(remote(server), tmp_path, pause=no_pause)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    gone = RemoteFile(name="m.gguf", url="http://127.0.0.1:9/m.gguf", sha256=None, size=None)
    with pytest.raises(ModelError, match="cannot be fetched"):
        fetch(gone, tmp_path, pause=no_pause)


# --- the catalogue ------------------------------------------------------------------------------------


def test_the_shipped_catalogue_is_sound() -> None:
    offers = catalogue.load()
    assert {offer.name for offer in offers} >= {"bitnet-2b-4t", "falcon3-1b", "ternary-bonsai-1.7b"}
    for offer in offers:
        assert all(file.url.startswith("https://") for file in offer.files)
        assert not offer.files or {file.name for file in offer.files} >= {"config.json", "tokenizer.json"}
    shipped = Path(catalogue.__file__).parents[1] / "data" / "models.toml"
    link = Path(catalogue.__file__).parents[2] / "provisioning" / "models.toml"
    assert link.read_bytes() == shipped.read_bytes()


ENTRY = {"name": "a", "title": "A", "licence": "MIT", "page": "https://x.org", "ram_mb": 5, "boards": "Pi 5"}


def toml(entry: dict[str, object], *files: dict[str, object]) -> bytes:
    text = "[[model]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
    for file in files:
        text += "[[model.file]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in file.items())
    return text.encode()


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"\xff", "no TOML"),
        (b"x = 1", r"\[\[model\]\]"),
        (toml(ENTRY | {"name": "../x"}), "usable name"),
        (toml(ENTRY | {"colour": 1}), "unknown key 'colour'"),
        (toml(ENTRY | {"ram_mb": "5"}), "ram_mb"),
        (toml(ENTRY | {"licence": ""}), "licence"),
        (toml(ENTRY) + toml(ENTRY), "twice"),
        (toml(ENTRY, {"url": "http://example.org/m.gguf"}), "no https"),
        (toml(ENTRY, {"url": "https://example.org/"}), "no usable file name"),
        (toml(ENTRY, {"url": "https://example.org/..%2fx"}), "no usable file name"),
        (toml(ENTRY, {"url": "https://example.org/m", "sha256": "AA"}), "64 lower-case"),
        (toml(ENTRY, {"url": "https://example.org/m", "size": 0}), "bytes"),
        (toml(ENTRY, {"url": "https://example.org/m", "what": 0}), "unknown key 'what'"),
        (toml(ENTRY, {"url": "https://a.org/m"}, {"url": "https://b.org/m"}), "two files"),
    ],
)
def test_a_wrong_catalogue_is_refused(data: bytes, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        catalogue.parse(data)


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: ("[[model]]\n" + text).encode()))
def test_any_catalogue_is_parsed_or_refused(data: bytes) -> None:
    try:
        catalogue.parse(data)
    except ModelError:
        return
