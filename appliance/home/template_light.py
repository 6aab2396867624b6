"""Lights of MQTT discovery, template schema: one topic each way, all payloads made and read by templates."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.errors import HomeError
from appliance.home.announced import Announced, as_number
from appliance.home.binding import STATE, Binding, Encode, Message, Update
from appliance.home.colors import color_attributes, kelvin_to_mired, mired_to_kelvin, rgb_to_hs, wanted_rgb
from appliance.home.templates import Template
from appliance.messages import Json

_FULL = 255
_PARTS = ("red", "green", "blue")


def build_template_light(config: Announced) -> Binding:
    """Compile a light of the template schema; raises HomeError."""
    return _TemplateLight(config).build()


class _TemplateLight:
    def __init__(self, config: Announced) -> None:
        self._config = config
        self._kelvin = config.flag("color_temp_kelvin")
        self._readers = {
            name: config.reading_template(f"{name}_template")
            for name in ("state", "brightness", "color_temp", "effect", *_PARTS)
        }

    def build(self) -> Binding:
        config = self._config
        capabilities = set()
        if self._readers["brightness"] is not None:
            capabilities.add("brightness")
        if self._readers["color_temp"] is not None:
            capabilities.add("color_temp")
        if all(self._readers[part] is not None for part in _PARTS):
            capabilities.add("color")
        config.read_with("state_topic", self._read)
        topic = config.command_topic("command_topic")
        on, off = config.template("command_on_template"), config.template("command_off_template")
        if on is None or off is None:
            message = "a light of the template schema needs command_on_template and command_off_template"
            raise HomeError(message)
        commands: dict[str, Encode] = {}
        if topic is not None:
            commands = {
                "turn_on": lambda data, _now: ((topic, _payload(on, self._wish(data))),),
                "turn_off": lambda data, _now: ((topic, _payload(off, {"state": "off"} | _transition(data))),),
            }
        effects = config.texts("effect_list")
        attributes: dict[str, Json] = {"effect_list": effects} if effects else {}
        return Binding(tuple(config.readers), commands, frozenset(capabilities), attributes)

    def _read(self, message: Message, _now: Mapping[str, Json]) -> Update:
        said = {name: message.render(reader) for name, reader in self._readers.items() if reader is not None}
        update: dict[str, Json] = {}
        if said.get("state") in {"on", "off"}:
            update[STATE] = said["state"]
        if brightness := said.get("brightness"):
            update["brightness"] = min(_FULL, max(0, round(as_number(brightness))))
        if temperature := said.get("color_temp"):
            number = as_number(temperature)
            update["color_temp_kelvin"] = round(number) if self._kelvin else mired_to_kelvin(number)
        parts = [said.get(part) for part in _PARTS]
        if effect := said.get("effect"):
            update["effect"] = effect
        if all(parts):
            red, green, blue = (min(_FULL, max(0, round(as_number(str(part))))) for part in parts)
            update |= color_attributes(rgb=(red, green, blue))
        return update

    def _wish(self, data: Mapping[str, Json]) -> dict[str, Json]:
        names: dict[str, Json] = {"state": "on"} | _transition(data)
        if data.get("brightness") is not None:
            names["brightness"] = min(_FULL, max(0, round(float(data["brightness"]))))
        if (rgb := wanted_rgb(data)) is not None:
            names |= dict(zip(_PARTS, rgb, strict=True))
            names["hue"], names["sat"] = rgb_to_hs(rgb)
        elif data.get("color_temp_kelvin") is not None:
            kelvin = round(float(data["color_temp_kelvin"]))
            names["color_temp"] = kelvin if self._kelvin else kelvin_to_mired(kelvin)
        if data.get("effect") is not None:
            names["effect"] = str(data["effect"])
        return names


def _transition(data: Mapping[str, Json]) -> dict[str, Json]:
    return {"transition": float(data["transition"])} if data.get("transition") is not None else {}


def _payload(template: Template, names: Mapping[str, Json]) -> str:
    payload = template.render(names)
    if payload is None:
        message = f"the command template {template.source!r} leaves no payload"
        raise ValueError(message)
    return payload
