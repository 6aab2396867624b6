"""Export a checkpoint to a model directory: ``python -m provisioning.command_model.export build/command appliance/data/command``.

Weights become ternary codes with one scale a matrix, the embedding int8 with one scale a row, exactly as they were
in training.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from appliance.engine import ModelConfig
from appliance.engine.binding import unpack
from appliance.engine.model_directory import Int8Rows, Ternary, read_directory, write_model
from provisioning.command_model.model import CommandNet, NormTernary, Shape, int8_rows, ternary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    from torch import Tensor

    Weights = Ternary | Int8Rows | npt.NDArray[np.float32]

_PARTS = {"qkv": ("attn_norm", "q", "k", "v"), "o": ("attn_sub_norm", "o"), "gate_up": ("ffn_norm", "gate", "up"),
          "down": ("ffn_sub_norm", "down")}  # fmt: skip
"""Module of a layer to the engine's names: its norm, then its matrices."""


def load(checkpoint: Path) -> CommandNet:
    """Return the model of a checkpoint, for evaluation."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    net = CommandNet(Shape(**state["shape"]))
    net.load_state_dict(state["net"])
    return net.eval()


def config_of(shape: Shape) -> ModelConfig:
    """Return the engine's description of `shape`."""
    return ModelConfig(
        n_layers=shape.n_layers,
        d_model=shape.d_model,
        d_ff=shape.d_ff,
        n_heads=shape.n_heads,
        n_kv_heads=shape.n_heads,
        head_dim=shape.head_dim,
        n_vocab=shape.n_vocab,
        max_context=shape.max_context,
        rope_theta=shape.rope_theta,
        norm_eps=shape.norm_eps,
    )


def tensors_of(net: CommandNet) -> Iterator[tuple[str, Weights]]:
    """Give every tensor by the engine's name. Raises `ValueError` for a float model."""
    if not net.shape.rounded:
        raise ValueError("a model trained with --float has no ternary codes: train it without")
    codes, scales = int8_rows(net.embed.detach())
    yield "embed", Int8Rows(_int8(codes), scales.squeeze(1).numpy())
    yield "final_norm", net.final_norm.detach().numpy()
    for index, layer in enumerate(net.layers):
        for module, (norm, *matrices) in _PARTS.items():
            part: NormTernary = getattr(layer, module)
            yield f"layers.{index}.{norm}", part.weight.detach().numpy()
            for name, weight in zip(matrices, part.parts, strict=True):
                matrix, scale = ternary(weight.detach())
                yield f"layers.{index}.{name}", Ternary(_int8(matrix), float(scale))


def restore(directory: Path) -> CommandNet:
    """Return a model to train on from an exported one: it computes what the exported one does.

    The weights behind the ternary codes are gone; each gets the size that makes the scale of its matrix come out as before.
    Raises `ModelError` when the directory is damaged.
    """
    opened = read_directory(directory)
    config, stored = opened.config, {tensor.name: tensor for tensor in opened.tensors}

    def floats(name: str) -> Tensor:
        return torch.from_numpy(np.frombuffer(stored[name].data, "<f4").copy())

    def matrix(name: str) -> Tensor:
        rows, cols = stored[name].shape
        codes = torch.from_numpy(unpack(stored[name].data, rows, cols, stored[name].dtype)).float()
        return codes * floats(f"{name}_scale") / codes.abs().mean()

    net = CommandNet(
        Shape(
            n_vocab=config.n_vocab,
            d_model=config.d_model,
            d_ff=config.d_ff,
            n_layers=config.n_layers,
            n_heads=config.n_heads,
            max_context=config.max_context,
            rope_theta=config.rope_theta,
            norm_eps=config.norm_eps,
        )
    )
    with torch.no_grad():
        codes = np.frombuffer(stored["embed"].data, np.int8).reshape(stored["embed"].shape)
        net.embed.copy_(torch.from_numpy(codes.astype(np.float32)) * floats("embed_scale").unsqueeze(1))
        net.final_norm.copy_(floats("final_norm"))
        for index, layer in enumerate(net.layers):
            for module, (norm, *matrices) in _PARTS.items():
                part: NormTernary = getattr(layer, module)
                part.weight.copy_(floats(f"layers.{index}.{norm}"))
                for name, weight in zip(matrices, part.parts, strict=True):
                    weight.copy_(matrix(f"layers.{index}.{name}"))
    return net


def _int8(codes: Tensor) -> npt.NDArray[np.int8]:
    return codes.to(torch.int8).numpy()


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="the trainer's output directory")
    parser.add_argument("out", type=Path, help="the model directory to write")
    arguments = parser.parse_args()
    net = load(arguments.run / "checkpoint.pt")
    write_model(
        arguments.out, config_of(net.shape), dict(tensors_of(net)), (arguments.run / "tokenizer.json").read_bytes()
    )


if __name__ == "__main__":
    main()
