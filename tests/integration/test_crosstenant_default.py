# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, assert_converges, four_times, task
from integration.tenants import TARGET
from simulator import Simulator

PATCH = "PATCH /policies/crossTenantAccessPolicy/default"
RESET = "POST /policies/crossTenantAccessPolicy/default/resetToSystemDefault"
TRUST = {"isMfaAccepted": True, "isCompliantDeviceAccepted": True, "isHybridAzureADJoinedDeviceAccepted": False}


def policy(sim: Simulator, **options: Any) -> dict[str, Any]:
    return {**TARGET.access(sim), **options}


def stored(sim: Simulator) -> dict[str, Any]:
    found: dict[str, Any] = sim.state()[TARGET.id]["defaultPolicy"]
    return found


def test_settings_are_changed_by_member_cleared_and_given_back(sim: Simulator, play: Player) -> None:
    before = stored(sim)
    nobody = {"access_type": "blocked", "targets": [{"target": "AllUsers", "target_type": "user"}]}
    blocked = {"users_and_groups": nobody}
    order = ["azure_active_directory", "external_federation"]
    run = play(
        *four_times("reset of nothing", "crosstenant_default", policy(sim, state="reset")),
        *four_times("block", "crosstenant_default", policy(sim, b2b_collaboration_inbound=blocked)),
        *four_times("order", "crosstenant_default", policy(sim, invitation_redemption={"primary_order": order})),
        *four_times("trust", "crosstenant_default", policy(sim, inbound_trust={"mfa_accepted": True})),
        *four_times("clear", "crosstenant_default", policy(sim, b2b_collaboration_inbound={})),
        *four_times("reset", "crosstenant_default", policy(sim, state="reset")),
    )
    untouched = assert_converges(run, "reset of nothing", [], changes=False)
    assert untouched["default_policy"]["is_service_default"] is True
    done = assert_converges(run, "block", [PATCH])
    changed = {
        "usersAndGroups": {"accessType": "blocked", "targets": [{"target": "AllUsers", "targetType": "user"}]},
        "applications": before["b2bCollaborationInbound"]["applications"],
    }
    assert done.requests.bodies == [{"b2bCollaborationInbound": changed}]
    assert done["diff"]["before"]["b2b_collaboration_inbound"]["users_and_groups"]["access_type"] == "allowed"
    assert done["default_policy"]["is_service_default"] is False
    ordered = assert_converges(run, "order", [PATCH])
    assert ordered["default_policy"]["invitation_redemption"] == {
        "primary_order": order,
        "fallback": "default_configured_idp",
    }
    assert_converges(run, "trust", [PATCH])
    cleared = assert_converges(run, "clear", [PATCH])
    assert cleared.requests.bodies == [{"b2bCollaborationInbound": before["b2bCollaborationInbound"]}]
    reset = assert_converges(run, "reset", [RESET])
    assert reset["diff"]["before"]["inbound_trust"] == {"mfa_accepted": True}
    assert stored(sim) == before


def test_what_is_not_named_survives_and_what_is_wrong_is_refused_before_anything_is_sent(
    sim: Simulator, play: Player
) -> None:
    sim.set_default_policy(TARGET.id, inboundTrust=TRUST)
    trust = {"inbound_trust": {"mfa_accepted": False}}
    run = play(
        task("look", "crosstenant_default", policy(sim)),
        task("trust", "crosstenant_default", policy(sim, **trust)),
        task("both", "crosstenant_default", policy(sim, state="reset", **trust), ignore_errors=True),
        task(
            "cloud",
            "crosstenant_default",
            policy(sim, cloud="usgov", tenant_restrictions={}, m365_collaboration_inbound={}),
            ignore_errors=True,
        ),
        task("unknown", "crosstenant_default", policy(sim, m365_collaboration_inbound={}), ignore_errors=True),
        task("reader", "crosstenant_default", {**TARGET.access(sim, "audit"), "state": "reset"}, check_mode=True),
        task("refused", "crosstenant_default", {**TARGET.access(sim, "audit"), "state": "reset"}, ignore_errors=True),
        fails=None,
    )
    assert not run["look"].changed
    assert stored(sim)["inboundTrust"] == {**TRUST, "isMfaAccepted": False}
    assert "inbound_trust" in run["both"].message
    assert "tenant_restrictions, m365_collaboration_inbound" in run["cloud"].message
    assert "usgov" in run["cloud"].message
    assert "state=reset" in run["unknown"].message
    for step in ("both", "cloud", "unknown"):
        assert run[step].requests.graph == []
    assert run["reader"].changed
    assert "Policy.ReadWrite.CrossTenantAccess" in run["refused"].message


def test_a_policy_that_shows_late_is_waited_for(sim: Simulator, play: Player) -> None:
    sim.update_settings(replication={"defaultPolicy": {"reads": 2}})
    run = play(
        *four_times("trust", "crosstenant_default", policy(sim, inbound_trust={"mfa_accepted": True})),
        *four_times("reset", "crosstenant_default", policy(sim, state="reset")),
    )
    assert_converges(run, "trust", [PATCH])
    assert_converges(run, "reset", [RESET])
