"""Alerts and summaries in the words of the chat model, where one is installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_PROMPTS: Mapping[str, str] = {
    "alert": "A sensor of my home reports this. In two short sentences: what is a likely reason, and what should I look at first? ",
    "summary": "These are the readings of my sensors. Sum them up in two short sentences, and name what is out of the ordinary. ",
}


class ChatExplainer:
    """Asks the chat model. It gets words and gives words: nothing that it says is ever acted upon."""

    def __init__(self, say: Callable[[str], str]) -> None:
        """`say` has the chat model answer, and returns an empty text when there is none."""
        self._say = say

    def explain(self, kind: str, facts: str) -> str:
        """What `facts` may mean."""
        return self._say(_PROMPTS[kind] + facts)
