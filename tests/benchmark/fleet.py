# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Part b: many pairs in one run."""

from __future__ import annotations

from pathlib import Path

from benchmark.converged import play, tally
from benchmark.measure import ROLE, Variant, environment, in_turn, playbook, run
from benchmark.report import Section, Target, megabytes, seconds
from benchmark.tenants import Simulation, counts, inventory, simulation

FORKS = 20
LATENCY = 80
SIZES = (1, 10, 50, 100)
TEXT = """\
Each host of the inventory is a pair, converged, with {forks} forks and {latency} ms of latency. Hosts with *tenants of
their own* are as many different pairs of tenants, and ask for two tokens each. Hosts that *share two tenants* are the
same pair again and again: this shows that a run asks for one token a tenant however many hosts need it, {forks} of them
at once. *Nothing* is a play of as many actions that do nothing in the controller's process as the role carries out
tasks ({all}; those that it skips are not in it): the least that such a run can take."""


def part(directory: Path, rounds: int, sizes: tuple[int, ...] = SIZES) -> list[Section]:
    """Measure each number of hosts."""
    most = max(sizes)
    with simulation(directory, most) as simulator:
        own = inventory(directory, most, simulator.url, most)
        run(playbook(ROLE, own, FORKS), environment(directory))
        actions = tally(directory, ROLE, inventory(directory, 1, simulator.url, 1))
        simulator.settings(latency_ms=LATENCY)
        columns = (
            "pairs",
            "",
            "wall s",
            "/ nothing",
            "CPU s",
            "CPU / nothing",
            "MB, all",
            "MB, largest",
            "Graph requests",
            "tokens",
        )
        text = TEXT.format(forks=FORKS, latency=LATENCY, all=actions.total())
        section = Section(f"Many pairs, {FORKS} forks", text, columns)
        for hosts in sizes:
            _measure(
                section, directory, simulator, hosts, actions.total(), rounds if hosts < 50 else max(1, rounds - 1)
            )
    return [section]


def _measure(section: Section, directory: Path, simulator: Simulation, hosts: int, tasks: int, rounds: int) -> None:
    made: dict[str, dict[str, int]] = {}

    def variant(name: str, book: Path | str, tenants: int) -> Variant:
        def after() -> None:
            made[name] = counts(simulator.requests())

        command = playbook(book, inventory(directory, hosts, simulator.url, tenants), FORKS)
        return Variant(name, command, environment(directory), before=simulator.forget, after=after)

    own = variant("tenants of their own", ROLE, hosts)
    shared = variant("share two tenants", ROLE, 1)
    nothing = variant("nothing", play(directory, "nothing", tasks), 1)
    variants = [own, nothing] if hosts == 1 else [own, shared, nothing]
    in_turn(variants, rounds)
    section.rows += [
        [
            str(hosts),
            each.name,
            seconds(each.wall),
            f"{each.ratio(nothing):.2f}",
            seconds(each.cpu),
            f"{each.cpu_ratio(nothing):.2f}",
            megabytes(each.memory),
            megabytes(each.largest),
            str(made[each.name]["graph"]),
            str(made[each.name]["tokens"]),
        ]
        for each in variants
    ]
    if hosts > 1:
        section.targets = [
            Target(f"tokens of a run of {hosts} pairs that share two tenants", 2, made[shared.name]["tokens"]),
            *(
                Target(
                    f"{hosts} converged pairs ({each.name}) / the same number of actions that do nothing",
                    2.5,
                    each.ratio(nothing),
                    by_cpu=each.cpu_ratio(nothing),
                )
                for each in (own, shared)
            ),
            Target(f"peak memory of {hosts} pairs", 400, max(own.memory, shared.memory), " MB"),
        ]
