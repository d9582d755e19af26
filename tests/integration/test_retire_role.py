# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from integration.harness import Player
from integration.retirement import (
    BEGUN,
    CYCLE,
    RETIRE,
    SEVERED,
    UNASSIGNED,
    WITHDRAWN,
    is_gone,
    retired,
    retirement,
    users_from_source,
)
from integration.tenants import ADELE, ALEX, SOURCE, TARGET, set_up_pair
from simulator import Simulator


def test_a_pair_is_retired_over_several_runs(sim: Simulator, play: Player) -> None:
    set_up_pair(sim, assignments=[ADELE, ALEX])
    sim.advance(CYCLE)
    assert len(users_from_source(sim)) == 2
    variables = retirement(sim)

    check = play(RETIRE, vars=variables, check=True)
    assert check.requests.writes == []
    assert check.changed == [BEGUN, UNASSIGNED, WITHDRAWN]
    do = play(RETIRE, vars=variables)
    assert do.changed == check.changed
    print(retired(do))
    print(do.stdout)
    waits = retired(do)
    assert (waits["done"], waits["phase"]) == (False, "wait_for_cycle")
    again = play(RETIRE, vars=variables)
    assert (again.changed, again.requests.writes) == ([], [])
    print([each.line for each in again.requests.graph])
    assert not retired(again)["done"]
    sim.advance(CYCLE)
    assert users_from_source(sim) == set()

    check = play(RETIRE, vars=variables, check=True)
    assert check.requests.writes == []
    assert check.changed == SEVERED
    assert retired(check)["done"]
    do = play(RETIRE, vars=variables)
    assert do.changed == SEVERED
    print(do.requests.writes)
    assert is_gone(sim)
    again = play(RETIRE, vars=variables)
    assert (again.changed, again.requests.writes) == ([], [])
    print([each.line for each in again.requests.graph])
    assert retired(again)["done"]
