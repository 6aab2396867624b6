"""Hands-free: from the microphone to a request, and from a reply to the speaker."""
