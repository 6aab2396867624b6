"""What of the configuration depends on the machine: where state, models and secrets are."""

from __future__ import annotations

import os
from pathlib import Path

from appliance.errors import ConfigError

SERVICE_STATE = Path("/var/lib/ternd")
"""State of the installed service."""


def secret_path(path: Path) -> Path:
    """Return where the secret of the configured `path` is to be read: the service's systemd credential if there is one."""
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if directory:
        credential = Path(directory) / f"secrets_{path.name}"
        if credential.is_file():
            return credential
    return path


def read_secret(path: Path) -> str:
    """Return the first line of a secret file; raises :class:`ConfigError`."""
    source = secret_path(path)
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{source}: the secret cannot be read: {error}"
        raise ConfigError(message) from error
    return text.split("\n", 1)[0].rstrip("\r")


def state_directory() -> Path:
    """Return where state is kept: systemd's StateDirectory, for root that of the service, else the user's own (not created here)."""
    directory = os.environ.get("STATE_DIRECTORY")
    if directory:
        return Path(directory.split(":")[0])
    if os.geteuid() == 0 and SERVICE_STATE.is_dir() and "XDG_STATE_HOME" not in os.environ:
        return SERVICE_STATE  # `sudo ternd log` is about the service
    # Not Path.home(): a user that was made for one service has none, and that is no error as long as it keeps nothing.
    return Path(os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")) / "ternd"  # noqa: PTH111


def models_directory() -> Path:
    """Return where chat models are kept: with the installed service's, where these can be read, else one's own."""
    shared = not os.environ.get("STATE_DIRECTORY") and os.access(SERVICE_STATE, os.R_OK | os.X_OK)
    return (SERVICE_STATE if shared else state_directory()) / "models"
