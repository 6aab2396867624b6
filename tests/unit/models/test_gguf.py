import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import ModelError
from appliance.models import gguf
from tests.unit.models.gguf_files import gguf_bytes, q2_0, text, value

META: dict[str, object] = {"general.architecture": "llama", "a.b": 7, "a.list": ["x", "yy"], "a.flag": True, "a.f": 0.5}
F32 = bytes(4 * 8)


def parse(data: bytes) -> gguf.Gguf:
    return gguf.parse(memoryview(data), len(data))


def test_metadata_and_tensors_are_read() -> None:
    data = gguf_bytes(META, [("one", [8], 0, F32), ("two", [2, 4], 1, bytes(16))])
    found = parse(data)
    assert found.metadata == META
    one, two = found.tensors["one"], found.tensors["two"]
    assert (one.shape, one.format.name, one.size) == ((8,), "F32", 32)
    assert (two.shape, two.format.name, two.size) == ((2, 4), "F16", 16)
    assert one.offset % 32 == 0
    assert two.offset == one.offset + 32


@pytest.mark.parametrize("group", [64, 128])
def test_the_group_of_type_42_follows_from_the_room_it_takes(group: int) -> None:
    codes = np.zeros((4, 1024), np.int8)
    data = gguf_bytes({}, [("w", [4, 1024], 42, q2_0(codes, 1, group)), ("n", [8], 0, F32)])
    assert parse(data).tensors["w"].format.block == group


def broken(change: Callable[[bytearray], None]) -> bytes:
    data = bytearray(gguf_bytes(META, [("one", [8], 0, F32)]))
    change(data)
    return bytes(data)


def patch(find: bytes, put: bytes) -> Callable[[bytearray], None]:
    def change(data: bytearray) -> None:
        at = data.index(find)
        data[at : at + len(put)] = put

    return change


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "cut short"),
        (b"PK\3\4" + bytes(100), "no GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 0), "tensors; at most"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 63), "keys; at most"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "bytes in a string"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 99), "type 99"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 9, 1), "arrays of type 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 20), "cut short"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 20), "cut short"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 60), "items"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + 2 * (text("k") + value(1)), "twice"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("\n") + value(1), "name"),
        (broken(patch(text("one") + struct.pack("<I", 1), text("one") + struct.pack("<I", 5))), "5 dimensions"),
        (broken(patch(struct.pack("<IQ", 1, 8), struct.pack("<IQ", 1, 0))), "impossible shape"),
        (broken(patch(struct.pack("<IQ", 1, 8), struct.pack("<IQ", 1, 1 << 63))), "impossible shape"),
        (broken(patch(struct.pack("<IQ", 1, 8), struct.pack("<IQ", 1, 9))), "outside the file"),
        (broken(lambda data: data.__delitem__(slice(-1, None))), "outside the file"),
        (gguf_bytes({"general.alignment": 33}, []), "alignment"),
        (gguf_bytes({}, [("w", [8], 13, F32)]), "type 13"),
        (gguf_bytes({}, [("w", [8], 40, F32)]), "two meanings"),
        (gguf_bytes({}, [("w", [100], 35, F32)]), "blocks of 256"),
        (gguf_bytes({}, [("w", [8], 0, F32), ("w", [8], 0, F32)]), "twice"),
        (gguf_bytes({}, [("w", [8], 42, F32)]), "neither"),
    ],
)
def test_what_is_broken_is_refused(data: bytes, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        parse(data)


def test_overlapping_tensors_are_refused() -> None:
    data = bytearray(gguf_bytes({}, [("one", [8], 0, F32), ("two", [8], 0, F32)]))
    at = data.index(struct.pack("<IQ", 0, 32))
    data[at : at + 12] = struct.pack("<IQ", 0, 0)
    with pytest.raises(ModelError, match="overlaps"):
        parse(bytes(data))


@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_refused(rest: bytes) -> None:
    data = b"GGUF" + struct.pack("<I", 3) + rest
    try:
        parse(data)
    except ModelError:
        return


@given(st.data())
def test_any_change_of_a_good_file_is_parsed_or_refused(draw: st.DataObject) -> None:
    data = bytearray(gguf_bytes(META, [("one", [8], 0, F32), ("two", [2, 64], 42, bytes(36))]))
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    data = data[: draw.draw(st.integers(0, len(data)))]
    try:
        found = parse(bytes(data))
    except ModelError:
        return
    for tensor in found.tensors.values():
        assert 0 <= tensor.offset <= tensor.offset + tensor.size <= len(data)
