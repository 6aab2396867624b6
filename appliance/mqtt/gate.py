"""The rules of the one publish gate, as pure functions."""

from __future__ import annotations

from appliance.errors import UnsendableError
from appliance.home.topics import topic_fault
from appliance.messages import Publish

_FIXED_BYTES = 5 + 2 + 2
"""Fixed header at its longest, topic length, packet identifier."""
_PROPERTIES_BYTES = 3 + 5 + 3
"""Property length, message expiry interval, header of the correlation data."""


def packet_bytes(message: Publish) -> int:
    """Upper bound of the size of the PUBLISH packet."""
    correlation = len(message.correlation or b"")
    return (
        _FIXED_BYTES
        + _PROPERTIES_BYTES
        + len(message.topic.encode(errors="replace"))
        + correlation
        + len(message.payload)
    )


def check(message: Publish, *, max_payload: int, max_packet: int | None) -> None:
    """Refuse what the broker would refuse.

    A broker answers a bad topic or an oversized packet by closing the connection, so such a message must
    not leave at all.

    Raises:
        UnsendableError: the message may not be published; the text says why.
    """
    fault = topic_fault(message.topic)
    if fault is None and len(message.payload) > max_payload:
        fault = f"the payload of {len(message.payload)} bytes is larger than {max_payload}"
    if fault is None and max_packet is not None and packet_bytes(message) > max_packet:
        fault = f"the message is larger than the {max_packet} bytes that the broker takes"
    if fault is None and message.qos not in {0, 1}:
        fault = f"QoS {message.qos} is not used"
    if fault is not None:
        text = f"not published: {fault}"
        raise UnsendableError(text)
