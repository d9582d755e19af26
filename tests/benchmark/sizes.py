# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much source each module drags in: Ansible packs and compiles it for every task that is an ordinary module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from benchmark.report import Section, Target

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
TEXT = """\
Source of `module_utils` of this collection that Ansible packs with a module, wherever it is imported and for whatever
purpose, docstrings and comments included. A task that is an ordinary module compiles it; a task in the controller's
process does not."""


def modules() -> list[str]:
    """The names of all modules."""
    return sorted(path.stem for path in (PLUGINS / "modules").glob("*.py") if path.stem != "__init__")


def dragged_in(module: str) -> int:
    """Bytes of the files below module_utils that a module imports, directly or by way of others."""
    todo = [PLUGINS / "modules" / f"{module}.py"]
    seen: set[Path] = set()
    while todo:
        for file in _imported(todo.pop()):
            if file not in seen:
                seen.add(file)
                todo.append(file)
    return sum(file.stat().st_size for file in seen)


def _imported(file: Path) -> Iterator[Path]:
    """The files that a file imports from its own collection, as Ansible finds them: wherever an import stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            package = file.parents[node.level - 1].joinpath(*(node.module or "").split("."))
            for candidate in (package.with_suffix(".py"), *(package / f"{each.name}.py" for each in node.names)):
                if candidate.is_file():
                    yield candidate


def section() -> Section:
    """The table of all modules."""
    sizes = {module: dragged_in(module) / 1000 for module in modules()}
    rows = [[f"`{module}`", f"{size:.0f}"] for module, size in sizes.items()]
    target = Target("module_utils dragged in by any one module", 60, max(sizes.values()), " KB")
    return Section("What a module drags in", TEXT, ("module", "KB"), rows, [target])
