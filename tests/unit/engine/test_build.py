"""The build lists what is there, and the glue belongs to the header."""

import tomllib
from pathlib import Path

import pytest

from appliance.engine import binding
from native import build_ffi

ROOT = Path(__file__).parents[3]


def test_the_project_file_lists_every_source_and_header() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (extension,) = project["tool"]["setuptools"]["ext-modules"]
    names = {str(path.relative_to(ROOT)) for path in (ROOT / "native" / "src").glob("*.[ch]")}
    assert set(extension["sources"]) == {name for name in names if name.endswith(".c")} | {"native/_native.c"}
    assert set(extension["depends"]) == {name for name in names if name.endswith(".h")} | {"native/include/tern.h"}


def test_the_glue_was_made_from_the_header_as_it_is() -> None:
    assert build_ffi.is_current()


def test_a_changed_header_makes_the_glue_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "tern.h"
    changed.write_text(build_ffi.HEADER.read_text(encoding="utf-8") + "int tern_more(void);\n", encoding="utf-8")
    monkeypatch.setattr(build_ffi, "HEADER", changed)
    assert not build_ffi.is_current()


def test_only_the_binding_names_the_native_module() -> None:
    naming = {
        path.name for path in (ROOT / "appliance").rglob("*.py") if "engine._native" in path.read_text(encoding="utf-8")
    }
    assert naming == {Path(binding.__file__).name}
