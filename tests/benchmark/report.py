# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a part of the benchmark found, as text: tables, and targets beside what was reached."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

PREAMBLE = """\
<!--
Copyright: (c) 2026, the entra.crosstenant authors
GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Written by `make bench`; changes made by hand are lost.
-->

# Benchmark

How fast the collection is, on {machine}. `make bench` measures anew and writes this page.

**How to read it.** Nothing here was measured against Microsoft Graph, but against the simulator of the tests, over
loopback, as a process of its own on the same cores. Times are another machine's on another machine, and the same
machine's on another day: compare within one table only, and trust ratios. A run is a whole `ansible-playbook` process,
its start included. The variants of a table run in turn (A B C, A B C, ...): one round to warm up, then the counted
ones. Times are medians; a ratio is the median of the ratios within each round. CPU is what the process and all that it
started used together; the simulator's is not counted. Memory is the peak seen in any run: of the largest process, or
of all processes at once with shared pages counted once (PSS), which is looked at in the first round only. At a latency
of 80 ms, the simulator waits that long before each answer; a batch is one answer.
"""

TARGETS = """\
Ratios are of wall time. The ratio of the CPU is shown beside because other work on the machine, which stretches some
variants more than others, hardly changes it; it knows nothing of latency."""


@dataclass
class Target:
    """A limit, and what was reached."""

    what: str
    limit: float
    reached: float
    unit: str = ""
    by_cpu: float | None = None

    @property
    def row(self) -> list[str]:
        """A row of the table of targets."""
        met = "yes" if self.reached <= self.limit else "**no**"
        by_cpu = "" if self.by_cpu is None else plain(self.by_cpu)
        return [self.what, f"<= {plain(self.limit)}{self.unit}", f"{plain(self.reached)}{self.unit}", met, by_cpu]


@dataclass
class Section:
    """A table with what is to know about it."""

    title: str
    text: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        """The section of the page."""
        return f"## {self.title}\n\n{self.text}\n\n{table(self.columns, self.rows)}"


def page(sections: Sequence[Section]) -> str:
    """The whole page."""
    reached = f"## Targets\n\n{TARGETS}\n\n{targets(sections)}"
    return "\n".join([PREAMBLE.format(machine=machine()), reached, *(section.markdown() for section in sections)])


def targets(sections: Sequence[Section]) -> str:
    """The table of all targets."""
    rows = [target.row for section in sections for target in section.targets]
    return table(("target", "limit", "reached", "met", "the ratio of CPU"), rows)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def machine() -> str:
    """What it was measured on."""
    processor = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    libraries = ", ".join(f"{name} {version(name)}" for name in ("ansible-core", "msal", "requests"))
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {processor} with Python {platform.python_version()}, {libraries}"


def plain(number: float) -> str:
    """A number without digits that say nothing."""
    return f"{number:.0f}" if number == int(number) or number >= 100 else f"{number:.2f}"


def seconds(number: float) -> str:
    """Seconds as they are shown in tables."""
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def megabytes(number: float) -> str:
    """Megabytes as they are shown in tables."""
    return f"{number:.0f}"
