"""Questions for one thing by its name."""

from __future__ import annotations

import pytest

from appliance.messages import Entity, Home
from appliance.resolver.inquiries import inquiry
from appliance.resolver.names import NameIndex

INDEX = NameIndex(
    Home(
        entities=(
            Entity("vacuum.a", "Gustav"), Entity("select.b", "Roast level"), Entity("sensor.c", "Loom speed"),
            Entity("light.d", "Tack lamp"), Entity("light.e", "Byre lamp"),
            Entity("sensor.f", "Pond temperature", device_class="temperature"),
        )
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("what is gustav doing", "gustav"), ("what's gustav up to right now", "gustav"), ("has gustav gone back to his dock", "gustav"),
        ("which roast level is set", "roast level"), ("what roast level are we on", "roast level"),
        ("how fast is the loom speed", "loom speed"),
        ("what does the loom speed say", "loom speed"), ("what is the tack lamp set to", "tack lamp"),
        ("how is the byre lamp doing", "byre lamp"),
        ("what does the pond thermometer say", "pond thermometer"), ("what is the lamp doing", None), ("who is gustav", None),
        ("what is the capital of france", None), ("what is gustav doing with the tack lamp", None), ("gustav doing what", None),
        ("what is the meaning of life", None), ("set gustav to work", None),
    ],
)  # fmt: skip
def test_inquiries(text: str, name: str | None) -> None:
    found = inquiry(text, INDEX)
    assert (found.target.name if found else None) == name
