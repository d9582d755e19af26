# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part c: very many assignments."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.measure import COLLECTIONS, HERE, Cost, Variant, environment, in_turn, playbook, run
from benchmark.report import Section, Target, megabytes, seconds
from benchmark.tenants import Pair, Simulation, counts, inventory, simulation

LATENCY = 80
FEW, MANY = 1_000, 10_000
PAGE = 999
AT_ONCE, WINDOW = 3_000, 150
RATE = AT_ONCE / WINDOW
COMPRESSION = 5
UNPACED = 1e9
PAIR = Pair(0)

UNHINDERED = """\
`app_role_assignment` with object ids and {latency} ms of latency; no quota is in the way. {many} new ones would be
paced by the quota that the client knows of, so this row is without the pace, in a process without Ansible; the others
are whole runs of `ansible-playbook`. A re-run finds all of them assigned and writes nothing."""

QUOTA = """\
{many} new assignments through the published quota of {at_once} writes per {window} s, in time compressed {compression}
times: the simulator's quota and the client's pace both are {compression} times as fast, everything else (latency,
Retry-After) is as slow as ever. *Bucket* is a quota that fills by itself, {rate:.0f} a second; no client can be faster
than (N - {at_once}) / {rate:.0f} s. *Window* is a quota of {at_once} in any {window} s, with the floor of
(ceil(N / {at_once}) - 1) x {window} s; which of the two Microsoft has is not published. Lost are those that are not
assigned at the end. One run each."""


@dataclass(frozen=True)
class Bulk:
    """A simulator with so many users and one configuration."""

    directory: Path
    simulator: Simulation
    users: int

    @property
    def _options(self) -> Path:
        return self.directory / f"options-{self.users}.json"

    def reset(self, **settings: Any) -> None:
        """Begin anew: nobody is assigned."""
        self.simulator.control("POST", "reset")
        target = PAIR.tenant_id("target")
        principal = self._change("add_configuration", display_name="Bulk", secrets={"CompanyId": target})
        principals = [{"object_id": each} for each in self._change("add_users", n=self.users)]
        options = {**PAIR.connection("source", self.simulator.url), "service_principal_id": principal}
        self._options.write_text(json.dumps({**options, "principals": principals}), encoding="utf-8")
        self.simulator.settings(latency_ms=LATENCY, **settings)
        self.simulator.forget()

    def _change(self, action: str, **details: Any) -> Any:
        return self.simulator.control(
            "POST", "mutate", {"action": action, "tenant": PAIR.tenant_id("source"), **details}
        )

    def through_ansible(self) -> list[str]:
        """The command that assigns with a playbook."""
        options = (
            "tenant_id",
            "client_id",
            "client_secret",
            "graph_url",
            "login_url",
            "service_principal_id",
            "principals",
        )
        task = {
            "name": "Assign all of them",
            "entra.crosstenant.app_role_assignment": {name: f"{{{{ options.{name} }}}}" for name in options},
            "vars": {"options": "{{ lookup('ansible.builtin.file', file) | from_json }}"},
        }
        book = self.directory / f"bulk-{self.users}.json"
        what = {"name": "Bulk", "hosts": "all", "gather_facts": False, "tasks": [task]}
        book.write_text(json.dumps([{**what, "vars": {"file": str(self._options)}}]), encoding="utf-8")
        return playbook(book, inventory(self.directory, 1, self.simulator.url, 1))

    def without_ansible(self, rate: float) -> list[str]:
        """The command that assigns with the module's code alone, at another pace."""
        result = self.directory / "result.json"
        return [sys.executable, str(HERE / "assign.py"), str(self._options), str(result), str(rate)]

    def assigned(self) -> int:
        """How many users are assigned."""
        state = self.simulator.control("GET", "state")[PAIR.tenant_id("source")]
        return len(
            {row["principalId"] for row in state["appRoleAssignments"].values() if row["principalType"] == "User"}
        )


def part(directory: Path, rounds: int, few: int = FEW, many: int = MANY) -> list[Section]:
    """Measure both numbers without a quota, and the larger one with both kinds."""
    with simulation(directory, 1) as simulator:
        section = _unhindered(Bulk(directory, simulator, few), Bulk(directory, simulator, many), rounds)
    return [section, _through_quota(directory, many)]


def _unhindered(few: Bulk, many: Bulk, rounds: int) -> Section:
    simulator = few.simulator
    place = environment(few.directory)
    alone = {**place, "PYTHONPATH": str(COLLECTIONS)}
    made: dict[str, dict[str, int]] = {}

    def variant(name: str, command: list[str], place: dict[str, str], new: Bulk | None = None) -> Variant:
        def after() -> None:
            made[name] = counts(simulator.requests())

        return Variant(name, command, place, before=new.reset if new else simulator.forget, after=after)

    # Each re-run finds what the one before it made.
    create_few = variant(f"{few.users}: create", few.through_ansible(), place, few)
    again_few = variant(f"{few.users}: re-run", few.through_ansible(), place)
    create_many = variant(f"{many.users}: create, without pace", many.without_ansible(UNPACED), alone, many)
    again_many = variant(f"{many.users}: re-run", many.through_ansible(), place)
    as_module = variant(
        f"{many.users}: re-run, as an ordinary module", many.through_ansible(), {**place, "ENTRA_IN_PROCESS": "false"}
    )
    variants = [create_few, again_few, create_many, again_many, as_module]
    in_turn(variants, rounds)
    rows = [
        [
            each.name,
            seconds(each.wall),
            seconds(each.cpu),
            megabytes(each.largest),
            str(made[each.name]["graph"]),
            str(made[each.name]["writes"]),
        ]
        for each in variants
    ]
    targets = [
        Target(f"requests that make {few.users} assignments", 55, made[create_few.name]["graph"]),
        Target(
            f"requests of a re-run of {many.users} assignments",
            math.ceil(many.users / PAGE) + 2,
            made[again_many.name]["graph"],
        ),
        Target("writes of that re-run", 0, made[again_many.name]["writes"]),
        Target("largest process of that re-run", 150, again_many.largest, " MB"),
    ]
    columns = ("assignments", "wall s", "CPU s", "MB, largest process", "Graph requests", "writes")
    return Section("Many assignments", UNHINDERED.format(latency=LATENCY, many=many.users), columns, rows, targets)


def _through_quota(directory: Path, users: int) -> Section:
    text = QUOTA.format(many=users, at_once=AT_ONCE, window=WINDOW, compression=COMPRESSION, rate=RATE)
    columns = (
        "quota",
        "wall s",
        "floor s",
        "wall / floor",
        "Graph requests",
        "sub-requests",
        "throttled",
        "lost",
        "MB",
    )
    section = Section("Many assignments through the quota", text, columns)
    floors = {
        "bucket": (users - AT_ONCE) / RATE / COMPRESSION,
        "window": (math.ceil(users / AT_ONCE) - 1) * WINDOW / COMPRESSION,
    }
    for model, floor in floors.items():
        with simulation(directory, 1, *(["bucket"] if model == "bucket" else [])) as simulator:
            bulk = Bulk(directory, simulator, users)
            cost, made, lost = _compressed(bulk)
        share = made["throttled"] / made["in batches"]
        section.rows.append(
            [
                model,
                seconds(cost.wall),
                seconds(floor),
                f"{cost.wall / floor:.2f}",
                str(made["graph"]),
                str(made["in batches"]),
                f"{made['throttled']} ({share:.1%})",
                str(lost),
                megabytes(cost.largest),
            ]
        )
        section.targets += [
            Target(f"{users} new assignments / floor, quota as a {model}", 1.10, cost.wall / floor),
            Target("throttled sub-requests of these", 10, share * 100, " %"),
            Target("lost of these", 0, lost),
            Target("largest process of these", 150, cost.largest, " MB"),
        ]
    return section


def _compressed(bulk: Bulk) -> tuple[Cost, dict[str, int], int]:
    quota = {"enabled": True, "limit": AT_ONCE, "window": WINDOW / COMPRESSION}
    bulk.reset(throttle={"writes": quota})
    place = {**environment(bulk.directory), "PYTHONPATH": str(COLLECTIONS)}
    cost = run(bulk.without_ansible(RATE * COMPRESSION), place)
    return cost, counts(bulk.simulator.requests()), bulk.users - bulk.assigned()
