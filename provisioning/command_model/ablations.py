"""What the choices of the command model are worth: ``python -m provisioning.command_model.ablations build/ablations``.

Trains small variants one after another on one lot of data, each for the same number of tokens from random weights, and prints a
table: size, float against ternary, amount of data, length of training, renamed names. The budget is a fraction of what the
shipped model got, so the rows are to be compared with each other, not with it. The same command again goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from appliance.intents.vocabulary import Vocabulary
from provisioning.command_model import data
from provisioning.command_model.export import load
from provisioning.command_model.train import LONGEST, Plan, exact, prepare, train

_MEASURED = 5000
"""Sentences of the held-out split, and of the training wordings, that every variant is measured on."""
_SEED = 31
_SHORTEST = 15
"""Tokens of an example, reckoned low: so much data that no run without a limit sees any twice."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One row: what differs from the base."""

    name: str
    d_model: int = 192
    d_ff: int = 512
    n_layers: int = 6
    rounded: bool = True
    examples: int = 0
    """So many examples, repeated; 0: as many as the run can use, none twice."""
    budget: float = 1.0
    """Tokens, as a multiple of the base's."""
    renamed: bool = True


VARIANTS = (
    Variant("base"),
    Variant("float weights and activations", rounded=False),
    Variant("5,000 examples", examples=5_000),
    Variant("20,000 examples", examples=20_000),
    Variant("a third of the tokens", budget=1 / 3),
    Variant("names as generated", renamed=False),
    Variant("d 128, ff 320", 128, 320),
    Variant("d 256, ff 704", 256, 704),
    Variant("3 layers", n_layers=3),
    Variant("twice the tokens", budget=2.0),
    Variant("d 384, ff 1152", 384, 1152),
)


def weights_of(variant: Variant) -> int:
    """Count the weights of the matrices, the embedding apart."""
    return variant.n_layers * (4 * variant.d_model**2 + 3 * variant.d_model * variant.d_ff)


def run_of(variant: Variant, base: Plan, tokens: int, folder: Path) -> Plan:
    """Return the training run of a variant."""
    return replace(
        base,
        out=folder,
        steps=round(tokens * variant.budget / (base.tokens * base.trainers)),
        d_model=variant.d_model,
        d_ff=variant.d_ff,
        n_layers=variant.n_layers,
        rounded=variant.rounded,
    )


def make_data(base: Plan, tokens: int) -> None:
    """Make what all runs share: sentences with names exchanged and as generated, the tokenizer, and what is measured on."""
    prepare(replace(base, examples=math.ceil(tokens * max(variant.budget for variant in VARIANTS) / _SHORTEST)))
    vocabulary = Vocabulary.open(base.out / "tokenizer.json")
    others: tuple[tuple[str, data.Split, int, int], ...] = (
        ("plain", "train", _SEED, math.ceil(tokens / _SHORTEST)),
        ("measured-train", "train", _SEED + 5, _MEASURED),
        ("measured-heldout", "heldout", _SEED + 6, _MEASURED),
    )
    for name, split, seed, count in others:
        if not (base.out / f"{name}.npz").exists():
            pairs = data.generate(seed, split, count, base.processes)
            data.encode(pairs, vocabulary, LONGEST).save(base.out / f"{name}.npz")


def outcome(variant: Variant, plan: Plan, shared: Path) -> dict[str, float]:
    """Train a variant, unless an earlier call did, and measure it."""
    known = plan.out / "outcome.json"
    if not known.exists():
        plan.out.mkdir(exist_ok=True)
        corpus = data.Corpus.load(shared / ("train.npz" if variant.renamed else "plain.npz"))
        corpus.first(variant.examples or len(corpus)).save(plan.out / "train.npz")
        for name in ("tokenizer.json", "dev.npz", "heldout.npz"):
            shutil.copyfile(shared / name, plan.out / name)
        train(plan)
        net = load(plan.out / "checkpoint.pt")
        figures = {"tokens": json.loads((plan.out / "run.json").read_text())["tokens_seen"]}
        for split in ("train", "heldout"):
            _, figures[split] = exact(net, data.Corpus.load(shared / f"measured-{split}.npz"))
        known.write_text(json.dumps(figures) + "\n")
        (plan.out / "train.npz").unlink()
    found: dict[str, float] = json.loads(known.read_text())
    return found


def main() -> None:
    """Read the command line, train, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="directory of data and runs")
    parser.add_argument("--tokens", type=int, default=1_500_000, help="of the base; others by their budget")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--no-compile", dest="compiled", action="store_false", help="when no C++ compiler is there")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    arguments.out.mkdir(parents=True, exist_ok=True)
    base = Plan(
        out=arguments.out, minutes=0, steps=0, examples=0, seed=_SEED, processes=arguments.processes, tokens=2000, d_model=192,
        d_ff=512, n_layers=6, n_vocab=2048, muon_lr=0.02, adam_lr=0.002, compiled=arguments.compiled, rounded=True, start=None,
    )  # fmt: skip
    make_data(base, arguments.tokens)
    rows = []
    for number, variant in enumerate(VARIANTS):
        plan = run_of(variant, base, arguments.tokens, arguments.out / f"{number:02}")
        rows.append((variant, outcome(variant, plan, arguments.out)))
    print("| variant | million weights | million tokens | exact, held out | exact, training wordings |")
    print("|---|---|---|---|---|")
    for variant, found in rows:
        print(
            f"| {variant.name} | {weights_of(variant) / 1e6:.2f} | {found['tokens'] / 1e6:.2f} | {100 * found['heldout']:.1f} % "
            f"| {100 * found['train']:.1f} % |"
        )


if __name__ == "__main__":
    main()
