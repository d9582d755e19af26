# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every test that plays can be carried out in both ways in, and both must come to the same (README.md)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.harness import Player
from integration.parity import WAYS, difference
from simulator import Simulator


@pytest.fixture
def sim(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """The two untouched tenants of the simulator's seed; a parameter gives the simulator's options."""
    with Simulator(**getattr(request, "param", {})) as simulator:
        yield simulator


@pytest.fixture
def play(sim: Simulator, tmp_path: Path) -> Player:
    """What runs tasks."""
    return Player(sim, tmp_path)


def pytest_configure(config: pytest.Config) -> None:
    """Declare our marker."""
    config.addinivalue_line("markers", "in_process_only: not carried out as modules, because other tests are")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Carry the test out in one way and then, where both are asked for, from the beginning in the other."""
    player = pyfuncitem.funcargs.get("play")
    if not isinstance(player, Player):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    both = os.environ.get("BOTH_WAYS") and not pyfuncitem.get_closest_marker("in_process_only")
    ways = WAYS if both else WAYS[:1]
    for way in ways:
        player.begin(way)
        pyfuncitem.add_report_section("call", "way in", way)
        pyfuncitem.obj(**arguments)
    differing = difference(*(player.runs[way] for way in ways))
    if differing:
        pytest.fail(f"the two ways in differ:\n{differing}", pytrace=False)
    return True
