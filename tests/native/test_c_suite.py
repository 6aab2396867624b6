"""The native engine's own tests, so that one pytest run covers them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

NATIVE = Path(__file__).resolve().parents[2] / "native"

pytestmark = pytest.mark.skipif(
    shutil.which("make") is None or shutil.which("gcc") is None, reason="the native tests need make and gcc"
)


def make(target: str) -> str:
    """Run a make target in native/ and return its output; a failure shows the end of it.

    A compiler newer than ours may warn of something new: that is no failure of the engine.
    """
    done = subprocess.run(["make", "-C", str(NATIVE), target, "WERROR="], capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done.stdout


def test_suite() -> None:
    """Kernels against the reference, the model door, sessions, threads."""
    output = make("check")
    assert "passed: 0 of" in output


def test_corpus() -> None:
    """Hostile models under the address and undefined-behaviour sanitizers."""
    inputs = len(list((NATIVE / "tests" / "corpus").iterdir()))
    assert inputs > 0
    assert f"replayed {inputs} inputs" in make("fuzz-replay")
