"""The command model in PyTorch: BitNet b1.58 as published for 2B-4T, for quantisation-aware training.

Ternary weights with one absmean scale per tensor, int8 absmax activations per token, straight-through gradients,
an RMSNorm before every linear layer, RoPE, squared-ReLU gated feed-forward, tied embedding. The codes of weights and
activations are small integers, exact in bfloat16, so training multiplies them in bfloat16 where the processor has
instructions for it (several times as fast as float32; without them, a twentieth) and evaluation in float32 gives the integers of
the native engine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
"""Where models are trained."""
PRODUCTS = (
    torch.bfloat16
    if DEVICE.type == "cuda" or torch.cpu._is_avx512_bf16_supported()  # noqa: SLF001 - there is no public name
    else torch.float32
)
"""What matrices are multiplied in while training."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The dimensions of a model."""

    n_vocab: int
    d_model: int = 192
    d_ff: int = 512
    n_layers: int = 6
    n_heads: int = 4
    max_context: int = 512
    """Tokens of sentence and calls together."""
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5
    rounded: bool = True
    """Weights ternary and activations int8; False: neither, to compare with. The engine runs only the first."""

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.d_model // self.n_heads


# --- quantisation --------------------------------------------------------------------------------


def ternary(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return the codes (-1, 0, +1 as float32) of `weight` and its scale: the mean of its absolute values."""
    scale = weight.abs().mean().clamp(min=1e-5)
    return (weight / scale).round().clamp(-1, 1), scale


def int8_rows(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Return int8 codes (as float32) of each row and the rows' scales [rows, 1]: absmax over 127."""
    scale = (weight.abs().amax(dim=1, keepdim=True) / 127).clamp(min=1e-12)
    return (weight / scale).round().clamp(-127, 127), scale


def quantise(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return the int8 codes of `x` per token (as float32) and what one code is worth."""
    top = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5)
    return (x * (127 / top)).round().clamp(-128, 127), top / 127


# --- pieces that run once per element: compiled when the trainer says so -----------------------------


def rms(x: Tensor, eps: float) -> Tensor:
    """Return one over the root mean square of the last dimension."""
    return torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps)


def gate(x: Tensor) -> Tensor:
    """Squared ReLU of the first half times the second half."""
    first, second = x.chunk(2, dim=-1)
    return first.relu().square() * second


def _norm_forward(x: Tensor, weight: Tensor, eps: float, gated: bool) -> tuple[Tensor, Tensor]:
    x = x.float()
    if gated:
        x = gate(x)
    codes, worth = quantise(x * rms(x, eps) * weight)
    return codes.to(PRODUCTS), worth


def _norm_backward(grad: Tensor, x: Tensor, weight: Tensor, eps: float, gated: bool) -> tuple[Tensor, Tensor]:
    raw = x.float()
    x = gate(raw) if gated else raw
    grad = grad.float()
    inverse = rms(x, eps)
    normed = x * inverse
    to_weight = grad * normed  # summed over the tokens by the caller: compiled sums over columns are slow
    grad = grad * weight
    grad = inverse * (grad - normed * (grad * normed).mean(dim=-1, keepdim=True))
    if gated:
        first, second = raw.chunk(2, dim=-1)
        open_gate = first.relu()
        grad = torch.cat((grad * second * open_gate * 2, grad * open_gate.square()), dim=-1)
    return grad, to_weight


def _scale(product: Tensor, worth: Tensor, scales: Tensor) -> Tensor:
    return (product.float() * worth * scales).to(PRODUCTS)


def _scale_grads(grad: Tensor, worth: Tensor, scales: Tensor) -> tuple[Tensor, Tensor]:
    grad = grad.float()
    return (grad * scales).to(PRODUCTS), (grad * worth).to(PRODUCTS)


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.float().chunk(2, dim=-1)
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1)


def _softmax(scores: Tensor, mask: Tensor, scale: float) -> Tensor:
    return torch.softmax(scores.float() * scale + mask, dim=-1)


@dataclass(slots=True)
class _Pieces:
    norm_forward: Any = _norm_forward
    norm_backward: Any = _norm_backward
    scale: Any = _scale
    scale_grads: Any = _scale_grads
    rotate: Any = _rotate
    softmax: Any = _softmax


_pieces = _Pieces()


def compile_pieces() -> None:
    """Compile the elementwise pieces (a C++ compiler must be there); whole-graph compilation gained nothing here."""
    for name in _Pieces.__slots__:
        setattr(_pieces, name, torch.compile(globals()["_" + name], dynamic=True))


class _NormTernary(torch.autograd.Function):
    """Norm, quantise, multiply by ternary matrices; gradients as if nothing had been rounded."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, eps: float, gated: bool, *parts: Tensor) -> Tensor:
        """[tokens, in] by matrices [out, in] that share the input: [tokens, sum of out] in :data:`PRODUCTS`."""
        codes, worth = _pieces.norm_forward(x, weight, eps, gated)
        pairs = [ternary(part) for part in parts]
        matrix = torch.cat([pair[0] for pair in pairs]).to(PRODUCTS)
        scales = torch.cat([pair[1].expand(len(pair[0])) for pair in pairs])
        ctx.save_for_backward(x, weight, codes, worth, matrix, scales)
        ctx.eps, ctx.gated, ctx.rows = eps, gated, [len(part) for part in parts]
        return _pieces.scale(codes @ matrix.t(), worth, scales)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Gradients to the input, the norm's weight and every matrix."""
        x, weight, codes, worth, matrix, scales = ctx.saved_tensors
        to_codes, to_matrix = _pieces.scale_grads(grads[0], worth, scales)
        to_x, to_weight = _pieces.norm_backward(to_codes @ matrix, x, weight, ctx.eps, ctx.gated)
        return to_x, to_weight.sum(dim=0), None, None, *(to_matrix.t() @ codes).float().split(ctx.rows)


# --- the model -----------------------------------------------------------------------------------


class NormTernary(nn.Module):
    """RMSNorm, int8 activations, then one or several ternary matrices over them, each with its own scale."""

    def __init__(self, shape: Shape, n_in: int, *n_out: int, gated: bool = False, gain: float = 1.0) -> None:
        """Make matrices of [out, in] for every `n_out`; `gated` takes [gate, up] of twice the width as input."""
        super().__init__()
        self.eps = shape.norm_eps
        self.rounded = shape.rounded
        self.gated = gated
        self.weight = nn.Parameter(torch.ones(n_in))
        self.parts = nn.ParameterList(nn.Parameter(torch.randn(n, n_in) * (gain / math.sqrt(n_in))) for n in n_out)

    def forward(self, x: Tensor) -> Tensor:
        """[tokens, in] to [tokens, sum of out]: :data:`PRODUCTS` in training, float32 in evaluation."""
        if not self.rounded:
            x = gate(x.float()) if self.gated else x
            normed = (x * rms(x, self.eps) * self.weight).to(PRODUCTS if self.training else torch.float32)
            return normed @ torch.cat(tuple(self.parts)).to(normed.dtype).t()
        if self.training:
            product: Tensor = _NormTernary.apply(x, self.weight, self.eps, self.gated, *self.parts)
            return product
        if self.gated:
            x = gate(x)
        codes, worth = quantise(x * rms(x, self.eps) * self.weight)
        pairs = [ternary(part) for part in self.parts]
        return torch.cat([(codes @ matrix.t()) * (worth * scale) for matrix, scale in pairs], dim=-1)


class Layer(nn.Module):
    """One transformer layer."""

    half_cache = False
    """Round keys and values to half precision, as the engine's cache does."""

    def __init__(self, shape: Shape) -> None:
        """Make a layer with random weights."""
        super().__init__()
        self.shape = shape
        d = shape.d_model
        self.qkv = NormTernary(shape, d, d, d, d)
        gain = 0.2 / math.sqrt(shape.n_layers)
        self.o = NormTernary(shape, d, d, gain=gain)
        self.gate_up = NormTernary(shape, d, shape.d_ff, shape.d_ff)
        self.down = NormTernary(shape, shape.d_ff, d, gated=True, gain=gain)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, n_batch: int) -> Tensor:
        """[batch * length, d] to the same."""
        n_heads, head_dim = self.shape.n_heads, self.shape.head_dim
        q, k, v = self.qkv(x).view(n_batch, -1, 3, n_heads, head_dim).permute(2, 0, 3, 1, 4)
        q, k = _pieces.rotate(q, cos, sin), _pieces.rotate(k, cos, sin)
        if self.half_cache:
            k, v = k.half().float(), v.half()
        scores = _pieces.softmax(q @ k.transpose(-1, -2), mask, head_dim**-0.5)
        mixed = (scores @ v.float()).transpose(1, 2).reshape(len(x), -1)
        x = x + self.o(mixed)
        return x + self.down(self.gate_up(x))


class CommandNet(nn.Module):
    """Sentence and calls in, logits of the next token out."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        """Make a model with random weights from torch's generator."""
        super().__init__()
        self.shape = shape
        self.embed = nn.Parameter(torch.randn(shape.n_vocab, shape.d_model) * 0.06)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.n_layers))
        self.final_norm = nn.Parameter(torch.ones(shape.d_model))
        angles = torch.outer(
            torch.arange(shape.max_context, dtype=torch.float64),
            shape.rope_theta ** (-torch.arange(0, shape.head_dim, 2, dtype=torch.float64) / shape.head_dim),
        )
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def table(self) -> Tensor:
        """Return the embedding as it is shipped (int8 per row), with straight-through gradients."""
        with torch.no_grad():
            codes, scale = int8_rows(self.embed)
            difference = codes * scale - self.embed
        return self.embed + difference

    def forward(self, ids: Tensor, where: Tensor | None = None) -> Tensor:
        """[batch, length] ids to logits [positions, vocabulary]; `where`: flat positions to give logits for."""
        n_batch, length = ids.shape
        table = self.table()
        x = functional.embedding(ids.reshape(-1), table)
        mask = torch.full((length, length), -torch.inf, device=x.device).triu(1)
        for layer in self.layers:
            x = layer(x, self.cos[:length], self.sin[:length], mask, n_batch)
        if where is not None:
            x = x[where]
        x = x * rms(x, self.shape.norm_eps) * self.final_norm
        return x @ table.t()
