"""Recordings of every kind that people have: what is sound is read, what is none is refused with what to do."""

from __future__ import annotations

import io
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import VoiceError
from appliance.voice import files
from appliance.voice.events import FRAME, RATE
from appliance.voice.resample import resample

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE


def riff(
    data: bytes,
    *,
    form: int = PCM,
    channels: int = 1,
    rate: int = RATE,
    bits: int = 16,
    said: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV file around `data`; `said` is what its header says of the length, `before` a chunk before the sound."""
    align = channels * bits // 8
    described = struct.pack("<HHIIHH", form, channels, rate, (rate * align) & 0xFFFFFFFF, align & 0xFFFF, bits)
    if form == EXTENSIBLE:
        described += (
            struct.pack("<HHI", 22, bits, 0)
            + struct.pack("<H", PCM)
            + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
        )
    length = len(data) if said is None else said
    chunks = (
        b"fmt " + struct.pack("<I", len(described)) + described + before + b"data" + struct.pack("<I", length) + data
    )
    return b"RIFF" + struct.pack("<I", (4 + len(chunks)) & 0xFFFFFFFF) + b"WAVE" + chunks


def packed(values: npt.NDArray[np.float64], form: int, bits: int) -> bytes:
    """Values of -1 to 1 as a file has them."""
    if form == FLOAT:
        return values.astype(f"<f{bits // 8}").tobytes()
    if bits == 8:
        return np.asarray(values * 127 + 128, np.uint8).tobytes()
    whole = np.asarray(values * (2 ** (bits - 1) - 1), np.int64).astype("<i8").view(np.uint8).reshape(-1, 8)
    return whole[:, : bits // 8].tobytes()


@pytest.mark.parametrize(
    ("form", "bits"),
    [(PCM, 8), (PCM, 16), (PCM, 24), (PCM, 32), (FLOAT, 32), (FLOAT, 64), (EXTENSIBLE, 16), (EXTENSIBLE, 24)],
)
@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_tone_is_the_same_however_it_was_written(form: int, bits: int, channels: int, rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    samples = files.decode(
        io.BytesIO(
            riff(packed(np.repeat(tone, channels), form, bits), form=form, channels=channels, rate=rate, bits=bits)
        )
    )
    assert len(samples) == RATE
    expected = resample(np.asarray(tone * 32_767, np.int16), rate, RATE).astype(int)
    assert np.abs(samples - expected)[100:-100].max() < (400 if bits == 8 else 20)


def test_the_length_in_the_header_is_not_believed() -> None:
    """Programs that write to a pipe do not know it: espeak-ng says 0x7ffff000, ffmpeg 0xffffffff, a killed recorder 0."""
    data = np.full(RATE, 500, np.int16).tobytes()
    for said in (0, 0x7FFFF000, 0xFFFFFFFF, 3 * len(data)):
        samples = files.decode(io.BytesIO(riff(data, said=said)))
        assert samples.tolist() == [500] * RATE


def test_a_recording_that_was_cut_off_in_the_middle_of_a_sample_ends_before_it() -> None:
    whole = riff(np.full(2 * 100, 500, np.int16).tobytes(), channels=2)
    assert files.decode(io.BytesIO(whole[:-3])).tolist() == [500] * 99


def test_what_stands_before_and_behind_the_sound_is_no_sound() -> None:
    extra = b"LIST" + struct.pack("<I", 5) + b"INFO!\x00"  # of odd length, and filled up
    data = np.full(100, 500, np.int16).tobytes()
    assert files.decode(io.BytesIO(riff(data, before=extra) + extra)).tolist() == [500] * 100


def test_numbers_that_are_none_are_silence_and_too_large_ones_are_loud() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 7.0, 0.0], "<f4").tobytes()
    assert files.decode(io.BytesIO(riff(values, form=FLOAT, bits=32))).tolist() == [0, 32767, -32767, 32767, 0]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "no WAV file"),
        (b"RIFF", "no WAV file"),
        (b"ID3\x04" + bytes(100), "no WAV file"),
        (b"RIFF\x24\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "without a description"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x02\x00\x00\x00ab", "description"),
        (riff(b"")[:-8], "no sound"),
        (riff(b""), "no sound"),
        (riff(bytes(100), form=6, bits=8), "compressed"),
        (riff(bytes(100), form=0x55), "compressed"),
        (riff(bytes(100), bits=12), "12 bits"),
        (riff(bytes(100), bits=0), "0 bits"),
        (riff(bytes(100), form=FLOAT, bits=16), "16 bits"),
        (riff(bytes(100), channels=0), "0 channels"),
        (riff(bytes(100), channels=65_535), "65535 channels"),
        (riff(bytes(100), rate=0), "0 Hz"),
        (riff(bytes(100), rate=4_294_967_291), "4294967291 Hz"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_one_line_with_what_to_do(tmp_path: Path, content: bytes, cause: str) -> None:
    path = tmp_path / "my talk.wav"
    path.write_bytes(content)
    with pytest.raises(VoiceError) as caught:
        files.read(path)
    said = str(caught.value)
    assert cause in said
    assert "sox 'my talk.wav' -b 16 -r 16000 -c 1 out.wav" in said
    assert "\n" not in said


def test_what_is_no_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(VoiceError, match="No such file"):
        files.read(tmp_path / "b.wav")
    with pytest.raises(VoiceError, match="Is a directory"):
        files.read(tmp_path)


def test_an_hour_is_read_piece_by_piece_and_more_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of 48 kHz would need half a gigabyte at once, which a small board does not have."""
    minute = riff(bytes(60 * 48_000 * 4), channels=2, rate=48_000)
    tracemalloc.start()
    try:
        assert len(files.decode(io.BytesIO(minute))) == 60 * RATE
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    monkeypatch.setattr(files, "MAX_SECONDS", 59)
    with pytest.raises(VoiceError, match="longer than"):
        files.decode(io.BytesIO(minute))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for start in (b"", b"RIFF\x24\x00\x00\x00WAVE", riff(b"")[:20]):
        try:
            samples = files.decode(io.BytesIO(start + content))
        except VoiceError:
            continue
        assert samples.dtype == np.int16


def test_frames_are_whole_and_the_last_one_is_filled_up() -> None:
    frames = list(files.frames(np.arange(1, FRAME + 2, dtype=np.int16)))
    assert [len(frame) for frame in frames] == [FRAME, FRAME]
    assert frames[1].tolist() == [FRAME + 1] + [0] * (FRAME - 1)
    assert list(files.frames(np.zeros(0, np.int16))) == []
