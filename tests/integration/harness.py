# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run real playbooks against the simulator, and look at what they did. README.md shows how it is used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from simulator import Simulator

HERE = Path(__file__).resolve().parent
COLLECTIONS = HERE.parents[1] / ".build" / "tree"
COLLECTION = "entra.crosstenant"
MINUTES = 60
Task = dict[str, Any]

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ASSIGNMENT = re.compile(r"(?<=appRoleAssignedTo/)[\w-]{43}")


@dataclass(frozen=True)
class Request:
    """One request that the simulator got."""

    kind: str
    method: str
    path: str
    api: str | None
    tenant: str | None
    app: str | None
    status: int | None
    body: Any
    in_batch: bool
    time: float

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Request:
        """An entry of the simulator's log."""
        return cls(
            kind=entry["kind"],
            method=entry["method"],
            path=entry["path"],
            api=entry["api"],
            tenant=entry["tenant"],
            app=entry["app_id"],
            status=entry["status"],
            body=entry["body"],
            in_batch=entry["batch"] is not None,
            time=entry["time"],
        )

    @property
    def write(self) -> bool:
        """Whether it is more than a question."""
        asking = self.method == "GET" or self.path.endswith(("/$batch", "/parseExpression"))
        return self.kind == "graph" and not asking

    @property
    def line(self) -> str:
        """Method and path without ids: ``POST /servicePrincipals/{id}/synchronization/jobs/{id}/start``."""
        path = re.sub(r"^/(v1\.0|beta)", "", self.path)
        path = re.sub(r"Azure2Azure\.[^/]+", "{id}", path)
        return f"{self.method} {GUID.sub('{id}', ASSIGNMENT.sub('{id}', path))}"


class Requests(list[Request]):
    """Requests in the order in which they came."""

    @property
    def graph(self) -> Requests:
        """Those that went to Graph; a batch counts as one."""
        return Requests(each for each in self if each.kind == "graph" and not each.in_batch)

    @property
    def tokens(self) -> list[tuple[str | None, int | None]]:
        """The tenants that were asked for a token, and the answers' statuses."""
        return [(each.tenant, each.status) for each in self if each.kind == "token"]

    @property
    def writes(self) -> list[str]:
        """What was written, each part of a batch by itself."""
        return [each.line for each in self if each.write]

    @property
    def bodies(self) -> list[Any]:
        """The bodies of what was written."""
        return [each.body for each in self if each.write]


@dataclass(frozen=True)
class Outcome:
    """What became of a task on a host."""

    task: str
    host: str
    status: str
    result: dict[str, Any]
    requests: Requests
    """Those of the task's time. With several hosts they may be another host's."""

    def __getitem__(self, key: str) -> Any:
        return self.result[key]

    @property
    def changed(self) -> bool:
        """Whether it says that it changed something."""
        return bool(self.result.get("changed"))

    @property
    def writes(self) -> list[str]:
        """What it wrote."""
        return self.requests.writes

    @property
    def message(self) -> str:
        """The message of a failure."""
        assert self.status == "failed", f"{self.task} did not fail: {self.result}"
        return str(self.result["msg"])


@dataclass(frozen=True)
class Run:
    """One run of ansible-playbook."""

    code: int
    stdout: str
    stderr: str
    outcomes: list[Outcome]
    requests: Requests

    def __getitem__(self, task: str) -> Outcome:
        found = [each for each in self.outcomes if each.task == task]
        assert len(found) == 1, f"{len(found)} outcomes of {task!r} in {[each.task for each in self.outcomes]}\n{self}"
        return found[0]

    def of(self, host: str) -> Run:
        """What became of one host."""
        return replace(self, outcomes=[each for each in self.outcomes if each.host == host])

    @property
    def changed(self) -> list[str]:
        """The names of the tasks that changed something, in order."""
        return [each.task for each in self.outcomes if each.changed]

    @property
    def failed(self) -> list[str]:
        """The names of the tasks that failed, in order."""
        return [each.task for each in self.outcomes if each.status in ("failed", "unreachable")]

    @property
    def failure(self) -> Outcome:
        """The one task that failed."""
        assert len(self.failed) == 1, f"failed: {self.failed}\n{self}"
        return self[self.failed[0]]

    def __str__(self) -> str:
        return f"{self.stdout}\n{self.stderr}"


@dataclass
class Player:
    """Plays tasks, in one of the two ways in (README.md)."""

    sim: Simulator
    directory: Path
    way: str = "in_process"
    runs: dict[str, list[Run]] = field(default_factory=dict)

    def begin(self, way: str) -> None:
        """Play in this way from now on, from the state of the seed."""
        self.way = way
        self.runs[way] = []
        self.sim.reset()

    def __call__(
        self,
        *tasks: Task,
        check: bool = False,
        verbosity: int = 0,
        env: Mapping[str, str] | None = None,
        hosts: Mapping[str, Mapping[str, Any]] | None = None,
        fails: bool | None = False,
        **play: Any,
    ) -> Run:
        """Run tasks.

        :param hosts: the hosts and their variables; else localhost alone. Each is this machine unless it says not.
        :param fails: whether the run is expected to fail; None when either is well.
        :param play: more keywords of the play, such as ``module_defaults``.
        """
        playbook = [{"hosts": "all", "gather_facts": False, **play, "tasks": list(tasks)}]
        return self.book(
            self._write("playbook", playbook), inventory(hosts or {"localhost": {}}), check, verbosity, env, fails
        )

    def book(
        self,
        playbook: Path | str,
        inventory: Mapping[str, Any],
        check: bool = False,
        verbosity: int = 0,
        env: Mapping[str, str] | None = None,
        fails: bool | None = False,
        extra_vars: Mapping[str, Any] | None = None,
    ) -> Run:
        """Run a playbook, given as a file or by its name in the collection."""
        outcomes = self.directory / f"outcomes-{time.monotonic_ns()}.jsonl"
        outcomes.touch()
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "--diff", str(playbook)]
        command += ["-i", str(self._write("inventory", inventory))]
        command += ["-e", json.dumps(extra_vars or {})]
        command += ["--check"] * check + [f"-{'v' * verbosity}"] * bool(verbosity)
        self.sim.clear_requests()
        done = subprocess.run(
            command,
            env={**self._environment(outcomes), **(env or {})},
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=5 * MINUTES,
            check=False,
        )
        requests = Requests(Request.of(each) for each in self.sim.requests())
        run = Run(done.returncode, done.stdout, done.stderr, _outcomes(outcomes, requests), requests)
        assert fails is None or bool(run.failed or done.returncode) == fails, f"rc={done.returncode}\n{run}"
        self.runs.setdefault(self.way, []).append(run)
        return run

    def _write(self, name: str, content: Any) -> Path:
        path = self.directory / f"{name}-{time.monotonic_ns()}.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path

    def _environment(self, outcomes: Path) -> dict[str, str]:
        ours = ("ENTRA_", "AZURE_", "ANSIBLE_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {
            **inherited,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(self.directory / "ansible"),
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "outcomes",
            "ANSIBLE_ACTION_PLUGINS": str(HERE / "action_plugins"),
            "ANSIBLE_FORKS": "1",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_NOCOLOR": "true",
            "OUTCOMES_FILE": str(outcomes),
            "ENTRA_IN_PROCESS": "true" if self.way == "in_process" else "false",
        }


def _outcomes(file: Path, requests: Requests) -> list[Outcome]:
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Outcome(
            task=line["task"],
            host=line["host"],
            status=line["status"],
            result=line["result"],
            requests=Requests(each for each in requests if line["begun"] <= each.time <= line["ended"]),
        )
        for line in lines
    ]


def inventory(hosts: Mapping[str, Mapping[str, Any]], group: str = "all") -> dict[str, Any]:
    """An inventory of hosts that are this machine unless their variables say otherwise."""
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    return {group: {"hosts": {name: {**local, **variables} for name, variables in hosts.items()}}}


# What playbooks are written of


def task(name: str, module: str, options: Mapping[str, Any] | None = None, **keywords: Any) -> Task:
    """A task; ``keywords`` are the task's own, such as ``register``. A module without a dot is the collection's."""
    return {"name": name, (module if "." in module else f"{COLLECTION}.{module}"): dict(options or {}), **keywords}


def behind_the_back(sim: Simulator, action: str, **details: Any) -> Task:
    """A task that changes a tenant as somebody else would."""
    body = {"action": action, **details}
    name = f"behind the back: {action}"
    return {"name": name, "behind_the_back": {"url": f"{sim.control_url}/mutate", "body": body}}


FOUR_TIMES = (("check", True), ("do", False), ("again", False), ("check again", True))


def four_times(name: str, module: str, options: Mapping[str, Any], **keywords: Any) -> list[Task]:
    """The same task in check mode, for real, for real again, and in check mode again."""
    return [task(f"{name}: {step}", module, options, **{"check_mode": check, **keywords}) for step, check in FOUR_TIMES]


def assert_converges(
    run: Run, name: str, writes: Iterable[str], every_time: Iterable[str] = (), changes: bool = True
) -> Outcome:
    """Check what must hold whatever is changed four times; returns the outcome of the real change.

    :param writes: what the change sends.
    :param every_time: what a run that changes nothing sends all the same.
    """
    check, do, again, check_again = (run[f"{name}: {step}"] for step, dummy in FOUR_TIMES)
    assert do.changed is changes, f"{name}: {do.result}"
    assert do.writes == list(writes), name
    assert check.changed is changes, f"{name}: {check.result}"
    assert check.writes == check_again.writes == [], name
    assert unidentified(check["diff"]) == unidentified(do["diff"]), name
    assert unidentified(_returned(check)) == unidentified(_returned(do)), f"{name}: the prediction"
    for repeated in (again, check_again):
        assert not repeated.changed, f"{name}: {repeated.result}"
        assert repeated["diff"] == {"before": {}, "after": {}}, name
        assert _returned(repeated) == _returned(do), name
    assert again.writes == list(every_time), name
    return do


def _returned(outcome: Outcome) -> dict[str, Any]:
    notes = ("changed", "diff", "graph", "invocation", "warnings", "deprecations")
    return {key: value for key, value in outcome.result.items() if key not in notes and not key.startswith("_")}


def unidentified(value: Any) -> Any:
    """The same without ids, which a prediction cannot know."""
    return rewritten(value, lambda text: GUID.sub("{id}", re.sub(r"Azure2Azure\.[\w.-]+", "{id}", text)))


def rewritten(value: Any, rewrite: Callable[[str], str]) -> Any:
    """The same with every text in it rewritten, keys as well."""
    if isinstance(value, Mapping):
        return {rewrite(str(key)): rewritten(each, rewrite) for key, each in value.items()}
    if isinstance(value, list):
        return [rewritten(each, rewrite) for each in value]
    return rewrite(value) if isinstance(value, str) else value
