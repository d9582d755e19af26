# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part a: the role on a pair that is as wanted, against other ways of doing the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from benchmark.measure import HERE, ROLE, Variant, environment, in_turn, playbook, run
from benchmark.report import Section, Target, seconds
from benchmark.tenants import Simulation, counts, inventory, simulation

LATENCIES = (0, 80)
OURS = "entra.crosstenant."
TEXT = """\
One pair of tenants that is as wanted, one user in scope, default variables: every run of the playbook
`entra.crosstenant.configure` reads and changes nothing. Its role then carries out {all} tasks: {ours} of this
collection, and {others} others (argument validation, a fact), which run inside the controller's process anyway. *The
same number of pings* are {all} tasks of `ansible.builtin.ping`; a row of {ours} is there to compare with. *uri only* is
the playbook `tests/benchmark/uri_baseline.yml`, which does the same steps with nothing but `ansible.builtin.uri`, {uri}
times when nothing is to change; it makes and finds the same configuration as the role. *As ordinary modules* is with
`ENTRA_IN_PROCESS=false`: each of the {modules} different modules is then packed once a run, which `ping` and `uri` are
too, and each of the {ours} tasks signs in by itself. The play that does nothing is what Ansible needs to start."""


def tasks(action: str, number: int) -> list[dict[str, Any]]:
    """So many tasks of an action without options."""
    return [{"name": f"Task {index}", action: {}} for index in range(number)]


def play(directory: Path, action: str, number: int) -> Path:
    """A playbook of so many tasks of an action without options."""
    file = directory / f"{action}-{number}.json"
    what = {"name": "Only this", "hosts": "all", "gather_facts": False, "tasks": tasks(action, number)}
    file.write_text(json.dumps([what]), encoding="utf-8")
    return file


def tally(directory: Path, book: Path | str, hosts: Path) -> Counter[str]:
    """How many tasks of which action a playbook carries out."""
    file = directory / "tally"
    file.unlink(missing_ok=True)
    run(playbook(book, hosts), environment(directory, TALLY=str(file), ANSIBLE_CALLBACKS_ENABLED="tally"))
    return Counter(file.read_text(encoding="utf-8").split())


def our_tasks(actions: Counter[str]) -> int:
    """How many of them are this collection's."""
    return sum(number for action, number in actions.items() if action.startswith(OURS))


def part(directory: Path, rounds: int) -> list[Section]:
    """Measure at each latency."""
    with simulation(directory, 1) as simulator:
        hosts = inventory(directory, 1, simulator.url, 1)
        run(playbook(ROLE, hosts), environment(directory))
        actions = tally(directory, ROLE, hosts)
        ours, everything = our_tasks(actions), actions.total()
        text = TEXT.format(
            ours=ours,
            others=everything - ours,
            all=everything,
            modules=len({action for action in actions if action.startswith(OURS)}),
            uri=tally(directory, HERE / "uri_baseline.yml", hosts)["ansible.builtin.uri"],
        )
        sections: list[Section] = []
        for latency in LATENCIES:
            section = _section(directory, simulator, latency, (ours, everything), rounds)
            section.text = text if not sections else "The same, with a latency that is more like the real one's."
            sections.append(section)
        return sections


def _section(directory: Path, simulator: Simulation, latency: int, numbers: tuple[int, int], rounds: int) -> Section:
    simulator.settings(latency_ms=latency)
    hosts = inventory(directory, 1, simulator.url, 1)
    place = environment(directory)
    made: dict[str, dict[str, int]] = {}

    def variant(name: str, book: Path | str, **more: str) -> Variant:
        def after() -> None:
            made[name] = counts(simulator.requests())

        return Variant(name, playbook(book, hosts), {**place, **more}, before=simulator.forget, after=after)

    ours, everything = numbers
    role = variant("role, in process", ROLE)
    modules = variant("role, as ordinary modules", ROLE, ENTRA_IN_PROCESS="false")
    pings = variant(f"{everything} pings (the same number)", play(directory, "ansible.builtin.ping", everything))
    fewer_pings = variant(f"{ours} pings", play(directory, "ansible.builtin.ping", ours))
    uri = variant("uri only", HERE / "uri_baseline.yml")
    start = variant("a play that does nothing", play(directory, "ansible.builtin.meta", 0))
    variants = [role, modules, pings, fewer_pings, uri, start]
    in_turn(variants, rounds)
    rows = [
        [
            each.name,
            seconds(each.wall),
            seconds(each.cpu),
            f"{each.ratio(pings):.2f}",
            f"{each.ratio(fewer_pings):.2f}",
            f"{each.ratio(uri):.2f}",
            f"{each.cpu_ratio(pings):.2f}",
            f"{each.cpu_ratio(uri):.2f}",
            str(made[each.name]["graph"]),
            str(made[each.name]["tokens"]),
        ]
        for each in variants
    ]
    limit = 0.40 if latency else 0.20
    targets = [_target(f"converged role / uri only, at {latency} ms", limit, role, uri)]
    if not latency:
        targets = [
            _target("converged role / same number of pings, in process", 0.30, role, pings),
            _target("converged role / same number of pings, as ordinary modules", 1.35, modules, pings),
            *targets,
            Target("requests to Graph of a converged pair", 12, made[role.name]["graph"]),
        ]
    columns = ("", "wall s", "CPU s", *(f"/ {each}" for each in (f"{everything} pings", f"{ours} pings", "uri only")))
    columns += (f"CPU / {everything} pings", "CPU / uri only", "Graph requests", "tokens")
    return Section(f"A converged pair, {latency} ms of latency", "", columns, rows, targets)


def _target(what: str, limit: float, one: Variant, other: Variant) -> Target:
    return Target(what, limit, one.ratio(other), by_cpu=one.cpu_ratio(other))
