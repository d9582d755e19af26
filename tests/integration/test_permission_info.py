# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, task
from integration.tenants import SOURCE, TARGET
from simulator import Simulator

P1, GOVERNANCE = "41781fb2-bc02-4b7c-bd55-b576c07bb09d", "e866a266-3cff-43a3-acca-0c90a7e00c8b"


def look(name: str, options: dict[str, Any], **more: Any) -> dict[str, Any]:
    return task(name, "permission_info", {**options, **more})


def test_every_app_is_told_what_it_lacks_in_both_tenants(sim: Simulator, play: Player) -> None:
    held = ["Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All", "Policy.Read.All"]
    token = sim.issue_token(SOURCE.id, SOURCE.client("automation"), roles=held)
    run = play(
        look("all", SOURCE.access(sim)),
        task("check", "permission_info", SOURCE.access(sim), check_mode=True),
        look("audit", SOURCE.access(sim, "audit"), operations=["read_synchronization", "check_schema"]),
        look("target", TARGET.access(sim, "audit"), operations=["read_policies", "write_policies"]),
        look("nothing", SOURCE.access(sim, "nothing"), operations=["read_policies", "provision_on_demand"]),
        look("doubtful", SOURCE.access(sim), access_token=token, operations=["write_synchronization"]),
    )
    assert run.changed == []
    everything = run["all"]
    assert (everything["missing"], everything["licences"], everything.requests.graph) == ([], None, [])
    assert all(each["granted"] for each in everything["permissions"])
    assert run["check"]["permissions"] == everything["permissions"]
    assert run["audit"]["missing"] == ["Synchronization.ReadWrite.All"]
    assert [each["granted"] for each in run["audit"]["permissions"]] == [True, False]
    target = run["target"]
    assert target["missing"] == ["Policy.ReadWrite.CrossTenantAccess"]
    assert target["tenant_id"] == TARGET.id
    assert TARGET.client("audit") in target["permissions"][1]["consent_url"]
    # The token of an app that was granted nothing has no claim about it, so the app is tried.
    nothing = run["nothing"]
    assert nothing["missing"] == ["Policy.Read.All", "Synchronization.ReadWrite.All", "User.ReadBasic.All"]
    assert [each.line for each in nothing.requests.graph] == ["GET /policies/crossTenantAccessPolicy"]
    assert run["doubtful"]["missing"] == []
    assert run["doubtful"]["permissions"][0]["notes"]
    assert "owns" in str(run["doubtful"]["warnings"])


def test_licences_are_warned_of_and_fail_nothing(sim: Simulator, play: Player) -> None:
    wanted = {"operations": ["read_licences"], "check_licences": True}
    sim.remove_permission(SOURCE.id, SOURCE.client("automation"), "Organization.Read.All")
    blind = play(look("blind", SOURCE.access(sim), **wanted))["blind"]
    assert (blind["licences"], blind["missing"]) == (None, ["Organization.Read.All"])
    assert "Organization.Read.All" in str(blind["warnings"])
    sim.add_permission(SOURCE.id, SOURCE.client("automation"), "Organization.Read.All")
    seen = {}
    for name, plans in {"none": [], "users": [P1], "groups": [P1, GOVERNANCE]}.items():
        sim.update_settings(service_plans=plans)
        seen[name] = play(look(name, SOURCE.access(sim), group_sync=True, **wanted))[name]
        assert len(seen[name].requests.graph) == 1
    assert [seen[name]["licences"] for name in seen] == [
        [],
        ["AAD_PREMIUM"],
        ["AAD_PREMIUM", "Entra_Identity_Governance"],
    ]
    assert [len(seen[name].result.get("warnings", [])) for name in seen] == [2, 1, 0]
    assert "P1 or P2" in str(seen["none"]["warnings"])
    assert "Governance" in str(seen["users"]["warnings"])
