# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player, assert_converges, four_times, task
from integration.tenants import SOURCE, TARGET, allow_synchronization
from simulator import Simulator

POST, PATCH, DELETE = (
    "POST /policies/crossTenantAccessPolicy/partners",
    "PATCH /policies/crossTenantAccessPolicy/partners/{id}",
    "DELETE /policies/crossTenantAccessPolicy/partners/{id}",
)
USER, GROUP = "9f2d4a10-0000-4000-8000-00000000000a", "9f2d4a10-0000-4000-8000-00000000000b"


def partner(sim: Simulator, **options: Any) -> dict[str, Any]:
    return {**TARGET.access(sim), "partner_tenant_id": SOURCE.id, **options}


def stored(sim: Simulator) -> dict[str, Any]:
    found: dict[str, Any] = sim.state()[TARGET.id]["partners"][SOURCE.id]
    return found


def test_a_partner_is_created_with_what_is_named_and_nothing_else(sim: Simulator, play: Player) -> None:
    options = partner(sim, automatic_user_consent={"inbound_allowed": True})
    run = play(*four_times("create", "crosstenant_partner", options))
    created = assert_converges(run, "create", [POST])
    assert created["partner"]["partner_tenant_id"] == SOURCE.id
    assert created["partner"]["automatic_user_consent"] == {"inbound_allowed": True, "outbound_allowed": None}
    assert created["diff"]["before"] == {"automatic_user_consent": {"inbound_allowed": None}}
    assert created["diff"]["after"] == {
        "partner_tenant_id": SOURCE.id,
        "automatic_user_consent": {"inbound_allowed": True},
    }
    assert created.requests.bodies == [
        {"tenantId": SOURCE.id, "automaticUserConsentSettings": {"inboundAllowed": True}}
    ]
    assert stored(sim)["inboundTrust"] is None


def test_members_of_a_setting_are_merged_and_the_rest_survives(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    trust = {"isMfaAccepted": True, "isCompliantDeviceAccepted": None, "isHybridAzureADJoinedDeviceAccepted": False}
    everybody = {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]}
    sim.set_partner(
        TARGET.id,
        SOURCE.id,
        inboundTrust=trust,
        isServiceProvider=True,
        b2bCollaborationInbound={"usersAndGroups": everybody},
    )
    before = stored(sim)
    run = play(
        *four_times("consent", "crosstenant_partner", partner(sim, automatic_user_consent={"outbound_allowed": False})),
        *four_times("trust", "crosstenant_partner", partner(sim, inbound_trust={"compliant_device_accepted": True})),
    )
    consent = assert_converges(run, "consent", [PATCH])
    assert consent.requests.bodies == [
        {"automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": False}}
    ]
    assert consent["diff"] == {
        "before": {"automatic_user_consent": {"outbound_allowed": None}},
        "after": {"automatic_user_consent": {"outbound_allowed": False}},
    }
    changed = assert_converges(run, "trust", [PATCH])
    assert changed["partner"]["inbound_trust"] == {
        "mfa_accepted": True,
        "compliant_device_accepted": True,
        "hybrid_joined_device_accepted": False,
    }
    assert stored(sim) == {
        **before,
        "automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": False},
        "inboundTrust": {**trust, "isCompliantDeviceAccepted": True},
    }


def test_an_empty_dictionary_clears_a_setting(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    trust = {"isMfaAccepted": True, "isCompliantDeviceAccepted": True, "isHybridAzureADJoinedDeviceAccepted": False}
    sim.set_partner(TARGET.id, SOURCE.id, inboundTrust=trust)
    run = play(*four_times("clear", "crosstenant_partner", partner(sim, inbound_trust={})))
    cleared = assert_converges(run, "clear", [PATCH])
    assert cleared.requests.bodies == [{"inboundTrust": None}]
    assert cleared["diff"]["after"]["inbound_trust"]["mfa_accepted"] is None
    assert stored(sim)["inboundTrust"] is None
    assert stored(sim)["automaticUserConsentSettings"]["inboundAllowed"] is True


def test_the_order_of_targets_does_not_matter(sim: Simulator, play: Player) -> None:
    def settings(*targets: dict[str, str]) -> dict[str, Any]:
        rule = {"access_type": "blocked", "targets": list(targets)}
        return partner(sim, b2b_collaboration_inbound={"users_and_groups": rule})

    user, group = {"target": USER, "target_type": "user"}, {"target": GROUP.upper(), "target_type": "group"}
    run = play(
        *four_times("block", "crosstenant_partner", settings(user, group)),
        task("other order", "crosstenant_partner", settings(group, user)),
        task("fewer", "crosstenant_partner", settings(user)),
    )
    assert_converges(run, "block", [POST])
    assert not run["other order"].changed
    assert run["fewer"].writes == [PATCH]
    assert run["fewer"]["partner"]["b2b_collaboration_inbound"]["users_and_groups"]["targets"] == [user]


def test_properties_that_graph_shows_but_does_not_declare_are_not_sent_back(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    run = play(task("trust", "crosstenant_partner", partner(sim, inbound_trust={"mfa_accepted": True})))
    assert run["trust"].requests.bodies == [{"inboundTrust": {"isMfaAccepted": True}}]
    assert "cross" not in str(run["trust"]["partner"].keys()).replace("crosstenant", "")


def test_a_partner_is_deleted_after_its_identity_synchronization_only(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    options = partner(sim, state="absent")
    run = play(
        task("too early", "crosstenant_partner", options, ignore_errors=True),
        task("policy", "identity_sync", {**TARGET.access(sim), "partner_tenant_id": SOURCE.id, "state": "absent"}),
        *four_times("delete", "crosstenant_partner", options),
        fails=None,
    )
    refused = run["too early"]
    assert "delete the partner configuration" in refused.message
    assert TARGET.id in refused.message
    assert "identity" in refused.message.lower()
    assert refused["error"]["status"] == 400
    deleted = assert_converges(run, "delete", [DELETE])
    assert deleted["partner"] is None
    assert deleted["diff"]["before"]["partner_tenant_id"] == SOURCE.id
    assert deleted["diff"]["after"] == {}
    assert sim.state()[TARGET.id]["partners"] == {}


def test_a_partner_may_be_named_by_its_domain(sim: Simulator, play: Player) -> None:
    domain = partner(sim, partner_tenant_id="Contoso.Example")
    run = play(
        *four_times("by domain", "crosstenant_partner", domain),
        task("of nobody", "crosstenant_partner", partner(sim, partner_tenant_id="nobody.example"), ignore_errors=True),
        fails=None,
    )
    assert assert_converges(run, "by domain", [POST])["partner"]["partner_tenant_id"] == SOURCE.id
    assert "partner_tenant_id" in run["of nobody"].message
    assert "nobody.example" in run["of nobody"].message
    sim.remove_permission(TARGET.id, TARGET.client("automation"), "CrossTenantInformation.ReadBasic.All")
    assert not play(task("without the permission to look it up", "crosstenant_partner", domain)).changed


def test_bad_names_of_partners_are_refused_before_anything_is_written(sim: Simulator, play: Player) -> None:
    names = {"own id": TARGET.id, "own domain": TARGET.domain, "malformed": "11111111-aaaa", "empty": ""}
    tasks = [
        task(name, "crosstenant_partner", partner(sim, partner_tenant_id=value), ignore_errors=True)
        for name, value in names.items()
    ]
    run = play(*tasks, fails=None)
    for name in names:
        assert "partner_tenant_id" in run[name].message
    assert TARGET.id in run["own domain"].message
    assert run.requests.writes == []


def test_a_missing_permission_is_named_with_the_tenant_and_the_remedy(sim: Simulator, play: Player) -> None:
    audit = {**TARGET.access(sim, "audit"), "partner_tenant_id": SOURCE.id}
    nothing = {**TARGET.access(sim, "nothing"), "partner_tenant_id": SOURCE.id}
    run = play(
        task("check", "crosstenant_partner", audit, check_mode=True),
        task("write", "crosstenant_partner", audit, ignore_errors=True),
        task("read", "crosstenant_partner", nothing, ignore_errors=True),
        fails=None,
    )
    assert run["check"].changed
    for step, permission in (("write", "Policy.ReadWrite.CrossTenantAccess"), ("read", "Policy.Read.All")):
        assert permission in run[step].message
        assert TARGET.id in run[step].message
        error = run[step]["error"]
        assert (error["status"], error["code"]) == (403, "Authorization_RequestDenied")
        assert error["request_id"] in run[step]["graph"]["request_ids"]
        assert error["tenant_id"] == TARGET.id


def test_a_partner_that_somebody_else_makes_meanwhile_is_adopted(sim: Simulator, play: Player) -> None:
    sim.add_fault(method="POST", path="/partners$", effect="drop_after")
    run = play(task("create", "crosstenant_partner", partner(sim, inbound_trust={"mfa_accepted": True})))
    assert run["create"].changed
    assert run["create"].writes.count(POST) == 1
    assert stored(sim)["inboundTrust"]["isMfaAccepted"] is True
