"""What the kernels cost on Arm processors that are not here: ``make -C native arm-tables``.

Prints, as Markdown:

1. cycles per 64 weights of the inner loops, ternd's and those of other engines (``peers_arm.c``), by llvm-mca's models of
   the cores, all compiled by the same cross compiler with the same flags;
2. exact instruction counts under ``qemu-aarch64``: a token of the 2B-4T shape and a sentence of the command model;
3. tokens per second that follow for boards of known memory bandwidth.

A loop is found in the assembly by its function and its dot products, so nothing is marked in the sources. Needs
``aarch64-linux-gnu-gcc``, ``llvm-mca`` of LLVM 17 or later (older ones take the A57 for an N1), ``qemu-aarch64`` and gcc.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

NATIVE = Path(__file__).resolve().parent.parent
FLAGS = "-std=gnu11 -O3 -ffp-contract=off -fno-math-errno -fno-trapping-math".split()
CORES = {"neoverse-n1": "A76 (Pi 5)", "cortex-a72": "A72 (Pi 4)", "cortex-a53": "A53 (Zero 2 W)"}
"""llvm-mca's name → the core and its board; the Neoverse N1 is the A76 with larger caches."""
CPU_OF = {"A76": "cortex-a76", "A72": "cortex-a72", "A53": "cortex-a53"}
"""What qemu calls them; it decides which kernels are chosen at run time."""
WEIGHTS_2B = 30 * (2 * 2560 * 2560 + 2 * 640 * 2560 + 3 * 2560 * 6912)
DIMENSIONS_2B = (2560, 6912, 20, 5, 128)
TURNS = 200


@dataclass(frozen=True)
class Loop:
    """An inner loop to time."""

    name: str
    """For the table."""
    source: str
    """Relative to ``native``."""
    march: str
    function: str
    bits: str
    """Per weight, scales included."""
    weights: int
    """Weights (times tokens) of one turn; 0: 16 for each SDOT, 8 for each SMLAL."""
    cores: tuple[str, ...]
    """Where it makes sense."""
    tokens: int = 1


DOTPROD = "armv8.2-a+dotprod+fp16"
ALL, A76, OLD = tuple(CORES), ("neoverse-n1",), ("cortex-a72", "cortex-a53")
NEON_C, DOT_C, PEERS_C = "src/kernels_neon.c", "src/kernels_neon_dotprod.c", "bench/peers_arm.c"
LOOPS = (
    Loop("ternd T2, dotprod", DOT_C, "armv8-a", "multiply_one", "2.00", 0, A76),
    Loop("ternd T5, dotprod", DOT_C, "armv8-a", "t5_one", "1.67", 0, A76),
    Loop("ternd T8, dotprod", DOT_C, "armv8-a", "t8_one", "1.60", 0, A76),
    Loop("ternd T1 in groups, dotprod", DOT_C, "armv8-a", "matmul_t1_grouped", "1.13", 512, A76),
    Loop("ternd 4-bit head, dotprod", DOT_C, "armv8-a", "dots_i4", "4.25", 128, A76),
    Loop("I2_S (bitnet.cpp), dotprod", PEERS_C, DOTPROD, "i2_s", "2.00", 128, A76),
    Loop("TQ2_0 (llama.cpp), dotprod", PEERS_C, DOTPROD, "tq2_0", "2.06", 256, A76),
    Loop("TQ1_0 (llama.cpp), dotprod", PEERS_C, DOTPROD, "tq1_0", "1.69", 256, A76),
    Loop("ternd T2", NEON_C, "armv8-a", "multiply_one", "2.00", 0, OLD),
    Loop("ternd T5", NEON_C, "armv8-a", "t5_one", "1.67", 192, OLD),
    Loop("ternd T8", NEON_C, "armv8-a", "t8_one", "1.60", 320, OLD),
    Loop("ternd T1 in groups", NEON_C, "armv8-a", "matmul_t1_grouped", "1.13", 512, OLD),
    Loop("ternd 4-bit head", NEON_C, "armv8-a", "dots_i4", "4.25", 128, OLD),
    Loop("I2_S (bitnet.cpp)", PEERS_C, "armv8-a", "i2_s", "2.00", 128, OLD),
    Loop("TQ2_0 (llama.cpp)", PEERS_C, "armv8-a", "tq2_0", "2.06", 256, OLD),
    Loop("TQ1_0 (llama.cpp)", PEERS_C, "armv8-a", "tq1_0", "1.69", 256, OLD),
    Loop("TL1 (T-MAC, bitnet.cpp)", PEERS_C, "armv8-a", "tl1", "2.00", 64, ALL),
)
PROMPT_LOOPS = (
    Loop("ternd T2, dotprod, 8 tokens", DOT_C, "armv8-a", "multiply_2x8", "2.00", 0, A76, 8),
    Loop("ternd T5, dotprod, 8 tokens", DOT_C, "armv8-a", "t5_upper_8", "1.67", 0, A76, 8),
    Loop("ternd T2, 4 tokens", NEON_C, "armv8-a", "multiply_2x4", "2.00", 0, OLD, 4),
)
"""The peers have none: they run the loops above for every token of a prompt, so their rate is 64 / cycles."""


@dataclass(frozen=True)
class Board:
    """A board to predict for."""

    name: str
    core: str
    """llvm-mca's name."""
    cpu: str
    """qemu's name."""
    ghz: float
    bandwidth: float
    """10⁹ bytes a second that four cores read: facts measured by others, see docs/performance.md."""


BOARDS = (
    Board("Pi 5", "neoverse-n1", "cortex-a76", 2.4, 11.6),
    Board("Pi 4", "cortex-a72", "cortex-a72", 1.8, 5.0),
)


def run(*command: str, text: str = "") -> str:
    """Run a tool and return what it prints; a failure ends the program with its words."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


# ---- llvm-mca ----


def assembly(source: str, march: str, known: dict[tuple[str, str], list[str]]) -> list[str]:
    """Return the lines of a compiled file; `known` keeps them."""
    if (source, march) not in known:
        command = ("aarch64-linux-gnu-gcc", *FLAGS, f"-march={march}", f"-I{NATIVE}/include", f"-I{NATIVE}/src")
        known[source, march] = run(*command, "-S", "-o", "-", str(NATIVE / source)).splitlines()
    return known[source, march]


def inner_loops(lines: Sequence[str], function: str) -> Iterator[list[str]]:
    """Yield the instructions of the loops in a function that hold no other loop."""
    start = lines.index(f"{function}:")
    end = next(i for i in range(start, len(lines)) if lines[i].strip().startswith(f".size\t{function}"))
    labels: dict[str, int] = {}
    found: list[tuple[int, int]] = []
    for i in range(start, end):
        label = re.match(r"(\.L\w+):", lines[i])
        if label:
            labels[label[1]] = i
        branch = re.match(r"\s+(?:b\.?\w*|cbn?z|tbn?z)\s+(?:.*,\s*)?(\.L\w+)", lines[i])
        if branch and branch[1] in labels:
            found.append((labels[branch[1]], i))
    for first, last in found:
        if not any((a, b) != (first, last) and a >= first and b <= last for a, b in found):
            yield [line for line in lines[first : last + 1] if re.match(r"\s+[a-z]", line)]


def products(instructions: Sequence[str]) -> int:
    """Return how many weights times activations a loop's turn multiplies."""
    dots = sum(bool(re.match(r"\s+[su]dot\s", line)) for line in instructions)
    multiplies = sum(bool(re.match(r"\s+sml?[au]l2?\s+v\d+\.8h|\s+smull2?\s+v\d+\.8h", line)) for line in instructions)
    return 16 * dots + 8 * multiplies


def chosen(loop: Loop, found: Sequence[list[str]]) -> list[str]:
    """Return the loop that multiplies as much as is said, the shortest of them, or else the one that multiplies most."""
    exact = [instructions for instructions in found if 0 < loop.weights == products(instructions)]
    return min(exact, key=len) if exact else max(found, key=lambda each: (products(each), len(each)))


def timed(loop: Loop, core: str, mca: str, known: dict[tuple[str, str], list[str]]) -> tuple[float, int]:
    """Return cycles per 64 weights and token, and instructions for the same."""
    lines = assembly(loop.source, loop.march, known)
    best = chosen(loop, list(inner_loops(lines, loop.function)))
    weights = loop.weights or products(best)
    text = "\n".join([".arch armv8.2-a+dotprod+fp16", *(line.split("//")[0] for line in best)])
    text = re.sub(r"(\.L\w+)\s*$", ".Lhere", text, flags=re.MULTILINE)
    text = text.replace(".arch armv8.2-a+dotprod+fp16", ".arch armv8.2-a+dotprod+fp16\n.Lhere:")
    command = (mca, "-mtriple=aarch64", f"-mcpu={core}", f"-iterations={TURNS}", "-mattr=+dotprod,+fullfp16")
    cycles = re.search(r"Total Cycles:\s+(\d+)", run(*command, text=text))
    if cycles is None:
        sys.exit(f"{mca} printed no cycles for {loop.name}")
    return int(cycles[1]) / TURNS * 64 / weights, round(len(best) * 64 / weights)


def cycle_tables(mca: str) -> dict[tuple[str, str], float]:
    """Print the first tables; return cycles per 64 weights by (loop, core)."""
    known: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], float] = {}
    version = re.search(r"LLVM version (\S+)", run(mca, "--version"))
    compiler = run("aarch64-linux-gnu-gcc", "-dumpfullversion").strip()
    print(f"## Cycles of the inner loops\n\nllvm-mca {version[1] if version else '?'}, gcc {compiler} -O3.\n")
    print("One token (decode), cycles for 64 weights:\n")
    print("| loop | bits a weight | " + " | ".join(CORES.values()) + " |\n|---|---|" + "---|" * len(CORES))
    for loop in LOOPS:
        cells = []
        for core in CORES:
            if core in loop.cores:
                found[loop.name, core] = timed(loop, core, mca, known)[0]
            cells.append(f"{found[loop.name, core]:.2f}" if core in loop.cores else "–")
        print(f"| {loop.name} | {loop.bits} | {' | '.join(cells)} |")
    print("\nPrompts, multiply-adds a cycle (one core):\n")
    print("| loop | " + " | ".join(CORES.values()) + " |\n|---|" + "---|" * len(CORES))
    for loop in PROMPT_LOOPS:
        cells = []
        for core in CORES:
            if core in loop.cores:
                found[loop.name, core] = timed(loop, core, mca, known)[0]
            cells.append(f"{64 / found[loop.name, core]:.1f}" if core in loop.cores else "–")
        print(f"| {loop.name} | {' | '.join(cells)} |")
    for loop in LOOPS:
        if "(" in loop.name and "T-MAC" not in loop.name:
            cells = [f"{64 / found[loop.name, core]:.1f}" if core in loop.cores else "–" for core in CORES]
            print(f"| {loop.name}, token by token | {' | '.join(cells)} |")
    return found


# ---- qemu ----


class Counter:
    """Counts the instructions of calls on a synthetic model, by running it under qemu with the plugin."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def build(self) -> None:
        """Compile the plugin for this machine and the program for Arm."""
        run(
            "gcc", "-O2", "-fPIC", "-shared", "-o", str(self.folder / "plugin.so"), str(NATIVE / "bench/count_plugin.c")
        )
        sources = [*sorted(NATIVE.glob("src/*.c")), NATIVE / "tests/synthetic.c", NATIVE / "bench/replay_calls.c"]
        paths = [f"-I{NATIVE / name}" for name in ("include", "src", "tests")]
        command = ("aarch64-linux-gnu-gcc", *FLAGS, "-march=armv8-a", "-static", *paths)
        run(*command, "-o", str(self.folder / "replay"), *map(str, sources), "-pthread", "-lm")

    def count(self, cpu: str, layers: int, dimensions: Sequence[int], vocabulary: int, calls: str) -> int:
        """Return the instructions of a whole run; differences of runs are what calls cost."""
        out = self.folder / "count"
        numbers = (layers, *dimensions, vocabulary, 0, 1)
        plugin = ("-d", "plugin", "-plugin", f"{self.folder}/plugin.so,out={out}")
        run("qemu-aarch64", "-cpu", cpu, *plugin, str(self.folder / "replay"), *map(str, numbers), text=calls)
        return int(out.read_text().split()[0])

    def per_layer(self, cpu: str, calls: str, more: str) -> tuple[int, int]:
        """Return what `more` costs after `calls` in one layer of the 2B shape, and outside of the layers."""
        costs = []
        for layers in (1, 2):
            with_more = self.count(cpu, layers, DIMENSIONS_2B, 600, f"{calls} {more}")
            costs.append(with_more - self.count(cpu, layers, DIMENSIONS_2B, 600, calls))
        return costs[1] - costs[0], 2 * costs[0] - costs[1]


def instruction_tables(counter: Counter, calls: Path | None) -> None:
    """Print instructions per token and per sentence."""
    print("\n## Instructions under qemu-aarch64\n")
    print("The shape of 2B-4T, one thread, exact; layers counted by the difference of models of one and of two.\n")
    print("| | A76: dotprod | A72, A53: no dotprod |\n|---|---|---|")
    cells: dict[str, list[str]] = {}
    for cpu in (CPU_OF["A76"], CPU_OF["A72"]):
        for name, before, more, share in (
            ("a token, decode", "a1", "a1", 1),
            ("a token of a prompt, in batches of 8", "a1", "a8", 8),
        ):
            layer, rest = counter.per_layer(cpu, before, more)
            cells.setdefault(name, []).append(f"{(30 * layer + rest) / share / 1e6:.1f} million")
        base = counter.count(cpu, 1, DIMENSIONS_2B, 600, "a1")
        head = counter.count(cpu, 1, DIMENSIONS_2B, 600, "a1 l512") - base
        cells.setdefault("512 rows of an int8 head", []).append(f"{head / 1e6:.2f} million")
    for name, row in cells.items():
        print(f"| {name} | {' | '.join(row)} |")
    if calls is not None:
        sentences(counter, calls)


def sentences(counter: Counter, path: Path) -> None:
    """Print the instructions of the command model's sentences: `path` is what ``command_calls.py`` wrote."""
    recorded = json.loads(path.read_text(encoding="utf-8"))
    dimensions = [recorded[key] for key in ("d_model", "d_ff", "n_heads", "n_kv_heads", "head_dim")]
    setup, n_sentences = recorded["setup"], len(recorded["sentences"])
    trace = " ".join([setup, *recorded["sentences"]])
    print(
        f"\nThe command model ({recorded['n_layers']} layers of {dimensions[0]}), {n_sentences} sentences with their own"
    )
    print("numbers of tokens and rows of the head, engine only, per sentence:\n")
    print("| core | instructions | at one instruction a cycle |\n|---|---|---|")
    for name, cpu, ghz in (("A76 (Pi 5)", "A76", 2.4), ("A72 (Pi 4)", "A72", 1.8), ("A53 (Zero 2 W)", "A53", 1.0)):
        size = (recorded["n_layers"], dimensions, recorded["n_vocab"])
        each = (counter.count(CPU_OF[cpu], *size, trace) - counter.count(CPU_OF[cpu], *size, setup)) / n_sentences
        print(f"| {name} | {each / 1e6:.2f} million | {each / ghz / 1e6:.2f} ms at {ghz} GHz |")


# ---- predictions ----


def predictions(cycles: dict[tuple[str, str], float]) -> None:
    """Print what the cycles and the boards' bandwidth allow: the slower of reading and computing, on four cores."""
    few, all_rows, four_bits = 512 * 2560 * 8, 128256 * 2560 * 8, 128256 * 1364 * 8
    rows = (
        ("ternd T2, 512 rows under a grammar", "ternd T2", 2.0, few),
        ("ternd T5, 512 rows under a grammar", "ternd T5", 5 / 3, few),
        ("ternd T8, 512 rows under a grammar", "ternd T8", 8 / 5, few),
        ("ternd T2, int8 head", "ternd T2", 2.0, all_rows),
        ("ternd T5, int8 head", "ternd T5", 5 / 3, all_rows),
        ("ternd T8, int8 head", "ternd T8", 8 / 5, all_rows),
        ("ternd T2, 4-bit head", "ternd T2", 2.0, four_bits),
        ("ternd T5, 4-bit head", "ternd T5", 5 / 3, four_bits),
        ("ternd T8, 4-bit head", "ternd T8", 8 / 5, four_bits),
        ("TQ2_0 (llama.cpp), Q6_K head", "TQ2_0 (llama.cpp)", 2.0625, all_rows * 6.5625 / 8),
        ("TQ1_0 (llama.cpp), Q6_K head", "TQ1_0 (llama.cpp)", 1.6875, all_rows * 6.5625 / 8),
        ("I2_S (bitnet.cpp), Q6_K head", "I2_S (bitnet.cpp)", 2.0, all_rows * 6.5625 / 8),
    )
    print("\n## Predicted tokens a second, 2B-4T\n")
    print("Computing is that of the ternary matrices; heads are counted as reading only.\n")
    print("| | MB a token | " + " | ".join(f"{b.name}: reading, computing → tokens/s" for b in BOARDS) + " |")
    print("|---|---|" + "---|" * len(BOARDS))
    for name, loop, bits, head in rows:
        megabytes = (WEIGHTS_2B * bits + head) / 8e6
        cells = []
        for board in BOARDS:
            cost = cycles[loop + (", dotprod" if board.core == "neoverse-n1" else ""), board.core]
            reading, computing = megabytes / board.bandwidth, WEIGHTS_2B * cost / 64 / (4 * board.ghz) / 1e6
            cells.append(f"{reading:.0f} ms, {computing:.0f} ms → {1000 / max(reading, computing):.1f}")
        print(f"| {name} | {megabytes:.0f} | {' | '.join(cells)} |")
    print("\nPrompts of 2B-4T, four cores, tokens a second (computing alone):\n")
    print("| | " + " | ".join(board.name for board in BOARDS) + " |\n|---|" + "---|" * len(BOARDS))
    names = (("ternd T2", ("ternd T2, dotprod, 8 tokens", "ternd T2, 4 tokens")),)
    names += tuple((n, (f"{n}, dotprod", n)) for n in ("TQ2_0 (llama.cpp)", "I2_S (bitnet.cpp)"))
    for name, loops in names:
        rates = [b.ghz * 4e9 / (WEIGHTS_2B / 64 * cycles[loop, b.core]) for b, loop in zip(BOARDS, loops, strict=True)]
        print(f"| {name} | {' | '.join(f'{rate:.1f}' for rate in rates)} |")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=Path, metavar="FILE", help="the command model's calls, by command_calls.py")
    parser.add_argument("--no-qemu", action="store_true", help="leave out the instruction counts")
    options = parser.parse_args()
    mca = next((name for name in ("llvm-mca-19", "llvm-mca-18", "llvm-mca-17", "llvm-mca") if shutil.which(name)), None)
    missing = [tool for tool in ("aarch64-linux-gnu-gcc", "qemu-aarch64", "gcc") if shutil.which(tool) is None]
    if mca is None or missing:
        sys.exit(
            f"missing: {', '.join([*missing, *([] if mca else ['llvm-mca'])])} (apt install llvm-19 qemu-user gcc-aarch64-linux-gnu)"
        )
    cycles = cycle_tables(mca)
    if not options.no_qemu:
        with tempfile.TemporaryDirectory() as folder:
            counter = Counter(Path(folder))
            counter.build()
            instruction_tables(counter, options.calls)
    predictions(cycles)


if __name__ == "__main__":
    main()
