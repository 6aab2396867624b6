"""Sentences that people say to their homes, and the calls that they mean: the data of the command model."""

from __future__ import annotations

from provisioning.command_model.generator.checking import IllegalExample, check
from provisioning.command_model.generator.source import Example, examples, sources

__all__ = ["Example", "IllegalExample", "check", "examples", "sources"]
