"""Train the command model: ``python -m provisioning.command_model.train --minutes 60 --processes 2 --out build/command``.

Generates the data (kept in the output directory), trains the tokenizer, then the model, with a checkpoint every few
minutes; the same command again goes on from the last one. The learning curve is written to ``curve.csv``, everything
that is needed to repeat the run to ``run.json``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import logging
import os
import shutil
import time
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, distributed, multiprocessing
from torch.nn import functional

from appliance.intents.vocabulary import Vocabulary
from provisioning.command_model import data, plot, tokenizer
from provisioning.command_model.export import restore
from provisioning.command_model.generator.source import sources
from provisioning.command_model.model import DEVICE, CommandNet, Shape, compile_pieces
from provisioning.command_model.optimizer import Muon

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOG = logging.getLogger("train")
LONGEST = 160
"""Tokens of the longest example that is trained on."""
_DEV_EXAMPLES = 2000
_CHECKPOINT = "checkpoint.pt"
_COUNTED = ("step", "epoch", "in_epoch", "seen", "elapsed", "cpu")
"""What a checkpoint knows of the run beside weights and momenta."""
_SAVED_S = 180
"""Seconds between checkpoints."""
_MEASURED_S = 600
"""Seconds between measurements on other examples than the batches: they hold up all processes."""
_MALLOC = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(1 << 34),
    "MALLOC_TOP_PAD_": str(1 << 28),
}
"""Keep freed memory: without these every large tensor is mapped and zeroed anew."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is asked to do."""

    out: Path
    minutes: float
    """Training time on the clock; 0: `steps` decides."""
    steps: int
    examples: int
    """Generated once, then repeated."""
    seed: int
    processes: int
    tokens: int
    """Tokens of a batch of one process."""
    d_model: int
    d_ff: int
    n_layers: int
    n_vocab: int
    muon_lr: float
    adam_lr: float
    compiled: bool
    rounded: bool
    """False: a float model, to compare with; it cannot be exported."""
    start: Path | None
    """What to go on from, with its tokenizer and shape: an exported model, or the directory of a run; None: random weights."""
    decay: float = 0.5
    """Share of the run at its end in which the learning rates fall to zero; 0: never, for a run that others go on from."""

    @property
    def begun(self) -> Path | None:
        """The checkpoint of the run to go on from, with the optimizers' state; None where there is none."""
        return found if self.start and (found := self.start / _CHECKPOINT).exists() else None

    @property
    def trainers(self) -> int:
        """Processes that train: one where a GPU does the work."""
        return 1 if DEVICE.type == "cuda" else self.processes


# --- data ----------------------------------------------------------------------------------------


def prepare(plan: Plan) -> dict[str, Any]:
    """Generate and encode the data and train the tokenizer, unless an earlier call did; return what identifies them."""
    identity = plan.out / "data.json"
    asked: dict[str, Any] = {"seed": plan.seed, "examples": plan.examples, "longest": LONGEST}
    if plan.start is None:
        asked["n_vocab"] = plan.n_vocab
    else:
        asked["start_sha256"] = _sha256(plan.start / ("data.json" if plan.begun else "manifest.json"))
    if identity.exists():
        known: dict[str, Any] = json.loads(identity.read_text())
        if all(known.get(key) == value for key, value in asked.items()):
            _LOG.info("data are there: %s", identity)
            return known
    started = time.monotonic()
    pairs = data.generate(plan.seed, "train", plan.examples, plan.processes, renamed=True)
    if plan.start is None:
        trained = tokenizer.train((text for text, _ in pairs[:300_000]), plan.n_vocab)
        trained.save(str(plan.out / "tokenizer.json"))
    else:
        shutil.copyfile(plan.start / "tokenizer.json", plan.out / "tokenizer.json")
    vocabulary = Vocabulary(Tokenizer.from_file(str(plan.out / "tokenizer.json")), kept_words=1_000_000)
    corpus = data.encode(pairs, vocabulary, LONGEST)
    corpus.save(plan.out / "train.npz")
    held = {}
    others: tuple[tuple[str, data.Split, int], ...] = (
        ("dev", "train", plan.seed + 1),
        ("heldout", "heldout", plan.seed + 2),
    )
    for name, split, seed in others:
        some = data.generate(seed, split, _DEV_EXAMPLES, 1)
        held[f"{name}_sha256"] = data.digest(some)
        data.encode(some, vocabulary, LONGEST).save(plan.out / f"{name}.npz")
    known = {
        **asked,
        "sources": sources(),
        **held,
        "kept": len(corpus),
        "distinct_sentences": len({text for text, _ in pairs}),
        "tokens": len(corpus.ids),
        "train_sha256": data.digest(pairs),
        "seconds": round(time.monotonic() - started, 1),
    }
    identity.write_text(json.dumps(known, indent=1) + "\n")
    _LOG.info("%d examples, %d tokens in %.0f s", len(corpus), len(corpus.ids), known["seconds"])
    return known


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- training ------------------------------------------------------------------------------------


def rate(progress: float, step: int, decay: float = 0.5, warm_up: int = 100) -> float:
    """Return the share of the full learning rate: `warm_up` steps of rising, constant, over the last `decay` linear to zero."""
    falling = min(1.0, (1 - progress) / decay) if decay else 1.0
    return min(1.0, (step + 1) / max(1, warm_up)) * max(0.0, falling)


def loss_of(net: CommandNet, piece: data.Batch) -> Tensor:
    """Return the mean cross-entropy of the tokens to be learnt."""
    logits, targets = _apply(net, piece)
    return functional.cross_entropy(logits, targets)


def _apply(net: CommandNet, piece: data.Batch) -> tuple[Tensor, Tensor]:
    """The logits where something is to be learnt, and the tokens that follow there; where the model is."""
    ids, where, targets = (
        torch.from_numpy(part).to(net.embed.device) for part in (piece.ids, piece.where, piece.targets)
    )
    return net(ids, where), targets


@torch.no_grad()
def exact(net: CommandNet, corpus: data.Corpus) -> tuple[float, float]:
    """Return mean loss per token and the share of examples whose every token is the likeliest: greedy decoding exact."""
    net.eval()
    total, tokens, right = 0.0, 0, 0
    for piece in data.batches(corpus, 4000, 0):
        logits, targets = _apply(net, piece)
        total += float(functional.cross_entropy(logits, targets, reduction="sum"))
        tokens += len(targets)
        wrong = set(piece.owner[(logits.argmax(-1) != targets).cpu().numpy()])
        right += len(piece.ids) - len(wrong)
    net.train()
    return total / tokens, right / len(corpus)


class Trainer:
    """One process of a run."""

    def __init__(self, plan: Plan, rank: int) -> None:
        """Build the model and the optimizers; every process builds the same."""
        self.plan = plan
        self.rank = rank
        self.corpus = data.Corpus.load(plan.out / "train.npz")
        torch.manual_seed(plan.seed)
        vocabulary = Vocabulary.open(plan.out / "tokenizer.json")
        shape = Shape(
            len(vocabulary), d_model=plan.d_model, d_ff=plan.d_ff, n_layers=plan.n_layers, rounded=plan.rounded
        )
        begun = torch.load(plan.begun, map_location=DEVICE, weights_only=True) if plan.begun else None
        if begun is not None:
            shape = Shape(**begun["shape"])
        self.net = (
            (CommandNet(shape) if plan.start is None or begun is not None else restore(plan.start)).to(DEVICE).train()
        )
        named = list(self.net.named_parameters())
        self.matrices = [parameter for name, parameter in named if ".parts." in name]
        self.others = [parameter for name, parameter in named if ".parts." not in name]
        self.muon = Muon(self.matrices, plan.muon_lr)
        self.adam = torch.optim.AdamW(self.others, plan.adam_lr, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
        if begun is not None:
            self._take(begun)
        self.warm_up = 0 if begun is not None else 100
        self.step = 0
        self.epoch = 0
        self.in_epoch = 0
        """Batches of this epoch that are done."""
        self.seen = 0
        """Tokens of all processes."""
        self.elapsed = 0.0
        """Seconds of training in earlier runs and this one."""
        self.cpu = 0.0
        """Seconds of processor time of them in this process."""

    def save(self) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "net": self.net.state_dict(),
            "muon": self.muon.state_dict(),
            "adam": self.adam.state_dict(),
            "shape": asdict(self.net.shape),
            **{key: getattr(self, key) for key in _COUNTED},
        }
        torch.save(state, self.plan.out / "checkpoint.new")
        (self.plan.out / "checkpoint.new").replace(self.plan.out / _CHECKPOINT)

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        path = self.plan.out / _CHECKPOINT
        if not path.exists():
            return
        state = torch.load(path, map_location=DEVICE, weights_only=True)
        self._take(state)
        for key in _COUNTED:
            setattr(self, key, state[key])

    def _take(self, state: dict[str, Any]) -> None:
        """Take weights and momenta of a checkpoint."""
        self.net.load_state_dict(state["net"])
        self.muon.load_state_dict(state["muon"])
        self.adam.load_state_dict(state["adam"])

    def pieces(self) -> Iterator[data.Batch]:
        """Give batches without end, from where the checkpoint stopped."""
        for epoch_number in count(self.epoch):
            self.epoch = epoch_number
            epoch = data.batches(
                self.corpus, self.plan.tokens, self.plan.seed * 1000 + self.epoch, self.rank, self.plan.trainers
            )
            for index, piece in enumerate(epoch):
                if index >= self.in_epoch:
                    self.in_epoch = index + 1
                    yield piece
            self.in_epoch = 0

    def shared(self, *figures: float) -> list[float]:
        """Average the gradients over all processes in place, and the figures."""
        world = self.plan.trainers
        if world == 1:
            return list(figures)
        grads = [p.grad for p in (*self.matrices, *self.others) if p.grad is not None]
        flat = torch.cat([*(g.view(-1) for g in grads), torch.tensor(figures)])
        distributed.all_reduce(flat)
        flat /= world
        for grad, piece in zip(grads, flat.split([*(g.numel() for g in grads), len(figures)]), strict=False):
            grad.copy_(piece.view_as(grad))
        return [float(value) for value in flat[-len(figures) :]]

    def run(self) -> None:
        """Train until the plan is fulfilled."""
        plan = self.plan
        before, started = self.elapsed, time.monotonic()
        worked, clocked = self.cpu, time.process_time()
        shown = saved = measured = started
        losses: list[float] = []
        for piece in self.pieces():
            loss = loss_of(self.net, piece)
            loss.backward()
            elapsed = before + time.monotonic() - started
            mean, self.elapsed, tokens = self.shared(float(loss.detach()), elapsed, float(piece.ids.size))
            progress = self.elapsed / (60 * plan.minutes) if plan.minutes else self.step / plan.steps
            if progress >= 1:
                break
            for optimizer, full in ((self.muon, plan.muon_lr), (self.adam, plan.adam_lr)):
                for group in optimizer.param_groups:
                    group["lr"] = full * rate(progress, self.step, plan.decay, self.warm_up)
            torch.nn.utils.clip_grad_norm_(self.others, 1.0)
            self.muon.step()
            self.adam.step()
            self.net.zero_grad(set_to_none=True)
            self.step += 1
            self.cpu = worked + time.process_time() - clocked
            self.seen += int(tokens * plan.trainers)
            losses.append(mean)
            now = time.monotonic()
            if self.rank == 0 and now - shown > 20:
                shown = now
                left = self.elapsed * (1 - progress) / max(progress, 1e-9)
                _LOG.info(
                    "step %d  %4.1f %%  loss %.4f  %.0f tokens/s  epoch %d  %.1f minutes left",
                    self.step, 100 * progress, np.mean(losses), self.seen / self.elapsed, self.epoch, left / 60,
                )  # fmt: skip
                self.curve(progress, float(np.mean(losses)), measured=now - measured > _MEASURED_S)
                if now - measured > _MEASURED_S:
                    measured = now
                if now - saved > _SAVED_S:
                    saved = now
                    self.save()
                losses.clear()
        if self.rank == 0:
            self.curve(1.0, float(np.mean(losses or [0.0])), measured=True)
            self.save()

    def curve(self, progress: float, loss: float, *, measured: bool) -> None:
        """Add a line to the learning curve."""
        path = self.plan.out / "curve.csv"
        row: list[Any] = [self.step, self.seen, round(self.elapsed, 1), round(progress, 4), round(loss, 4)]
        if measured:
            for name in ("dev", "heldout"):
                row += [round(figure, 4) for figure in exact(self.net, data.Corpus.load(self.plan.out / f"{name}.npz"))]
            _LOG.info("dev loss %.4f exact %.4f · held-out loss %.4f exact %.4f", *row[-4:])
        new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(
                    "step tokens seconds progress loss dev_loss dev_exact heldout_loss heldout_exact".split()
                )
            writer.writerow(row)


def work(rank: int, plan: Plan) -> None:
    """Run one process."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(1)
    if plan.trainers > 1:
        store = f"file://{(plan.out / 'rendezvous').resolve()}"
        distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=plan.trainers)
    if plan.compiled:
        compile_pieces()
    trainer = Trainer(plan, rank)
    trainer.resume()
    trainer.run()
    if rank == 0:
        outcome = {
            "step": trainer.step,
            "tokens_seen": trainer.seen,
            "seconds": round(trainer.elapsed, 1),
            "cpu_seconds": round(trainer.cpu, 1),
        }
        described = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(plan).items()}
        described["out"] = plan.out.name
        described["start"] = plan.start and plan.start.name
        record = {"plan": described, "torch": torch.__version__, **outcome}
        (plan.out / "run.json").write_text(json.dumps(record, indent=1) + "\n")
    if plan.trainers > 1:
        distributed.destroy_process_group()


def train(plan: Plan) -> None:
    """Train with the data that are in `plan.out`, or go on from the checkpoint there."""
    (plan.out / "rendezvous").unlink(missing_ok=True)
    os.environ.update(_MALLOC)  # read when a process starts: also a single worker is a process of its own
    multiprocessing.spawn(work, (plan,), nprocs=plan.trainers)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/command"), help="directory of data and checkpoints")
    parser.add_argument("--minutes", type=float, default=60, help="training time; 0: --steps decides")
    parser.add_argument("--steps", type=int, default=10_000, help="steps, with --minutes 0: exactly repeatable")
    parser.add_argument("--examples", type=int, default=1_000_000, help="examples to generate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 1)))
    parser.add_argument("--tokens", type=int, default=2500, help="tokens of a batch, per process")
    parser.add_argument("--d-model", type=int, default=192)
    parser.add_argument("--d-ff", type=int, default=512)
    parser.add_argument("--n-layers", type=int, default=6)
    parser.add_argument("--n-vocab", type=int, default=tokenizer.DEFAULT_SIZE)
    parser.add_argument("--muon-lr", type=float, default=0.02)
    parser.add_argument("--adam-lr", type=float, default=0.002)
    parser.add_argument(
        "--float", dest="rounded", action="store_false", help="round neither weights nor activations, to compare with"
    )
    parser.add_argument(
        "--start", type=Path, help="go on from this exported model, or this run's checkpoint: its tokenizer, its shape"
    )
    parser.add_argument(
        "--decay", type=float, default=0.5, help="last share of the run, in which learning rates fall to 0"
    )
    parser.add_argument("--no-compile", dest="compiled", action="store_false", help="when no C++ compiler is there")
    plan = Plan(**vars(parser.parse_args()))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    plan.out.mkdir(parents=True, exist_ok=True)
    prepare(plan)
    train(plan)
    if importlib.util.find_spec("matplotlib") is not None:
        plot.draw(plan.out)


if __name__ == "__main__":
    main()
