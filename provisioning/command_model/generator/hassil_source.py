"""A second source of templates: Home Assistant's own, where the package `home-assistant-intents` is installed.

Its English sentence templates (hassil notation) are translated to this generator's notation at load time and filled with
this generator's names; nothing of them is kept here. They serve training only.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

CALLS = {
    "HassTurnOn": "TurnOn", "HassTurnOff": "TurnOff", "HassLightSet": "LightSet", "HassSetPosition": "SetPosition", "HassFanSetSpeed": "FanSetSpeed",
    "HassClimateSetTemperature": "ClimateSet", "HassClimateSetFanMode": "ClimateSet", "HassClimateGetTemperature": "ClimateGet", "HassGetState": "GetState",
    "HassMediaPause": "MediaPause", "HassMediaUnpause": "MediaPlay", "HassMediaNext": "MediaNext", "HassMediaPrevious": "MediaPrevious",
    "HassMediaSearchAndPlay": "MediaSearch", "HassMediaPlayerMute": "Mute", "HassMediaPlayerUnmute": "Unmute", "HassSetVolume": "SetVolume",
    "HassSetVolumeRelative": "SetVolume", "HassVacuumStart": "VacuumStart", "HassVacuumCleanArea": "VacuumCleanArea",
    "HassVacuumReturnToBase": "VacuumReturn", "HassLawnMowerStartMowing": "MowerStart", "HassLawnMowerDock": "MowerDock",
    "HassListAddItem": "ListAdd", "HassListCompleteItem": "ListComplete", "HassListRemoveItem": "ListRemove", "HassShoppingListAddItem": "ListAdd",
    "HassShoppingListCompleteItem": "ListComplete", "HassBroadcast": "Broadcast", "HassNevermind": "Nevermind", "HassGetCurrentTime": "GetTime",
    "HassGetCurrentDate": "GetDate", "HassGetWeather": "GetWeather", "HassStartTimer": "StartTimer", "HassCancelTimer": "CancelTimer",
    "HassCancelAllTimers": "CancelAllTimers", "HassIncreaseTimer": "IncreaseTimer", "HassDecreaseTimer": "DecreaseTimer", "HassPauseTimer": "PauseTimer",
    "HassUnpauseTimer": "UnpauseTimer", "HassTimerStatus": "TimerStatus",
}  # fmt: skip
"""Home Assistant's intent to the call of the command language."""

_NAMES = {
    "light": "light", "switch": "plug", "fan": "fan", "media_player": "speaker", "input_boolean": "switch", "climate": "climate", "cover": "cover",
    "valve": "valve", "lock": "lock", "scene": "scene_word", "script": "scene_word", "button": "button", "input_button": "button", "vacuum": "vacuum",
    "lawn_mower": "mower", "person": "person", "todo": "list_name", "sensor": "plug", "binary_sensor": "gate", "weather": "pseudo",
}  # fmt: skip
"""Domain of a named entity to the rule that draws such names."""

_VALUES = {
    "brightness": "{brightness={percent}}", "brightness_level": "{brightness=(max|maximum|highest|min|minimum|lowest)}", "color": "{color={color_name}}",
    "color_temperature": "{kelvin={kelvin_number}}", "color_temperature_names": "{kelvin=(candle light|warm white|cold white|cool white|daylight|day light)}",
    "temperature": "{temperature={degrees}}", "fan_speed": "{percentage={percent}}", "position": "{position={percent}}", "volume": "{volume={percent}}",
    "volume_step": "(up<volume:up>|increase<volume:up>|down<volume:down>|decrease<volume:down>)", "volume_step_up": "{volume+={step}}",
    "volume_step_down": "{volume-={step}}", "fan_mode": "{fan_mode=(auto|automatic|on|off|low|medium|high|top|middle|focus|diffuse)}",
    "message": "{message={message_text}}", "search_query": "{search={title}}", "shopping_list_item": "{item={item_text}}", "todo_list_item": "{item={item_text}}",
    "media_class": "(artist<media:artist>|album<media:album>|track<media:track>|song<media:track>|playlist<media:playlist>|podcast<media:podcast>|movie<media:movie>|show<media:tv_show>)",
    "timer_name": "{timer={timer_name}}", "timer_command": "{command={later}}", "area": "{area={area_word}}", "floor": "{floor={floor_name}}",
    "cover_states": "(open<state:open>|closed<state:closed>|shut<state:closed>|opening<state:opening>|closing<state:closing>)",
    "bs_open_states": "(open<state:open>|closed<state:closed>|shut<state:closed>)",
    "bs_occupancy_states": "(occupied<state:on>|detected<state:on>|empty<state:off>|clear<state:off>)",
    "on_off_states": "(on<state:on>|off<state:off>)", "lock_states": "(locked<state:locked>|unlocked<state:unlocked>|securely locked<state:locked>)",
    "zone": "(home<state:home>|{zone={zone_name}}|{zone={zone_name}})",
    "cover_classes": "({cover_class_word})",
}  # fmt: skip
"""Home Assistant's list to what stands for it here."""

_COVER_CLASS = "(" + "|".join(
    f"<class:{token}>{word}|<class:{token}>{word}s"
    for token, word in {
        "awning": "awning", "blind": "blind", "curtain": "curtain", "door": "door", "garage": "garage door", "gate": "gate", "shade": "shade", "shutter": "shutter", "window": "window",
    }.items()
) + ")"  # fmt: skip

_LENGTH = re.compile(
    r"(?:(?:\[and\] |and \[a\] |and )?\{timer_(?:hours|minutes|seconds|half):(?:start_)?\w+\}(?:\( \|-\)| )?(?:an? )?(?:(?:hour|minute|second)\[s\])?\s*)+"
)
_LIST = re.compile(r"\{(\w+)(?::\w+)?\}")
_SKIPPED = re.compile(
    r"\{area\} (?:\[<the>\] )?\{name\}|\{timer_half|<lockable>\s*\{name\}|^(?:\[<the>\] )?\{name\}$|get every"
)
"""What this generator labels otherwise: an area before a name belongs to the name, a name alone asks for nothing."""

_ENDING = re.compile(r"(\w+)\[(\w+)\]")
_ASKS = (("<are_any>", "any"), ("<are_all>", "all"), ("is (anyone", "any"), ("is (everyone", "all"), ("<which>", "which"), ("who is", "which"), ("how many", "how_many"), ("<how_many>", "how_many"), ("<where_is>", "where"), ("where can", "where"))  # fmt: skip


def read() -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the translated rules, and the templates as (call, pattern); empty where the package is not installed."""
    found = importlib.util.find_spec("home_assistant_intents")
    if found is None or found.origin is None:
        return {}, []
    data = json.loads((Path(found.origin).parent / "data" / "en.json").read_text(encoding="utf-8"))
    rules = {f"ha_{name}": _pattern(text, "plug") for name, text in data["expansion_rules"].items()}
    rules["ha_all"] = f"<all>{rules['ha_all']}"
    rules["ha_everywhere"] = f"<all>{rules['ha_everywhere']}"
    rules["ha_here"] = f"<here>{rules['ha_here']}"
    rules["ha_are_all"] = _pattern(
        data["expansion_rules"]["are_all"]
        .replace("<all>", "(all|all the|all of the|every)")
        .replace("[<are>]", "<are>"),
        "plug",
    )
    rules["ha_light"] = "(light|lights|lighting|lamps)"  # "lamp" is a name here
    rules["cover_class_word"] = _COVER_CLASS
    templates = [
        template
        for intent, call in CALLS.items()
        for block in data["intents"].get(intent, {}).get("data", ())
        for template in _block(call, block)
    ]
    return rules, templates


def _block(call: str, block: dict[str, Any]) -> list[tuple[str, str]]:
    slots = block.get("slots", {})
    context = block.get("requires_context", {})
    domains = context.get("domain", ())
    domains = [domains] if isinstance(domains, str) else list(domains)
    patterns = []
    for sentence in block["sentences"]:
        if _SKIPPED.search(sentence):
            continue
        for domain in domains or [""]:
            if domain and domain not in _NAMES:
                continue
            translated = _sentence(call, sentence, slots, domain)
            if translated:
                patterns.append(translated)
    return patterns


def _sentence(call: str, sentence: str, slots: dict[str, str], domain: str) -> tuple[str, str] | None:
    """Return one translated template with its leading marks; empty for what this language says otherwise."""
    flags = ""
    slot_class, slot_domain = slots.get("device_class", ""), slots.get("domain", "")
    kind = domain or slot_domain
    if call in ("TurnOn", "TurnOff"):
        call = _switching(call, kind)
    if call == "GetState":
        state = slots.get("state", "")
        ask = next((ask for sign, ask in _ASKS if sign in sentence), "yesno" if sentence.startswith("<is>") else "one")
        flags += f"<ask:{ask}>" + (f"<state:{state}>" if isinstance(state, str) and state else "")
    if slot_class:
        if isinstance(slot_class, list):
            return None
        flags += f"<class:{slot_class}>"
    elif slot_domain and "cover_classes" not in sentence:
        flags += f"<domain:{slot_domain}>"
    elif domain == "person":
        flags += "<domain:person>"
    if call in ("MowerStart", "MowerDock") and "mower" in sentence and "{name}" not in sentence:
        flags = "<domain:lawn_mower>"
    if call in ("Activate", "Press"):
        sentence = re.sub(r"^\[(activate|\([^)]*\))\]", r"\1", sentence)  # a name alone asks for nothing
        sentence = re.sub(r"\b(scene|script|button)\b", r"<domain:\1>\1", sentence)
    if call == "FanSetSpeed" and "{name}" not in sentence:
        flags = "<domain:fan>"
    if call == "LightSet" and "<light>" not in sentence:
        flags = ""
    sentence = (
        sentence.replace("[in] here", "<here>")
        .replace("{name} <light>", "{name}")
        .replace("{floor} [floor]", "{floor}")
    )
    sentence = sentence.replace("<lockable>", "(lock|door|locks|doors|the door|the doors)")
    if call in ("ListAdd", "ListComplete", "ListRemove"):
        sentence = sentence.replace("{name}", "{list={list_name}}").replace(
            "[shopping] list", "({list=shopping} list|list)"
        )
    return call, f"<@{call}>{flags}" + _pattern(sentence, _NAMES.get(domain, "plug"))


def _switching(call: str, domain: str) -> str:
    pairs = {"cover": ("Open", "Close"), "valve": ("Open", "Close"), "lock": ("Lock", "Unlock"), "scene": ("Activate", "Activate"), "script": ("Activate", "Activate"), "button": ("Press", "Press"), "input_button": ("Press", "Press")}  # fmt: skip
    on, off = pairs.get(domain, ("TurnOn", "TurnOff"))
    return on if call == "TurnOn" else off


def _pattern(text: str, names: str) -> str:
    """Translate hassil's notation: rules, lists, and permutations."""
    text = _LENGTH.sub(_length, text)
    text = _ENDING.sub(r"(\1|\1\2)", text)
    text = re.sub(r"\{(duration|start)=\{(\w+)\}\}", r"\1\2", text)
    text = re.sub(r"<(\w+)>", r"{ha_\1}", text)
    text = _LIST.sub(lambda match: _slot(match.group(1), names), text)
    text = re.sub(r"(duration|start)(duration_text|length_name)", r"{\1={\2}}", text)
    return _permute(text)


def _length(match: re.Match[str]) -> str:
    key = "start" if ":start_" in match.group() else "duration"
    rest = match.string[match.end() :]
    singular = rest.startswith(("timer", "{area} timer", "{timer_name"))
    trailing = " " if match.group().endswith(" ") else ""
    return f"{{{key}={{{'length_name' if singular else 'duration_text'}}}}}" + trailing


def _slot(name: str, names: str) -> str:
    if name.startswith("ha_"):
        return "{" + name + "}"
    if name == "name":
        return f"{{name={{{names}}}}}"
    return _VALUES.get(name, "{" + name + "}")


def _permute(text: str) -> str:
    """Write ``(a;b)`` as ``(a b|b a)``, innermost first."""
    while (at := text.find(";")) >= 0:
        start, end = _enclosing(text, at)
        parts = _split(text[start + 1 : end])
        orders = " ".join(parts) + "|" + " ".join(reversed(parts))
        text = f"{text[:start]}({orders}){text[end + 1 :]}"
    return text


def _enclosing(text: str, at: int) -> tuple[int, int]:
    depth, start = 0, at
    while depth >= 0:
        start -= 1
        depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(text[start], 0)
    depth, end = 0, at
    while depth >= 0:
        end += 1
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
    return start, end


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for char in text:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(char, 0)
        if char == ";" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return parts
