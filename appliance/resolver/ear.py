"""A sentence as it was meant to be heard in a home: slips mended, before anything else reads it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.messages import Home
from appliance.resolver.mended import Mended
from appliance.resolver.misheard_numbers import numbers
from appliance.resolver.mishearing import Mishearing
from appliance.resolver.singles import Singles
from appliance.resolver.standins import Standins, StoodIn
from appliance.resolver.typos import Typos


@dataclass(frozen=True, slots=True)
class Heard:
    """A sentence, and what in it became something else."""

    text: str
    changed: tuple[tuple[str, str], ...] = ()
    """What words became, and as what they were said."""
    guessed: bool = False
    """A name of the home, or the command itself, is among them: what is delicate is asked about first."""

    renamed: bool = False
    """A name of it is only supposed."""

    @property
    def back(self) -> StoodIn:
        """Leads the texts that calls quote back to what was said."""
        return StoodIn(self.text, self.changed, quoted_only=True)


class Ear:
    """Mends the sentences of one home. Immutable after construction."""

    def __init__(self, home: Home | None, typos: Typos | None) -> None:
        """Look through `home`; without one only the words of commands are mended. `typos` knows these; None: nothing is mended."""
        self._typos = typos
        self.standins = Standins(home) if home is not None else None
        self._singles = Singles(home, self.standins.groups) if home is not None and self.standins is not None else None
        self._mishearing: Mishearing | None = None
        if home is not None and typos is not None:
            self._mishearing = Mishearing(home, typos.commanding, typos)

    def heard(self, text: str) -> Heard:
        """`text` without slips in names of the home and in words of commands, and with the names of what it tells apart otherwise."""
        heard = self._without_slips(text)
        return heard if self._singles is None else _changed(heard, self._singles.put(heard.text))

    def _without_slips(self, text: str) -> Heard:
        heard = Heard(text)
        if self._typos is None:
            return heard
        if self._mishearing is not None:
            heard = Heard(self._mishearing.fluent(text))
            heard = _changed(heard, self._mishearing.names(heard.text), guessed=True)
        heard = _changed(heard, numbers(heard.text))
        names = self.standins.words if self.standins is not None else frozenset[str]()
        typed = self._typos.mended(heard.text, names)
        return heard if typed is None else Heard(typed.text, (*heard.changed, *typed.names), heard.guessed)

    def supposed(self, heard: Heard) -> Heard | None:
        """What `heard` may have been, with other words of commands; None: nothing else."""
        if self._mishearing is None:
            return None
        commanded = _changed(heard, self._mishearing.supposed(heard.text), guessed=True)
        named = _changed(commanded, self._mishearing.resounded(commanded.text), guessed=True)
        return None if named == heard else replace(named, renamed=named != commanded)


def _changed(heard: Heard, mended: Mended | None, *, guessed: bool = False) -> Heard:
    if mended is None:
        return heard
    return Heard(mended.text, (*heard.changed, *mended.changed), heard.guessed or guessed)
