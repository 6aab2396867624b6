"""Coloured lights of microphone HATs on the SPI bus: APA102 and WS2812."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from appliance.errors import VoiceError
from appliance.voice.detectors import missing
from appliance.voice.lights import Colour, Lamp

_APA102_HZ = 8_000_000
_WS2812_HZ = 2_400_000
"""Three SPI bits make one bit of a WS2812: 110 is a one, 100 a zero, 1.25 µs each."""
_LEVEL = 8
"""Brightness of APA102, of 31: full is blinding."""


def apa102(colour: Colour, count: int) -> bytes:
    """The frame of `count` APA102 in one colour: 32 zero bits, brightness and BGR for each, half a clock for each at the end."""
    red, green, blue = colour
    return bytes(4) + bytes((0xE0 | _LEVEL, blue, green, red)) * count + bytes(-(-count // 16) + 4)


def ws2812(colour: Colour, count: int) -> bytes:
    """The frame of `count` WS2812 in one colour: GRB, each bit as three bits of SPI, then 50 µs of silence."""
    red, green, blue = colour
    bits = "".join(f"{value:08b}" for value in (green, red, blue))
    coded = int("".join("110" if bit == "1" else "100" for bit in bits), 2).to_bytes(9, "big")
    return coded * count + bytes(20)


def open_pixels(kind: str, count: int) -> Lamp:
    """Open the first SPI bus for `count` lights of `kind`; raises :class:`VoiceError`."""
    try:
        import spidev  # noqa: PLC0415 - an optional package
    except ImportError as error:
        raise VoiceError(missing("spidev", error)) from error
    bus: Any = spidev.SpiDev()
    try:
        bus.open(0, 0)
        bus.max_speed_hz = _APA102_HZ if kind == "apa102" else _WS2812_HZ
    except PermissionError as error:
        raise VoiceError(
            "the SPI bus may not be used; give the service DeviceAllow=char-spidev rw and the group spi: sudo systemctl edit ternd"
        ) from error
    except OSError as error:
        raise VoiceError(
            f"the SPI bus cannot be opened ({error.strerror}); switch it on: sudo raspi-config nonint do_spi 0"
        ) from error
    frame: Callable[[Colour, int], bytes] = apa102 if kind == "apa102" else ws2812

    def show(colour: Colour) -> None:
        bus.writebytes2(frame(colour, count))

    return show
