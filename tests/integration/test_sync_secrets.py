# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from integration.harness import Player, assert_converges, behind_the_back, four_times, task
from integration.tenants import NOTIFICATIONS, SOURCE, STRANGER, TARGET, ZERO, add_configuration, allow_synchronization
from simulator import Simulator

VALIDATE = "POST /servicePrincipals/{id}/synchronization/jobs/validateCredentials"
PUT = "PUT /servicePrincipals/{id}/synchronization/secrets"


def settings(sim: Simulator, principal: str, **options: Any) -> dict[str, Any]:
    return {**SOURCE.access(sim), "service_principal_id": principal, "target_tenant_id": TARGET.id, **options}


def stored(sim: Simulator, principal: str) -> dict[str, Any]:
    found: dict[str, Any] = sim.state()[SOURCE.id]["servicePrincipals"][principal]["secrets"]
    return found


def test_settings_are_tested_stored_once_and_tested_again(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    principal = add_configuration(sim, secrets={})
    options = settings(sim, principal, scope="assigned", deletion_protection={"enabled": True, "threshold": 100})
    run = play(
        *four_times("store", "sync_secrets", options),
        task("without a test", "sync_secrets", {**options, "validate": False}),
    )
    done = assert_converges(run, "store", [VALIDATE, PUT], every_time=[VALIDATE])
    assert done["settings"] == {
        "service_principal_id": principal,
        "target_tenant_id": TARGET.id,
        "authentication_type": "SyncPolicy",
        "scope": "assigned",
        "notifications": done["settings"]["notifications"],
        "deletion_protection": {"enabled": True, "threshold": 100},
    }
    assert run["without a test"].writes == []
    assert stored(sim, principal)["CompanyId"] == TARGET.id
    assert stored(sim, principal)["SyncAll"] == "false"
    notifications = json.loads(stored(sim, principal)["SyncNotificationSettings"])
    assert notifications == {**NOTIFICATIONS, "DeleteThresholdValue": 100}


@pytest.mark.parametrize("mode", ["merge", "replace"])
def test_what_is_not_named_keeps_its_value(sim: Simulator, play: Player, mode: str) -> None:
    sim.update_settings(secrets_mode=mode)
    allow_synchronization(sim)
    principal = add_configuration(sim)
    unknown = {**NOTIFICATIONS, "Recipients": "old@contoso.example", "SomethingNew": [1]}
    sim.set_secret(SOURCE.id, principal, "SyncNotificationSettings", json.dumps(unknown))
    sim.set_secret(SOURCE.id, principal, "UpdateKeyOnSoftDelete", "true")
    before = stored(sim, principal)
    options = settings(sim, principal, scope="all", notifications={"enabled": True})
    done = assert_converges(
        play(*four_times("widen", "sync_secrets", options)), "widen", [VALIDATE, PUT], every_time=[VALIDATE]
    )
    assert done["diff"] == {
        "before": {"scope": "assigned", "notifications": {"enabled": False}},
        "after": {"scope": "all", "notifications": {"enabled": True}},
    }
    after = stored(sim, principal)
    assert json.loads(after.pop("SyncNotificationSettings")) == {**unknown, "Enabled": True}
    before.pop("SyncNotificationSettings")
    assert after == {**before, "SyncAll": "true"}


def test_recipients_are_a_set_and_empty_dictionaries_switch_off(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    principal = add_configuration(sim)
    people = ["one@contoso.example", "two@contoso.example"]

    def mail(recipients: list[str]) -> dict[str, Any]:
        return settings(sim, principal, notifications={"enabled": True, "recipients": recipients}, validate=False)

    off = settings(sim, principal, notifications={}, deletion_protection={}, validate=False)
    run = play(
        *four_times("mail", "sync_secrets", mail(people)),
        task("other order", "sync_secrets", mail([people[1].upper(), people[0]])),
        *four_times("off", "sync_secrets", off),
    )
    assert assert_converges(run, "mail", [PUT])["settings"]["notifications"]["recipients"] == people
    assert not run["other order"].changed
    switched_off = assert_converges(run, "off", [PUT])
    assert switched_off["settings"]["notifications"] == {"enabled": False, "recipients": []}
    assert switched_off["settings"]["deletion_protection"]["enabled"] is False


def test_policies_that_do_not_allow_it_fail_before_anything_is_stored(sim: Simulator, play: Player) -> None:
    principal = add_configuration(sim, secrets={})
    options = settings(sim, principal, validate_wait=0)
    outbound = {"inboundAllowed": None, "outboundAllowed": True}
    run = play(
        task("source side", "sync_secrets", options, ignore_errors=True),
        behind_the_back(sim, "set_partner", tenant=SOURCE.id, partner=TARGET.id, automaticUserConsentSettings=outbound),
        task("target side", "sync_secrets", options, ignore_errors=True),
        task("elsewhere", "sync_secrets", {**options, "target_tenant_id": STRANGER}, ignore_errors=True),
        fails=None,
    )
    assert "source tenant has not enabled automatic user consent" in run["source side"].message
    assert "target tenant has not enabled inbound synchronization" in run["target side"].message
    for refused in (run["source side"], run["target side"]):
        assert refused["error"]["code"] == "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"
        assert refused.writes == [VALIDATE]
        for part in ("outbound_allowed", "inbound_allowed", "user_sync_inbound_allowed", SOURCE.id, TARGET.id):
            assert part in refused.message
    assert run["elsewhere"]["error"]["code"] == "ExternalTenantNotFound"
    assert "target_tenant_id" in run["elsewhere"].message
    assert stored(sim, principal) == {}


def test_policies_written_a_moment_ago_are_waited_for(sim: Simulator, play: Player) -> None:
    sim.update_settings(replication={"policyPropagation": {"seconds": 1}})
    principal = add_configuration(sim, secrets={})
    target, source = TARGET.access(sim), SOURCE.access(sim)
    consent = "automatic_user_consent"
    run = play(
        task(
            "in", "crosstenant_partner", {**target, "partner_tenant_id": SOURCE.id, consent: {"inbound_allowed": True}}
        ),
        task("sync", "identity_sync", {**target, "partner_tenant_id": SOURCE.id, "user_sync_inbound_allowed": True}),
        task(
            "out",
            "crosstenant_partner",
            {**source, "partner_tenant_id": TARGET.id, consent: {"outbound_allowed": True}},
        ),
        task("store", "sync_secrets", settings(sim, principal)),
    )
    assert run["store"].changed
    assert run["store"].writes.count(PUT) == 1
    assert stored(sim, principal)["CompanyId"] == TARGET.id
    # How often it is asked depends on the machine, and is no part of what both ways have in common.
    play.runs[play.way].clear()


def test_a_configuration_is_found_by_the_target_it_stores(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    principal = add_configuration(sim, display_name="whatever")
    options = {**SOURCE.access(sim), "target_tenant_id": TARGET.id, "scope": "all"}
    stranger = {**options, "target_tenant_id": STRANGER}
    run = play(
        *four_times("by target", "sync_secrets", options),
        task("none: check", "sync_secrets", stranger, check_mode=True),
        task("none", "sync_secrets", stranger, ignore_errors=True),
        task("placeholder: check", "sync_secrets", {**options, "service_principal_id": ZERO}, check_mode=True),
        task("placeholder", "sync_secrets", {**options, "service_principal_id": ZERO}, ignore_errors=True),
        fails=None,
    )
    done = assert_converges(run, "by target", [VALIDATE, PUT], every_time=[VALIDATE])
    assert done["settings"]["service_principal_id"] == principal
    assert run["none: check"].changed
    assert run["placeholder: check"].changed
    assert STRANGER in run["none"].message
    assert "sync_app" in run["none"].message
    assert "service_principal_id" in run["placeholder"].message


def test_a_missing_permission_of_the_synchronization_service_is_named(sim: Simulator, play: Player) -> None:
    allow_synchronization(sim)
    principal = add_configuration(sim, secrets={})
    sim.remove_permission(SOURCE.id, SOURCE.client("automation"), "Synchronization.ReadWrite.All")
    refused = play(task("store", "sync_secrets", settings(sim, principal)), fails=True).failure
    assert "Synchronization.Read" in refused.message
    assert SOURCE.id in refused.message
    assert refused["error"]["status"] == 401
    assert stored(sim, principal) == {}
