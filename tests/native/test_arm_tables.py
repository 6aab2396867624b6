"""The targets for Arm are bounds on the compiled kernels: a change that breaks one shows here, without a board."""

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest


def load_program() -> ModuleType:
    path = Path(__file__).parents[2] / "native" / "bench" / "arm_tables.py"
    spec = importlib.util.spec_from_file_location("arm_tables", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


arm_tables = load_program()

MCA = next((name for name in ("llvm-mca-19", "llvm-mca-18", "llvm-mca-17") if shutil.which(name)), None)


def test_the_innermost_loop_and_its_products_are_found() -> None:
    lines = [
        "f:",
        ".L1:",
        "\tmov\tx0, x1",
        ".L2:",
        "\tsdot\tv0.4s, v1.16b, v2.16b",
        "\tsmlal2\tv3.8h, v1.16b, v2.16b",
        "\tbne\t.L2",
        "\tcbnz\tx3, .L1",
        "\t.size\tf, .-f",
    ]
    (loop,) = arm_tables.inner_loops(lines, "f")
    assert [line.split()[0] for line in loop] == ["sdot", "smlal2", "bne"]
    assert arm_tables.products(loop) == 24


def test_of_several_loops_the_one_with_the_products_that_are_said_is_taken() -> None:
    one, four = ["\tsdot\tv0.4s, v1.16b, v2.16b"], ["\tsdot\tv0.4s, v1.16b, v2.16b"] * 4
    loop = arm_tables.Loop("", "", "", "f", "", 16, ())
    assert arm_tables.chosen(loop, [four, one, [*one, "\tnop"]]) is one
    assert arm_tables.chosen(arm_tables.Loop("", "", "", "f", "", 0, ()), [one, four]) is four


@pytest.mark.skipif(shutil.which("aarch64-linux-gnu-gcc") is None, reason="the compiler for Arm is missing")
def test_every_loop_of_the_tables_is_in_the_compiled_files() -> None:
    known: dict[tuple[str, str], list[str]] = {}
    for loop in arm_tables.LOOPS + arm_tables.PROMPT_LOOPS:
        lines = arm_tables.assembly(loop.source, loop.march, known)
        assert list(arm_tables.inner_loops(lines, loop.function)), loop.name


@pytest.mark.skipif(
    MCA is None or shutil.which("aarch64-linux-gnu-gcc") is None, reason="llvm-mca or the compiler is missing"
)
def test_the_kernels_keep_their_targets() -> None:
    assert MCA is not None
    known: dict[tuple[str, str], list[str]] = {}
    loops = {loop.name: loop for loop in arm_tables.LOOPS + arm_tables.PROMPT_LOOPS}

    def cycles(name: str, core: str) -> float:
        return float(arm_tables.timed(loops[name], core, MCA, known)[0])

    assert cycles("ternd T2, dotprod", "neoverse-n1") < 4.5
    assert cycles("ternd T5, dotprod", "neoverse-n1") < 7
    assert cycles("ternd T2", "cortex-a72") < 9
    assert 64 / cycles("ternd T2, dotprod, 8 tokens", "neoverse-n1") >= 20
    assert cycles("ternd T2, dotprod", "neoverse-n1") < cycles("I2_S (bitnet.cpp), dotprod", "neoverse-n1")
