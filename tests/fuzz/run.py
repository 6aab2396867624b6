"""Search for inputs that break a target, guided by coverage: ``python -m tests.fuzz.run TARGET [SECONDS [FOLDER]]``.

Needs atheris. New inputs that reach new code are kept in FOLDER (the corpus itself, if none is given); one that breaks the target is
written to the current folder.
"""

from __future__ import annotations

import importlib
import logging
import sys
from pathlib import Path

import atheris

CORPUS = Path(__file__).with_name("corpus")
MAX_LEN = 4096
PARTS = ("config", "home", "intents", "mqtt", "recall", "voice", "watch")
"""Packages whose coverage guides the search."""


def main() -> None:
    """Run until the time is over."""
    with atheris.instrument_imports(
        include=[
            "appliance.config",
            "appliance.home",
            "appliance.intents",
            "appliance.mqtt",
            "appliance.recall",
            "appliance.voice",
            "appliance.watch",
        ]
    ):
        targets = importlib.import_module("tests.fuzz.targets").TARGETS
    logging.disable(logging.CRITICAL)
    name, seconds = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "60"
    for folder in sys.argv[3:4]:
        Path(folder).mkdir(parents=True, exist_ok=True)
    folders = [*sys.argv[3:4], str(CORPUS / name)]
    atheris.Setup([sys.argv[0], *folders, f"-max_total_time={seconds}", f"-max_len={MAX_LEN}"], targets[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
