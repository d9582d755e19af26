# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run whole ansible-playbook processes in turn, and say what they took."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[1] / ".build" / "tree"
ANSIBLE_PLAYBOOK = str(Path(sys.executable).with_name("ansible-playbook"))
ROLE = "entra.crosstenant.configure"
SAMPLING = 0.2


@dataclass(frozen=True)
class Cost:
    """What one process and all that it started took."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of all processes together."""
    largest: float
    """Megabytes of the largest process."""
    memory: float = 0.0
    """Megabytes of all processes at once, shared pages counted once; 0 if it was not looked at."""


@dataclass
class Variant:
    """One of the things that are compared."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    before: Callable[[], object] | None = None
    after: Callable[[], object] | None = None
    costs: list[Cost] = field(default_factory=list)
    warm_up: Cost | None = None

    @property
    def wall(self) -> float:
        """The median."""
        return statistics.median(cost.wall for cost in self.costs)

    @property
    def cpu(self) -> float:
        """The median."""
        return statistics.median(cost.cpu for cost in self.costs)

    @property
    def largest(self) -> float:
        """The largest process of any run, in megabytes."""
        return max(cost.largest for cost in self._all)

    @property
    def memory(self) -> float:
        """The peak of all processes together, in megabytes; taken in the warm-up, where looking costs nothing."""
        return max(cost.memory for cost in self._all)

    @property
    def _all(self) -> list[Cost]:
        return [*self.costs, *([self.warm_up] if self.warm_up else [])]

    def ratio(self, other: Variant) -> float:
        """The median of the ratios to the other variant's run of the same round."""
        return statistics.median(mine.wall / theirs.wall for mine, theirs in zip(self.costs, other.costs, strict=True))

    def cpu_ratio(self, other: Variant) -> float:
        """The same of the CPU, which a busy machine disturbs less."""
        return statistics.median(mine.cpu / theirs.cpu for mine, theirs in zip(self.costs, other.costs, strict=True))


def in_turn(variants: Sequence[Variant], rounds: int) -> None:
    """Run A B C ... A B C ...: once to warm up, then so many counted rounds."""
    for number in range(rounds + 1):
        for variant in variants:
            if variant.before:
                variant.before()
            cost = run(variant.command, variant.environment, sample=number == 0)
            if variant.after:
                variant.after()
            if number:
                variant.costs.append(cost)
            else:
                variant.warm_up = cost
        print(".", end="", file=sys.stderr, flush=True)


def playbook(book: Path | str, inventory: Path, forks: int = 5) -> list[str]:
    """The command that runs a playbook, given as a file or by its name in the collection."""
    return [ANSIBLE_PLAYBOOK, "-i", str(inventory), "--forks", str(forks), str(book)]


def environment(directory: Path, **more: str) -> dict[str, str]:
    """A clean environment for Ansible, in which only what is given decides."""
    ours = ("ENTRA_", "AZURE_", "ANSIBLE_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **inherited,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
        "ANSIBLE_HOME": str(directory / "ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        **more,
    }


def run(command: Sequence[str], environment: Mapping[str, str], sample: bool = False) -> Cost:
    """Run one process to its end.

    :raises RuntimeError: it failed; its output is in the message.
    """
    output = Path(environment["ANSIBLE_HOME"]).with_name("output.txt")
    launch = [sys.executable, "-S", str(HERE / "launcher.py"), str(output), *command]
    with subprocess.Popen(launch, env=dict(environment), stdout=subprocess.PIPE, text=True) as launcher:
        sampler = _Sampler(launcher.pid)
        if sample:
            sampler.start()
        found = json.loads(launcher.communicate()[0])
        sampler.stop()
    if found.pop("status"):
        raise RuntimeError(f"{' '.join(command)} failed:\n{output.read_text(encoding='utf-8')[-4000:]}")
    return Cost(**found, memory=sampler.peak)


class _Sampler(threading.Thread):
    """Adds up, a few times a second, what the descendants of a process hold in memory."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0
        self._pid = pid
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look until told to stop."""
        while not self._stopped.wait(SAMPLING):
            self.peak = max(self.peak, sum(_megabytes(pid) for pid in _family(self._pid)[1:]))

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        if self.ident is not None:
            self.join()


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text(encoding="ascii").split()]
    return found


def _megabytes(pid: int) -> float:
    """The memory of a process, of shared pages its share."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
