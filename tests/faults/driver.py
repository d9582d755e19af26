# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules at work in this process, on tenants where something goes wrong; waiting costs no time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils import _task
from ansible_collections.entra.crosstenant.plugins.module_utils._waiting import Patience

from integration.harness import Request, Requests
from integration.tenants import SOURCE, Tenant
from simulator import Simulator, graph
from simulator.calls import Answer

MODULES = "ansible_collections.entra.crosstenant.plugins.modules"
MAX_WAIT = 600
PAGE = "<!DOCTYPE html><html><body>Sign in to the proxy</body></html>"
# Actions that may be sent twice without harm; start is none of them (graph-api.md section 8.2).
HARMLESS = ("/pause", "/restart", "/provisionOnDemand", "/validateCredentials")
# The test of the connection is sent as a POST and changes nothing (graph-api.md section 8.4).
VALIDATE = "POST /servicePrincipals/{id}/synchronization/jobs/validateCredentials"

Options = Mapping[str, Any]


@dataclass
class Clock:
    """A clock that only sleeping moves."""

    time: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> float:
        """The time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.time += seconds
        self.waits.append(seconds)

    def patience(self, max_wait: float) -> Patience:
        """A task's patience by this clock."""
        return Patience(max_wait, self.sleep, self.now)


@dataclass(frozen=True, eq=False)
class Story:
    """One task, and the tenants as it finds them.

    :param before: prepares the tenants, and returns the options that depend on that.
    """

    name: str
    module: str
    options: Options
    before: Callable[[Simulator], Options]
    side: Tenant = SOURCE

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Done:
    """What became of a task."""

    result: Mapping[str, Any]
    requests: Requests
    waits: list[float]

    def __str__(self) -> str:
        lines = [f"{each.status} {'  ' if each.in_batch else ''}{each.line}" for each in self.requests]
        return "\n".join([*lines, f"waits: {self.waits}", self.message or str(self.result.get("diff"))])

    @property
    def failed(self) -> bool:
        """Whether it failed."""
        return bool(self.result.get("failed"))

    @property
    def changed(self) -> bool:
        """Whether it says that it changed something."""
        return bool(self.result["changed"])

    @property
    def message(self) -> str:
        """What a failed task says."""
        return str(self.result.get("msg", ""))

    @property
    def code(self) -> str:
        """The code of its failure."""
        return str((self.result.get("error") or {}).get("code", ""))

    @property
    def writes(self) -> list[str]:
        """What it wrote, as far as that changes anything."""
        return [line for line in self.requests.writes if line != VALIDATE]

    @property
    def lines(self) -> list[str]:
        """All it asked of Graph, a batch as one."""
        return [each.line for each in self.requests.graph]

    def count(self, method: str, path: str) -> int:
        """How often it asked this; ``path`` is a regular expression."""
        return sum(each.method == method and bool(re.search(path, each.path)) for each in self.requests)

    def alone(self, method: str, path: str) -> int:
        """How often it asked this by itself, not in a batch."""
        return sum(
            each.method == method and bool(re.search(path, each.path)) and not each.in_batch for each in self.requests
        )

    def assert_no_blind_replay(self) -> None:
        """Between a write and its repetition something was read."""
        last = ""
        for each in self.requests:
            if each.kind != "graph" or each.path.endswith(("/$batch", *HARMLESS)):
                continue
            line = f"{each.line} {each.body}"
            assert not (each.method == "POST" and line == last), f"sent again unseen: {line}"
            # What was throttled, or collided with another write, was certainly not carried out.
            last = "" if each.status in (409, 429) else line


class Trouble:
    """Two tenants, and what goes wrong in them.

    :ivar sim: the simulator.
    :ivar clock: the clock of all tasks.
    """

    def __init__(self, sim: Simulator, clock: Clock) -> None:
        self.sim = sim
        self.clock = clock
        self.story: Story | None = None
        self.options: Options = {}
        self._ends: dict[str, dict[str, Any]] = {}
        self._meanwhile: list[tuple[str, str, Callable[[], object]]] = []

    def begin(self, story: Story, **settings: Any) -> None:
        """The tenants as the story finds them; ``settings`` are the simulator's."""
        self.sim.reset()
        self.clock.waits.clear()
        self._meanwhile.clear()
        if story.name not in self._ends:
            self._prepare(story)
            done = self.run()
            assert not done.failed, done.message
            self._ends[story.name] = self.sim.normalized_state()
            self.sim.reset()
        self.sim.update_settings(settings)
        self._prepare(story)

    def _prepare(self, story: Story) -> None:
        self.story = story
        self.options = {**story.options, **story.before(self.sim)}

    @property
    def end(self) -> dict[str, Any]:
        """The state in which the story ends when nothing goes wrong."""
        assert self.story
        return self._ends[self.story.name]

    def fault(self, method: str, path: str, effect: str = "status", **more: Any) -> None:
        """Something goes wrong with a request; by default the first of its kind."""
        self.sim.add_fault(method=method, path=path, effect=effect, **more)

    def meanwhile(self, method: str, path: str, action: Callable[[], object]) -> None:
        """Somebody else does something just before the first such request is carried out."""
        self._meanwhile.append((method, path, action))

    def interrupt(self, method: str, path: str) -> None:
        """Let somebody else act; called before each request is carried out."""
        for each in self._meanwhile:
            if each[0] == method and re.search(each[1], path):
                self._meanwhile.remove(each)
                each[2]()
                return

    def run(self, module: str = "", side: Tenant | None = None, check: bool = False, **changes: Any) -> Done:
        """Run the story's task, or another one."""
        story = self.story
        assert story
        side = side or story.side
        options = changes if module else {**self.options, **changes}
        token = self.sim.issue_token(side.id, side.client("automation"))
        access = side.access(self.sim, max_wait=MAX_WAIT, client_secret=None, access_token=token)
        options = {**access, **options}
        task = import_module(f"{MODULES}.{module or story.module}").TASK
        checked = ArgumentSpecValidator(task.arguments.spec, **task.arguments.rules).validate(
            {name: value for name, value in options.items() if value is not None}
        )
        assert not checked.errors.messages, checked.errors.messages
        self.sim.clear_requests()
        self.clock.waits.clear()
        with mock.patch.object(_task, "Patience", self.clock.patience):
            result = _task.perform(task, checked.validated_parameters, check)
        requests = Requests(Request.of(each) for each in self.sim.requests())
        done = Done(result, requests, list(self.clock.waits))
        if check:
            assert done.requests.writes == []
        return done

    def survives(
        self, *, writes: list[str] | None = None, waits: tuple[float, float] = (0, 60), changed: bool = True
    ) -> Done:
        """The story ends as if nothing had gone wrong, and is at its end then.

        :param writes: what the task is to send.
        :param waits: the least and the most that it may wait in all.
        """
        done = self.run()
        assert not done.failed, done.message
        assert done.changed is changed, f"changed: {done.changed}\n{done}"
        assert self.sim.normalized_state() == self.end, f"it ends otherwise\n{done}"
        assert writes is None or done.writes == writes, str(done)
        assert waits[0] <= sum(done.waits) <= waits[1], str(done)
        done.assert_no_blind_replay()
        self.assert_fired()
        self.sim.clear_faults()
        again = self.run()
        assert not again.failed, again.message
        assert not again.changed, f"the next run changes it again\n{again}"
        assert self.sim.normalized_state() == self.end, f"the next run changes it\n{again}"
        return done

    def refuses(self, *, code: str, says: str = "", writes: list[str] | None = None, waits: float = 0) -> Done:
        """The task fails for this reason, without waiting, and the tenants are left as they were."""
        before = self.sim.normalized_state()
        done = self.run()
        assert done.failed, str(done)
        assert done.code == code, done.message
        assert says in done.message, done.message
        assert sum(done.waits) <= waits, str(done)
        assert writes is None or done.writes == writes, str(done)
        assert self.sim.normalized_state() == before, f"something was changed\n{done}"
        done.assert_no_blind_replay()
        self.assert_fired()
        return done

    def assert_fired(self) -> None:
        """Everything that was to go wrong has gone wrong."""
        for each in self.sim.faults():
            assert each["fired"], f"never happened: {each}"
        assert not self._meanwhile

    # What is there

    def principals(self) -> list[dict[str, Any]]:
        """The service principals of the source tenant's configurations."""
        found = self.sim.state()[SOURCE.id]["servicePrincipals"]
        return [{"id": key, **each} for key, each in found.items() if each["applicationTemplateId"]]

    def assigned(self) -> list[str]:
        """The names of who is assigned to a configuration."""
        ids = {each["id"] for each in self.principals()}
        rows = self.sim.state()[SOURCE.id]["appRoleAssignments"].values()
        return sorted(row["principalDisplayName"] for row in rows if row["resourceId"] in ids)

    def make_old(self) -> None:
        """Let every configuration be from last year."""
        for application in self.sim.world.tenants[SOURCE.id].applications.values():
            application.properties["createdDateTime"] = "2025-01-01T00:00:00Z"


def page_after(fault: Any, answer: Answer, otherwise: Callable[[Any, Answer], Answer] = graph.spoiled) -> Answer:
    """A fault of the code ``Page``: the request was carried out, and what comes back is not Graph's."""
    if fault.rule.get("code") != "Page":
        return otherwise(fault, answer)
    return Answer(int(fault.rule.get("status", 200)), text=str(fault.rule.get("message", PAGE)))
