"""How a talk is written for each family of models. The formats stand here, in code: a model file's template is never run.

Sources: the model cards of microsoft/bitnet-b1.58-2B-4T, meta-llama/Meta-Llama-3-8B-Instruct, Qwen/Qwen3-1.7B and
tiiuae/Falcon3-1B-Instruct.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from appliance.errors import ModelError
from appliance.models.text import TextTokenizer

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a talk."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Format:
    """The format of a family: control tokens by name around the text of each turn."""

    name: str
    before: Mapping[Role, Sequence[str]]
    """What stands before the text: names of control tokens, and plain text after a NUL."""
    after: Mapping[Role, Sequence[str]]
    """What stands after it; the first of the assistant's is the token that ends a reply."""
    before_reply: Sequence[str] = ()
    """What is added to the assistant's opening when a reply is awaited."""
    stops: Sequence[str] = ()
    """Texts that end a reply, for models that have no token for it."""


def _all(*parts: str) -> Mapping[Role, Sequence[str]]:
    return {"system": parts, "user": parts, "assistant": parts}


def _each(template: str) -> Mapping[Role, Sequence[str]]:
    """One plain text with the role in it."""
    return {role: (_TEXT + template.format(role.capitalize()),) for role in _ROLES}


_TEXT: Final = "\0"
_ROLES: Final[tuple[Role, ...]] = ("system", "user", "assistant")

BITNET: Final = Format("bitnet", _each("{}: "), _all("<|eot_id|>"))
LLAMA3: Final = Format(
    "llama3",
    {role: ("<|start_header_id|>", _TEXT + role, "<|end_header_id|>", _TEXT + "\n\n") for role in _ROLES},
    _all("<|eot_id|>"),
)
CHATML: Final = Format(
    "chatml",
    {role: ("<|im_start|>", _TEXT + role + "\n") for role in _ROLES},
    _all("<|im_end|>", _TEXT + "\n"),
)
QWEN3: Final = Format(
    "qwen3",
    CHATML.before,
    CHATML.after,
    before_reply=("<think>", _TEXT + "\n\n", "</think>", _TEXT + "\n\n"),
)
"""ChatML with an empty thought, which these models take for "do not think aloud"."""
FALCON3: Final = Format(
    "falcon3",
    {role: (f"<|{role}|>", _TEXT + "\n") for role in _ROLES},
    {"system": (_TEXT + "\n",), "user": (_TEXT + "\n",), "assistant": ("<|endoftext|>", _TEXT + "\n")},
)
PLAIN: Final = Format("plain", _each("{}: "), _all(_TEXT + "\n"), stops=("\nUser:", "\nSystem:"))
"""For models that were not trained to talk."""

FORMATS: Final[Mapping[str, Format]] = {item.name: item for item in (BITNET, LLAMA3, CHATML, QWEN3, FALCON3, PLAIN)}


def choose(tokenizer: TextTokenizer, *, squared_relu: bool, name: str | None = None) -> Format:
    """Return the format of a model by the control tokens it has; `name` overrules.

    `squared_relu` tells BitNet-2B-4T from the other models with Llama 3's tokenizer.
    """
    if name is not None:
        if name not in FORMATS:
            raise ModelError(f"there is no chat format {name!r}; there are {', '.join(FORMATS)}")
        return FORMATS[name]
    if tokenizer.has("<|im_start|>", "<|im_end|>"):
        return QWEN3 if tokenizer.has("<think>", "</think>") else CHATML
    if tokenizer.has("<|start_header_id|>", "<|eot_id|>"):
        return BITNET if squared_relu else LLAMA3
    if tokenizer.has("<|user|>", "<|assistant|>"):
        return FALCON3
    return PLAIN


def render(turns: Sequence[Turn], form: Format, tokenizer: TextTokenizer) -> list[int]:
    """Return the tokens of complete turns, without a begin token. The texts are only text, whatever they contain."""
    tokens: list[int] = []
    for turn in turns:
        tokens += _parts(form.before[turn.role], tokenizer, turn.text.strip())
        tokens += _parts(form.after[turn.role], tokenizer)
    return tokens


def opening(form: Format, tokenizer: TextTokenizer) -> list[int]:
    """Return the tokens after which the model writes its reply."""
    parts = [*form.before["assistant"], *form.before_reply]
    if parts[-1].startswith(_TEXT):  # a space at the end would belong to the model's first word
        parts[-1] = parts[-1].rstrip(" ")
    return _parts(parts, tokenizer)


def ending(form: Format, tokenizer: TextTokenizer) -> list[int]:
    """Return the tokens after a reply."""
    return _parts(form.after["assistant"], tokenizer)


def _parts(parts: Sequence[str], tokenizer: TextTokenizer, text: str = "") -> list[int]:
    """Control tokens by name; runs of plain text, and `text` behind them, are encoded together."""
    tokens: list[int] = []
    plain = ""
    for part in parts:
        if part.startswith(_TEXT):
            plain += part[1:]
            continue
        if plain:
            tokens += tokenizer.encode(plain)
            plain = ""
        tokens += tokenizer.control(part)
    plain += text
    return tokens + tokenizer.encode(plain) if plain else tokens
