import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine import safetensors
from appliance.engine.safetensors import Stream, Tensor, header_length, parse, write
from appliance.errors import ModelError

A = {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}
B = {"dtype": "U8", "shape": [8], "data_offsets": [24, 32]}


def header(**entries: Any) -> bytes:
    text = json.dumps(entries).encode()
    return text + b" " * (-(len(text) + 8) % 64)


def size_of(text: bytes, data: int) -> int:
    return 8 + len(text) + data


def refuse(text: bytes, data: int, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        parse(text, size_of(text, data))


def test_parse_gives_file_offsets_in_order_of_the_data() -> None:
    text = header(b=B, a=A, __metadata__={"format": "x"})
    index = parse(text, size_of(text, 32))
    start = 8 + len(text)
    assert [(entry.name, entry.begin, entry.end) for entry in index.entries] == [
        ("a", start, start + 24),
        ("b", start + 24, start + 32),
    ]
    assert index.entries[0].shape == (2, 3)
    assert index.metadata == {"format": "x"}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"dtype": "F64"}, "dtype"),
        ({"dtype": ["F32"]}, "dtype"),
        ({"shape": [2, 4]}, "bytes"),
        ({"shape": [2, -3]}, "shape"),
        ({"shape": [2, 3.0]}, "shape"),
        ({"shape": [True, 6]}, "shape"),
        ({"shape": [6, 1, 1, 1, 1]}, "shape"),
        ({"shape": [1 << 41, 1 << 41]}, "shape"),
        ({"shape": {"0": 6}}, "shape"),
        ({"shape": None}, "shape"),
        ({"data_offsets": [0]}, "data_offsets"),
        ({"data_offsets": [0, 24, 24]}, "data_offsets"),
        ({"data_offsets": [0, "24"]}, "data_offsets"),
        ({"data_offsets": [-24, 0]}, "data_offsets"),
        ({"data_offsets": [24, 0]}, "outside"),
        ({"data_offsets": [0, 1 << 39]}, "outside"),
        ({"data_offsets": [8, 32]}, "overlaps|gap"),
        ({"extra": 1}, "nothing else"),
    ],
)
def test_a_bad_entry_is_refused(change: dict[str, Any], match: str) -> None:
    refuse(header(a=A | change, b=B), 32, match)


@pytest.mark.parametrize(
    ("text", "data", "match"),
    [
        (b"", 0, "JSON"),
        (b"[1]", 0, "JSON"),
        (b" {}", 0, "JSON"),
        (b'{"a":', 0, "valid JSON"),
        (b'{"a":1}', 0, "needs dtype"),
        (b'{"a":NaN}', 0, "NaN"),
        (b'{"\xff":1}', 0, "valid JSON"),
        (b'{"a":{"b":1,"b":2}}', 0, "twice"),
        (b'{"":1}', 0, "name"),
        (b'{"a\\n":1}', 0, "name"),
        (b'{"__metadata__":{"a":1}}', 0, "strings"),
        (b'{"__metadata__":[]}', 0, "strings"),
        (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 0, "valid JSON"),
        (b'{"a":' + b"9" * 5000 + b"}", 0, "valid JSON"),
        (header(a=A, b={**B, "data_offsets": [16, 24]}), 24, "overlaps"),
        (header(a=A, b={**B, "data_offsets": [32, 40]}), 40, "gap"),
        (header(a=A, b=B), 40, "ends"),
        (header(a=A, b=B), 31, "outside"),
        (header(a={**B, "data_offsets": [0, 8]}, b={"dtype": "F32", "shape": [1], "data_offsets": [5, 9]}), 9, "align"),
    ],
)
def test_a_bad_header_is_refused(text: bytes, data: int, match: str) -> None:
    refuse(text, data, match)


def test_too_many_tensors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safetensors, "MAX_TENSORS", 1)
    refuse(header(a=A, b=B), 32, "at most 1")


@pytest.mark.parametrize(
    ("prefix", "file_size"),
    [
        (b"", 0),
        (b"\1\0\0\0", 4),
        ((3).to_bytes(8, "little"), 10),
        ((1 << 63).to_bytes(8, "little"), 1 << 30),
        ((safetensors.MAX_HEADER_BYTES + 1).to_bytes(8, "little"), 1 << 40),
    ],
)
def test_a_bad_length_is_refused(prefix: bytes, file_size: int) -> None:
    with pytest.raises(ModelError):
        header_length(prefix, file_size)


def test_written_files_read_back_and_are_aligned() -> None:
    tensors = [
        Tensor("odd", "U8", (5,), b"12345"),
        Tensor("norm", "F32", (3,), bytes(12)),
        Tensor("packed", "U8", (128,), bytes(range(128))),
    ]
    file = io.BytesIO()
    write(file, tensors, {"k": "v"})
    data = file.getvalue()
    length = header_length(data[:8], len(data))
    index = parse(data[8 : 8 + length], len(data))
    assert [entry.name for entry in index.entries] == ["packed", "norm", "odd"]
    assert index.entries[0].begin % 64 == 0
    assert data[index.entries[2].begin : index.entries[2].end] == b"12345"
    assert index.metadata == {"k": "v"}


def test_streamed_data_is_written_as_if_it_had_been_given_at_once() -> None:
    files = []
    for data in (b"123456", Stream(6, lambda: iter([b"12", b"", memoryview(b"3456")]))):
        file = io.BytesIO()
        write(file, [Tensor("a", "U8", (6,), data), Tensor("b", "U8", (1,), b"7")], {})
        files.append(file.getvalue())
    assert files[0] == files[1]


@pytest.mark.parametrize("chunks", [[], [b"12345"], [b"1234", b"567"]])
def test_a_stream_of_another_length_is_refused(chunks: list[bytes]) -> None:
    with pytest.raises(ModelError, match="instead of 6"):
        write(io.BytesIO(), [Tensor("a", "U8", (6,), Stream(6, lambda: iter(chunks)))], {})


@pytest.mark.parametrize(
    "tensor",
    [
        Tensor("a", "F32", (2,), bytes(4)),
        Tensor("a", "F64", (1,), bytes(8)),
        Tensor("", "U8", (1,), bytes(1)),
        Tensor("a", "U8", (1, 1, 1, 1, 1), bytes(1)),
    ],
)
def test_what_could_not_be_read_is_not_written(tensor: Tensor) -> None:
    with pytest.raises(ModelError):
        write(io.BytesIO(), [tensor], {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
ENTRY = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from([*safetensors.ITEM_SIZES, "F64"]) | JSON,
        "shape": st.lists(st.integers(-1, 9) | st.integers(), max_size=5) | JSON,
        "data_offsets": st.lists(st.integers(-1, 99) | st.integers(), max_size=3) | JSON,
    }
)


@given(st.dictionaries(st.text(max_size=4), ENTRY | JSON, max_size=4), st.integers(0, 200))
def test_any_json_is_parsed_or_refused(entries: dict[str, Any], data: int) -> None:
    text = json.dumps(entries).encode()
    try:
        index = parse(text, size_of(text, data))
    except ModelError:
        return
    position = 8 + len(text)
    for entry in index.entries:
        assert entry.begin == position <= entry.end
        position = entry.end
    assert position == size_of(text, data)


@given(st.binary(max_size=64), st.integers(0, 100))
def test_any_bytes_are_parsed_or_refused(text: bytes, data: int) -> None:
    try:
        parse(text, size_of(text, data))
    except ModelError:
        return
