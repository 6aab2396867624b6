"""Every error ternd raises on purpose, in one short hierarchy.

The message of a :class:`TerndError` is written for the person who has to mend it: it says what is
wrong and, where there is one, what to do. Anything else that escapes is a defect.
"""


class TerndError(Exception):
    """Base of all errors raised by ternd."""


class ConfigError(TerndError):
    """The configuration is unreadable, names an unknown key or holds a bad value."""


class HomeError(TerndError):
    """A home file or a discovery payload does not describe a usable home."""


class ModelError(TerndError):
    """A model directory or file is missing, damaged, hostile or of an unsupported kind."""


class EngineError(TerndError):
    """The native engine refused a call; the message is the engine's own."""


class ContextFullError(EngineError):
    """The session's KV cache has no room for the tokens asked for."""


class CancelledError(EngineError):
    """Another thread cancelled the evaluation."""


class RequestError(TerndError):
    """A request is empty, too long, undecodable or of the wrong shape."""


class ActError(TerndError):
    """A command could not be handed to its device (broker away, pin refused, topic not allowed)."""


class UnsendableError(ActError):
    """A message is itself at fault (topic, size): trying again does not help."""


class NotAdmittedError(ActError):
    """The broker is there, and does not let us in."""


class VoiceError(TerndError):
    """A part of the voice path is missing or unusable: a card, a package, a model; the message says what mends it."""
