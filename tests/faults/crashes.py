# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the role that die at a given request, and what must be true of the runs after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.moments import Moment
from integration.harness import Outcome, Player, Request, Run, inventory
from integration.pair import ON_DEMAND, ROLE, VALIDATE, pair
from integration.tenants import SOURCE
from simulator import Simulator

# Longer than any run: whoever waits for the answer is dead before it comes.
NEVER = 600
PATIENCE = 120

State = dict[str, Any]


@dataclass(frozen=True)
class Course:
    """The variables of a pair, and how a run goes that nothing disturbs.

    :ivar recovered: the states from which runs have come to the end.
    """

    variables: dict[str, Any]
    requests: list[tuple[str, str]]
    end: State
    recovered: list[State] = field(default_factory=list)


class Crashes:
    """Runs the role, lets it die, and runs it again."""

    def __init__(self, sim: Simulator, directory: Path, **changes: Any) -> None:
        self.sim = sim
        self.changes = changes
        self.play = Player(sim, directory)

    def undisturbed(self) -> Course:
        """A run on two empty tenants that nothing disturbs."""
        self.sim.reset()
        variables = pair(self.sim, **self.changes)
        run = self.play(ROLE, vars=variables)
        requests = [(each.kind, each.line) for each in run.requests if not each.in_batch]
        return Course(variables, requests, self.sim.normalized_state())

    def die(self, moment: Moment, course: Course) -> None:
        """Run the role on two empty tenants until the moment, and kill it then."""
        self.sim.reset()
        effect = "delay" if moment.carried_out else "drop_before"
        self.sim.add_fault(kind=moment.kind, batch=False, nth=moment.nth, effect=effect, delay=NEVER)
        outcomes = self.play.directory / f"died-{time.monotonic_ns()}.jsonl"
        outcomes.touch()
        run = subprocess.Popen(
            [*_command(), str(self._playbook(course, plays=1)), "-i", str(self._inventory())],
            env=self.play._environment(outcomes),
            cwd=self.play.directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait(run, moment)
        finally:
            kill(run)
        self._assert_died_at(moment)
        self.sim.clear_faults()

    def _wait(self, run: subprocess.Popen[bytes], moment: Moment) -> None:
        end = time.monotonic() + PATIENCE
        while not self.sim.faults()[0]["fired"]:
            assert run.poll() is None, f"the run ended before {moment}"
            assert time.monotonic() < end, f"the run did not come to {moment}"
            time.sleep(0.005)

    def _assert_died_at(self, moment: Moment) -> None:
        requests = [each for each in self.sim.requests() if each["batch"] is None]
        assert len(requests) == moment.index + 1, [each["path"] for each in requests]
        assert (requests[-1]["kind"], Request.of(requests[-1]).line) == (moment.kind, moment.line)

    def recover(self, course: Course) -> None:
        """What must be true after a death: a check tells what a run does, and the run comes to the undisturbed end.

        All that a dead run leaves is in the tenants. From a state that another death left too, this is not done again.
        """
        before, left = self.sim.state(), self.sim.normalized_state()
        if left in course.recovered:
            return
        check = self.play.book(self._playbook(course, plays=1), self._hosts(), check=True)
        assert check.requests.writes == [], "the check writes"
        assert self.sim.state() == before, "the check changed something"

        runs = self.play.book(self._playbook(course, plays=2), self._hosts())
        again, third = _halves(runs)
        assert _changed(again, course) == _changed(check.outcomes, course), _differing(check, again)
        assert _changed(third, course) == [], "a third run changes something"
        assert [line for each in third for line in each.writes if line != VALIDATE] == []
        self._assert_nothing_is_doubled()
        assert self.sim.normalized_state() == course.end, f"it ends otherwise\n{runs}"
        course.recovered.append(left)

    def _assert_nothing_is_doubled(self) -> None:
        state = self.sim.state()[SOURCE.id]
        made = [
            key
            for key in ("applications", "servicePrincipals")
            for each in state[key].values()
            if each["applicationTemplateId"]
        ]
        assert made == ["applications", "servicePrincipals"], f"there are {made}"
        (principal,) = [each for each in state["servicePrincipals"].values() if each["applicationTemplateId"]]
        (job,) = principal["jobs"].values()
        assert job["startCalls"] == 1
        rows = [
            (row["principalId"], row["resourceId"], row["appRoleId"]) for row in state["appRoleAssignments"].values()
        ]
        assert len(rows) == len(set(rows)), f"somebody is assigned twice: {rows}"

    def _playbook(self, course: Course, plays: int) -> Path:
        play = {"hosts": "all", "gather_facts": False, "vars": course.variables, "tasks": [ROLE]}
        return self.play._write("playbook", [play] * plays)

    def _inventory(self) -> Path:
        return self.play._write("inventory", self._hosts())

    def _hosts(self) -> dict[str, Any]:
        return inventory({"localhost": {}})


def _command() -> list[str]:
    return [str(Path(sys.executable).with_name("ansible-playbook"))]


def _halves(run: Run) -> tuple[list[Outcome], list[Outcome]]:
    """The outcomes of the first play and of the second, which begin with the same task."""
    begins = [index for index, each in enumerate(run.outcomes) if each.task == run.outcomes[0].task]
    assert len(begins) == 2, [each.task for each in run.outcomes]
    first, second = run.outcomes[: begins[1]], run.outcomes[begins[1] :]
    # What the first does once, the second does not have to look at.
    assert {each.task for each in second} <= {each.task for each in first}
    return first, second


def _changed(outcomes: Sequence[Outcome], course: Course) -> list[tuple[str, str]]:
    """Who changed something; a test user may or may not be there already, which nobody can know before."""
    unknowable = {ON_DEMAND} if course.variables.get("cross_tenant_sync_test_users") else set()
    return [(each.host, each.task) for each in outcomes if each.changed and each.task not in unknowable]


def _differing(check: Run, again: Sequence[Outcome]) -> str:
    return f"predicted: {check.changed}\nchanged: {[each.task for each in again if each.changed]}"


def kill(run: subprocess.Popen[bytes]) -> None:
    """End a run at once, with all that it has started: Ansible's workers are sessions of their own."""
    for pid in [*_descendants(run.pid), run.pid]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    run.wait()


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold anything.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(children.get(pid, ()))
    for each in found:
        found += children.get(each, ())
    return found
