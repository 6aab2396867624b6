"""The home: what is in it, what state it is in, and how each thing is commanded."""

from appliance.home.announcements import Problem
from appliance.home.live import Wiring
from appliance.home.registry import Registry
from appliance.home.setting import Location
from appliance.home.topics import CommandTopics, topic_fault
from appliance.home.yaml_file import HomeFile, dump_home, load_home, load_home_file, parse_home

__all__ = [
    "CommandTopics",
    "HomeFile",
    "Location",
    "Problem",
    "Registry",
    "Wiring",
    "dump_home",
    "load_home",
    "load_home_file",
    "parse_home",
    "topic_fault",
]
