"""How often each section of templates is drawn."""

from __future__ import annotations

SHARES: dict[str, float] = {
    # switching and light
    "TurnOn": 10, "TurnOff": 10, "Toggle": 1.2, "LightSet": 13, "Mixed": 6.5,
    # covers, valves, locks
    "Open": 2.6, "Close": 2.6, "Stop": 1.0, "SetPosition": 2.4, "Lock": 1.7, "Unlock": 1.7,
    # scenes, scripts, buttons
    "Activate": 2.6, "Press": 0.9,
    # air
    "FanSetSpeed": 2.4, "ClimateSet": 4.2, "ClimateGet": 2.2, "HumiditySet": 1.2, "SetNumber": 1.0, "SelectOption": 0.9,
    # machines
    "VacuumStart": 1.0, "VacuumPause": 0.6, "VacuumReturn": 0.9, "VacuumCleanArea": 1.0, "MowerStart": 0.6, "MowerPause": 0.4, "MowerDock": 0.6,
    # media
    "MediaPlay": 1.0, "MediaPause": 1.0, "MediaNext": 0.8, "MediaPrevious": 0.8, "MediaSearch": 4.0, "SetVolume": 2.4, "Mute": 0.6, "Unmute": 0.6,
    # alarm
    "AlarmArm": 1.0, "AlarmDisarm": 0.7,
    # questions
    "GetState": 9.5, "GetState:binary": 3.4, "GetState:value": 2.6, "GetState:status": 1.8, "GetWeather": 1.2, "GetTime": 0.5, "GetDate": 0.5,
    # timers
    "StartTimer": 3.6, "StartTimer:delayed": 2.2, "CancelTimer": 1.2, "CancelAllTimers": 0.5, "IncreaseTimer": 1.3, "DecreaseTimer": 1.3, "PauseTimer": 0.8, "UnpauseTimer": 0.8, "TimerStatus": 1.0,
    # lists and messages
    "ListAdd": 4.0, "ListComplete": 1.0, "ListRemove": 1.0, "ListGet": 0.7, "Broadcast": 1.8,
    # talk
    "Nevermind": 0.5, "Confirm": 0.5, "Deny": 0.4, "Repeat": 0.4, "Explain": 0.5,
    "None:talk": 6, "None:report": 4.5, "None:forbid": 3.5, "None:unclear": 4.5, "None:open_question": 4.2,
    # beside talk, as a ban, without a verb
    "Mixed:chatter": 6, "Mixed:wishes": 2.2, "Mixed:elliptic": 2.8, "Mixed:except": 1.8, "Mixed:delayed": 1, "Mixed:machines": 1,
    # as grown-ups talk: roundabout, with reasons, by what is not wanted, by need, in the middle of talk
    "Mixed:asked": 4.5, "Mixed:because": 4, "Mixed:unwanted": 4, "Mixed:needs": 4, "Mixed:wondering": 3, "Mixed:rambling": 3, "Mixed:amounts": 2, "Mixed:whichever": 1.5,
}  # fmt: skip
"""Section of templates to its share of the single sentences."""

CLAUSES: dict[str, float] = {
    "TurnOn": 10, "TurnOff": 10, "Toggle": 0.8, "LightSet": 9, "Open": 3, "Close": 3.4, "Stop": 0.3, "SetPosition": 2, "Lock": 3, "Unlock": 1.2,
    "Activate": 1.5, "Press": 0.5, "FanSetSpeed": 2.6, "ClimateSet": 3.6, "HumiditySet": 0.6, "SetNumber": 0.3, "SelectOption": 0.4, "VacuumStart": 1,
    "VacuumPause": 0.3, "VacuumReturn": 0.6, "VacuumCleanArea": 0.6, "MowerStart": 0.4, "MowerDock": 0.4, "MediaPlay": 0.7, "MediaPause": 1, "MediaNext": 0.3,
    "MediaSearch": 1.2, "SetVolume": 1.6, "Mute": 0.5, "Unmute": 0.3, "AlarmArm": 0.9, "AlarmDisarm": 0.3, "StartTimer": 1.4, "CancelTimer": 0.4, "ListAdd": 1.2,
    "Broadcast": 0.4, "GetState": 1.6, "GetState:binary": 0.3, "GetState:value": 0.3, "ClimateGet": 0.7, "GetWeather": 0.5, "GetTime": 0.3,
}  # fmt: skip
"""The same for commands that stand beside others in one sentence."""

_NOT_LATER = frozenset(
    {
        "GetState",
        "ClimateGet",
        "GetWeather",
        "GetTime",
        "StartTimer",
        "CancelTimer",
        "ListAdd",
        "GetState:binary",
        "GetState:value",
    }
)

LATER: dict[str, float] = {call: share for call, share in CLAUSES.items() if call not in _NOT_LATER}
"""The same for delayed commands."""
