import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")  # the training extra; the device and its tests do without

from appliance.engine import Model, Session  # noqa: E402
from appliance.engine.model_directory import write_model  # noqa: E402
from provisioning.command_model.export import config_of, restore, tensors_of  # noqa: E402
from provisioning.command_model.model import CommandNet, NormTernary, Shape, gate, quantise, rms, ternary  # noqa: E402
from provisioning.command_model.optimizer import Muon, orthogonal  # noqa: E402

SMALL = Shape(n_vocab=61, d_model=32, d_ff=48, n_layers=2, n_heads=2, max_context=64)


def small_net() -> CommandNet:
    torch.manual_seed(1)
    net = CommandNet(SMALL)
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if name.endswith("weight") or name == "final_norm":
                parameter.uniform_(0.5, 1.5)
    return net


def test_ternary_codes_and_scale() -> None:
    codes, scale = ternary(torch.tensor([[0.1, -2.0], [1.0, 0.5]]))
    assert scale == pytest.approx(0.9)
    assert codes.tolist() == [[0, -1], [1, 1]]


def test_activations_are_int8() -> None:
    codes, worth = quantise(torch.tensor([[0.5, -2.0, 1.0], [0.0, 0.0, 0.0]]))
    assert codes.tolist() == [[32, -127, 64], [0, 0, 0]]
    assert worth[0].item() == pytest.approx(2 / 127)


def test_training_and_evaluation_compute_the_same_up_to_bfloat16() -> None:
    part = NormTernary(Shape(8), 16, 24, 8)
    x = torch.randn(5, 16)
    trained = part.train()(x).float()
    assert torch.allclose(trained, part.eval()(x), rtol=1e-2, atol=1e-2)


@pytest.mark.parametrize("gated", [False, True])
def test_a_float_model_rounds_nothing_and_is_not_exported(*, gated: bool) -> None:
    torch.manual_seed(3)
    part = NormTernary(replace(SMALL, rounded=False), 16, 24, 8, gated=gated)
    x = torch.randn(5, 32 if gated else 16)
    inner = gate(x) if gated else x
    normed = inner * rms(inner, SMALL.norm_eps)
    assert torch.allclose(part.eval()(x), normed @ torch.cat(tuple(part.parts)).t(), rtol=1e-4, atol=1e-4)
    assert torch.allclose(part.train()(x).float(), part.eval()(x), rtol=5e-2, atol=5e-2)
    with pytest.raises(ValueError, match="--float"):
        next(tensors_of(CommandNet(replace(SMALL, rounded=False))))


@pytest.mark.parametrize("gated", [False, True])
def test_gradients_are_those_of_the_unrounded_product(*, gated: bool) -> None:
    torch.manual_seed(2)
    part = NormTernary(Shape(8), 64, 32, gated=gated).train()
    x = torch.randn(40, 128 if gated else 64, requires_grad=True)
    part(x).float().square().sum().backward()
    expected, through = torch.autograd.functional.vjp(
        lambda value: torch.nn.functional.linear(*straight(part, value)), x.detach(), 2 * part(x).float().detach()
    )
    assert torch.allclose(expected, part(x).float(), rtol=5e-2, atol=5e-2)
    assert torch.nn.functional.cosine_similarity(x.grad.flatten(), through.flatten(), dim=0) > 0.99


def straight(part: NormTernary, x: Any) -> tuple[Any, Any]:
    if part.gated:
        gate, up = x.chunk(2, dim=-1)
        x = gate.relu().square() * up
    x = x * torch.rsqrt(x.square().mean(-1, keepdim=True) + part.eps)
    codes, scale = ternary(part.parts[0].detach())
    return x, codes * scale


def test_the_future_is_not_seen() -> None:
    net = small_net().eval()
    ids = torch.randint(0, 61, (1, 12))
    other = ids.clone()
    other[0, 8:] = 3
    with torch.no_grad():
        assert torch.equal(net(ids)[:8], net(other)[:8])


def test_the_engine_computes_what_the_model_computes(tmp_path: Path) -> None:
    net = small_net().eval()
    write_model(tmp_path, config_of(SMALL), dict(tensors_of(net)), b"{}")
    ids = torch.randint(0, 61, (1, 20))
    with torch.no_grad():
        expected = net(ids)[-1].numpy()
    with Model.open(tmp_path) as model, Session(model) as session:
        session.sync(ids[0].tolist())
        got = session.logits()
    # activations are rounded to int8 after sums in another order, so single codes may differ by one
    assert abs(got - expected).max() < 0.05 * abs(expected).max()
    assert got.argmax() == expected.argmax()


def test_orthogonal_brings_all_singular_values_near_one() -> None:
    for rows, cols in ((24, 24), (24, 64), (64, 24)):
        values = torch.linalg.svdvals(orthogonal(torch.randn(2, rows, cols)).float())
        assert values.median() > 0.7
        assert values.max() < 1.4


def test_a_model_learns_to_copy() -> None:
    net = small_net().train()
    matrices = [parameter for name, parameter in net.named_parameters() if ".parts." in name]
    others = [parameter for name, parameter in net.named_parameters() if ".parts." not in name]
    optimizers = [Muon(matrices), torch.optim.AdamW(others, 0.01)]
    losses = []
    for _ in range(60):
        half = torch.randint(0, 61, (32, 3))
        ids = torch.cat([half, half], dim=1)
        where = torch.arange(ids.numel()).view(ids.shape)[:, 2:5].reshape(-1)
        loss = torch.nn.functional.cross_entropy(net(ids, where), ids[:, 3:].reshape(-1))
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        net.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * math.log(61) < losses[0] + 2


def test_an_exported_model_is_restored_to_one_that_computes_and_exports_the_same(tmp_path: Path) -> None:
    net = small_net().eval()
    write_model(tmp_path, config_of(SMALL), dict(tensors_of(net)), b"{}")
    again = restore(tmp_path).eval()
    ids = torch.randint(0, 61, (2, 12))
    with torch.no_grad():
        assert torch.allclose(again(ids), net(ids), atol=1e-3)
    write_model(tmp_path / "again", config_of(SMALL), dict(tensors_of(again)), b"{}")
    second = restore(tmp_path / "again")
    for (name, first), other in zip(again.named_parameters(), second.parameters(), strict=True):
        assert torch.allclose(first, other, rtol=1e-5), name
