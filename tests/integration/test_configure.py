# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from integration.harness import COLLECTION, Player, inventory
from integration.pair import VALIDATE, pair, report
from integration.tenants import SOURCE, TARGET
from simulator import Simulator


@pytest.mark.in_process_only
def test_an_inventory_of_two_pairs_is_configured_at_once(sim: Simulator, play: Player) -> None:
    there = pair(sim)
    back = pair(
        sim,
        source=TARGET.access(sim),
        target=SOURCE.access(sim),
        display_name="Fabrikam to Contoso",
        principals=[{"user": "megan@fabrikam.example"}],
    )
    hosts = inventory({"contoso_to_fabrikam": there, "fabrikam_to_contoso": back}, group="crosstenant_pairs")
    playbook, forks = f"{COLLECTION}.configure", {"ANSIBLE_FORKS": "5"}
    do = play.book(playbook, hosts, env=forks)
    again = play.book(playbook, hosts, env=forks)
    for host in ("contoso_to_fabrikam", "fabrikam_to_contoso"):
        assert report(do.of(host))["changed"] is True
        assert again.of(host).changed == []
    assert again.requests.writes == [VALIDATE] * 2
    assert sorted(again.requests.tokens) == [(SOURCE.id, 200), (TARGET.id, 200)]
    state = sim.state()
    for tenant, other in ((SOURCE, TARGET), (TARGET, SOURCE)):
        consent = state[tenant.id]["partners"][other.id]["automaticUserConsentSettings"]
        assert consent == {"inboundAllowed": True, "outboundAllowed": True}


def test_other_hosts_may_be_named(sim: Simulator, play: Player) -> None:
    hosts = inventory({"one": pair(sim, source={"colour": "red"}), "another": {}}, group="somewhere")
    run = play.book(f"{COLLECTION}.configure", hosts, extra_vars={"crosstenant_hosts": "one"}, fails=True)
    assert {each.host for each in run.outcomes} == {"one"}
    assert "colour" in run.failure.message
