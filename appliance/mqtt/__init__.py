"""MQTT: the client of the daemon, requests and replies on the wire, the node's announcement."""

from appliance.mqtt.announce import announcement
from appliance.mqtt.ask import SOURCE, parse_ask, render_refusal, render_reply
from appliance.mqtt.client import MqttClient
from appliance.mqtt.observe import observe
from appliance.mqtt.own import OwnEntity, pin, pin_topic, state_payload, switch
from appliance.mqtt.ports import MqttStats
from appliance.mqtt.receipts import Receipt
from appliance.mqtt.remote import ask_daemon

__all__ = [
    "SOURCE",
    "MqttClient",
    "MqttStats",
    "OwnEntity",
    "Receipt",
    "announcement",
    "ask_daemon",
    "observe",
    "parse_ask",
    "pin",
    "pin_topic",
    "render_refusal",
    "render_reply",
    "state_payload",
    "switch",
]
