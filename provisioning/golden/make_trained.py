"""Makes ``tests/unit/models/trained``: a small BitNet that was trained, as Hugging Face publishes them, and what it computes.

Run ``python provisioning/golden/make_trained.py tests/unit/models/trained`` with torch, transformers and tokenizers installed; it
takes a minute. The model learns sentences made here, so that its perplexity means something. `transformers` computes the
perplexity of a text it has not seen, in float32 with de-quantised weights, and the greedy continuation of a prompt: with what
the engine computes from the packed weights, these must agree.
"""

from __future__ import annotations

import argparse
import json
import os
import random
from pathlib import Path
from typing import Any

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import nn
from transformers import BitNetConfig, BitNetForCausalLM, BitNetQuantConfig
from transformers.integrations.bitnet import AutoBitLinear, pack_weights, replace_with_bitnet_linear

PATTERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
BEGIN, END = "<|begin_of_text|>", "<|eot_id|>"
WINDOW = 128
STEPS = 500
PROMPT = "The kitchen light is on"
CONTINUATION = 48


def sentences(seed: int, count: int) -> str:
    """Return a text about a home."""
    draw = random.Random(seed)
    rooms = "kitchen bedroom hall garage study".split()
    things = "light fan heater lamp speaker".split()
    states = ["on", "off", "broken", "at twenty percent", "warm"]
    people = "Anna Ben Carla David".split()
    forms = (
        lambda: f"The {draw.choice(rooms)} {draw.choice(things)} is {draw.choice(states)}.",
        lambda: (
            f"{draw.choice(people)} turned the {draw.choice(things)} in the {draw.choice(rooms)} {draw.choice(states[:2])}."
        ),
        lambda: f"It is {draw.randint(10, 29)} degrees in the {draw.choice(rooms)}.",
        lambda: f"Please tell {draw.choice(people)} that the {draw.choice(rooms)} is empty.",
    )
    return " ".join(draw.choice(forms)() for _ in range(count))


def make_tokenizer(text: str) -> Tokenizer:
    """Return a byte-level BPE that cuts text as Llama 3's does."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    cut = pre_tokenizers.Split(Regex(PATTERN), "isolated")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(
        [text], trainers.BpeTrainer(vocab_size=380, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer.add_special_tokens([BEGIN, END, "<|start_header_id|>", "<|end_header_id|>"])
    begin = tokenizer.token_to_id(BEGIN)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BEGIN} $A", special_tokens=[(BEGIN, begin)])
    return tokenizer


def make_config(n_vocab: int) -> BitNetConfig:
    """Return a small shape."""
    return BitNetConfig(
        vocab_size=n_vocab,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        hidden_act="relu2",
        max_position_embeddings=256,
        rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
        tie_word_embeddings=True,
        attn_implementation="eager",
        bos_token_id=None,
        eos_token_id=None,
    )


def quantized(config: BitNetConfig, mode: str) -> nn.Module:
    """Return a model whose linear layers are ternary: trained with masters (online) or with fixed codes (offline)."""
    model = BitNetForCausalLM(config)
    how = BitNetQuantConfig(linear_class="autobitlinear", quantization_mode=mode)
    replace_with_bitnet_linear(model, modules_to_not_convert=["lm_head"], quantization_config=how)
    for module in model.modules():
        if isinstance(module, AutoBitLinear):
            weight = torch.empty(module.out_features, module.in_features).normal_(0, 0.02)
            module.weight = nn.Parameter(weight, requires_grad=mode == "online")
            if mode == "offline":
                module.weight_scale = torch.ones(1)
    model.lm_head.weight = model.model.embed_tokens.weight
    return model


def train(model: nn.Module, tokens: torch.Tensor) -> None:
    """Fit the model to a text."""
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, STEPS)
    for step in range(STEPS):
        starts = torch.randint(0, len(tokens) - 65, (8,))
        batch = torch.stack([tokens[at : at + 64] for at in starts])
        loss = model(batch, labels=batch).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0 or step == STEPS - 1:
            print(f"step {step}: loss {loss.item():.3f}")


def freeze(trained: nn.Module, config: BitNetConfig) -> tuple[nn.Module, dict[str, torch.Tensor]]:
    """Return the model with fixed codes, and its tensors as they are published: packed, all else in bfloat16."""
    frozen = quantized(config, "offline")
    tensors: dict[str, torch.Tensor] = {}
    masters = dict(trained.named_modules())
    for name, module in frozen.named_modules():
        if isinstance(module, AutoBitLinear):
            weight = masters[name].weight.data.float()
            scale = weight.abs().mean().clamp(min=1e-5)
            codes = (weight / scale).round().clamp(-1, 1)
            rounded = scale.to(torch.bfloat16).reshape(1)
            module.weight.data, module.weight_scale = codes, rounded.float()
            tensors[f"{name}.weight"] = pack_weights(codes.clone())  # it changes what it is given
            tensors[f"{name}.weight_scale"] = rounded
        elif name and hasattr(module, "weight") and name != "lm_head":
            rounded = masters[name].weight.data.to(torch.bfloat16)
            module.weight.data = rounded.float()
            tensors[f"{name}.weight"] = rounded.clone()
    return frozen.eval(), tensors


def perplexity(model: nn.Module, tokens: list[int], begin: int) -> float:
    """Return that of a text in windows that each begin with the begin token."""
    losses = []
    step = WINDOW - 1
    for start in range(0, len(tokens), step):
        part = torch.tensor([[begin, *tokens[start : start + step]]])
        with torch.no_grad():
            logits = model(part).logits[0, :-1].double()
        losses.append(nn.functional.cross_entropy(logits, part[0, 1:], reduction="none"))
    return float(torch.cat(losses).mean().exp())


def greedy(model: nn.Module, tokens: list[int]) -> list[int]:
    """Return the continuation, likeliest token by likeliest token."""
    known = list(tokens)
    for _ in range(CONTINUATION):
        with torch.no_grad():
            known.append(int(model(torch.tensor([known])).logits[0, -1].argmax()))
    return known[len(tokens) :]


def main() -> None:
    """Train, freeze, measure and write."""
    parser = argparse.ArgumentParser(description="Make a small trained model for the tests.")
    parser.add_argument("directory", type=Path, help="where to write, usually tests/unit/models/trained")
    directory = parser.parse_args().directory
    directory.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(3)
    torch.set_num_threads(1)
    text, unseen = sentences(1, 4000), sentences(2, 120)
    tokenizer = make_tokenizer(text)
    config = make_config(tokenizer.get_vocab_size())
    model = quantized(config, "online")
    train(model, torch.tensor(tokenizer.encode(text, add_special_tokens=False).ids))
    frozen, tensors = freeze(model.eval(), config)
    begin = tokenizer.token_to_id(BEGIN)
    tokens = tokenizer.encode(unseen, add_special_tokens=False).ids
    prompt = tokenizer.encode(PROMPT).ids
    print(f"with its masters: perplexity {perplexity(model, tokens, begin):.4f}")
    expected: dict[str, Any] = {
        "perplexity": perplexity(frozen, tokens, begin),
        "window": WINDOW,
        "tokens": len(tokens),
        "prompt": PROMPT,
        "continuation": tokenizer.decode(greedy(frozen, prompt)),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
    raw = config.to_dict() | {
        "quantization_config": {
            "quant_method": "bitnet",
            "linear_class": "autobitlinear",
            "quantization_mode": "offline",
        }
    }
    save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
    (directory / "model.safetensors").chmod(0o644)
    (directory / "config.json").write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")
    tokenizer.save(str(directory / "tokenizer.json"), pretty=False)
    (directory / "unseen.txt").write_text(unseen, encoding="utf-8")
    (directory / "expected.json").write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(expected, indent=1))


if __name__ == "__main__":
    main()
