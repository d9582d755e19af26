# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player
from integration.pair import PERMITTED, ROLE, SOURCE_SIGN_IN, TARGET_PARTNER, TARGET_SIGN_IN, pair
from integration.tenants import ADELE, SOURCE, TARGET, Tenant
from simulator import Simulator


def consent(tenant: Tenant, app: str) -> list[str]:
    """Where an administrator consents to an app's permissions."""
    return [f"/{tenant.id}/adminconsent", f"client_id={tenant.client(app)}"]


def cases(sim: Simulator) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """What is wrong with a pair, and what the failing task's name and its message must name."""
    source, target = SOURCE.access(sim), TARGET.access(sim)
    expired = "contoso-automation-expired-fake-secret"
    return {
        "unknown key": (pair(sim, source={**source, "clientid": "x"}), ["cross_tenant_sync_source", "clientid"]),
        "unknown partner option": (
            pair(sim, target_partner={"inbound_trusts": {}}),
            ["cross_tenant_sync_target_partner", "inbound_trusts"],
        ),
        "forbidden partner option": (
            pair(sim, source_partner={"state": "absent"}),
            ["cross_tenant_sync_source_partner", "state"],
        ),
        "malformed partner option of the source": (
            pair(
                sim,
                source_partner={
                    "b2b_collaboration_outbound": {"users_and_groups": {"access_type": "maybe", "targets": []}}
                },
            ),
            ["partner settings of the source", "b2b_collaboration_outbound", "maybe"],
        ),
        "mapping without a source": (
            pair(sim, schema={"attribute_mappings": [{"target": "department"}]}),
            ["Mappings and filters", "source"],
        ),
        "unknown schema option": (pair(sim, schema={"usertype": "guest"}), ["cross_tenant_sync_schema", "usertype"]),
        "unusable filter": (
            pair(
                sim,
                schema={
                    "scoping_filters": [
                        {"name": "x", "clauses": [{"attribute": "manager", "operator": "IS NULL"}]},
                    ]
                },
            ),
            ["Mappings and filters", "scoping_filters", "manager"],
        ),
        "groups of everybody": (
            pair(sim, group_sync=True, scope="all"),
            ["cross_tenant_sync_group_sync", "cross_tenant_sync_scope", "assigned"],
        ),
        "unknown trust": (
            pair(sim, source_partner={"inbound_trust": {"mfa": True}}),
            ["cross_tenant_sync_source_partner", "inbound_trust", "mfa"],
        ),
        "unknown consent": (
            pair(sim, target_partner={"automatic_user_consent": {"inbound": True}}),
            ["cross_tenant_sync_target_partner", "automatic_user_consent", "inbound"],
        ),
        "unknown option of a collaboration": (
            pair(sim, target_partner={"b2b_collaboration_inbound": {"guests": {}}}),
            [TARGET_PARTNER, "b2b_collaboration_inbound", "guests"],
        ),
        "no tenant": (
            pair(sim, source={**source, "tenant_id": ""}),
            [SOURCE_SIGN_IN, "tenant_id", "ENTRA_SOURCE_TENANT_ID"],
        ),
        "no other tenant": (
            pair(sim, target={name: value for name, value in target.items() if name != "tenant_id"}),
            [TARGET_SIGN_IN, "tenant_id", "ENTRA_TARGET_TENANT_ID"],
        ),
        "malformed tenant": (
            pair(sim, target={**target, "tenant_id": "22222222-aaaa"}),
            [TARGET_SIGN_IN, "tenant_id", "22222222-aaaa"],
        ),
        "malformed client": (pair(sim, source={**source, "client_id": "me"}), ["client_id", "'me'"]),
        "unknown tenant": (
            pair(sim, target={**target, "tenant_id": "nobody.example"}),
            [TARGET_SIGN_IN, "tenant_id", "nobody.example", "AADSTS90002"],
        ),
        "own tenant": (pair(sim, target=source), [SOURCE.id, "cross_tenant_sync_source", "cross_tenant_sync_target"]),
        "own tenant by domain": (
            pair(sim, target={**source, "tenant_id": SOURCE.domain}),
            [SOURCE.id, "cross_tenant_sync_source", "cross_tenant_sync_target"],
        ),
        "a cloud whose template is not known": (
            pair(sim, source={**source, "cloud": "usgov"}, target={**target, "cloud": "usgov"}),
            ["cross_tenant_sync_template_id", "usgov"],
        ),
        "source in another cloud": (
            pair(sim, source={**source, "cloud": "usgov"}),
            ["cross_tenant_sync_source.cloud is usgov", "cross_tenant_sync_target.cloud is global", "not supported"],
        ),
        "target in another cloud": (
            pair(sim, target={**target, "cloud": "china"}),
            ["cross_tenant_sync_source.cloud is global", "cross_tenant_sync_target.cloud is china", "not supported"],
        ),
        "secret of the other": (
            pair(sim, source={**source, "client_secret": TARGET.secret()}),
            [SOURCE_SIGN_IN, "client_secret", SOURCE.id, "AADSTS7000215"],
        ),
        "app of the other": (
            pair(sim, target={**source, "tenant_id": TARGET.id}),
            [TARGET_SIGN_IN, "client_id", "tenant_id", TARGET.id, "AADSTS700016"],
        ),
        "expired secret": (
            pair(sim, source={**source, "client_secret": expired}),
            [SOURCE_SIGN_IN, "expired", SOURCE.id, "AADSTS7000222"],
        ),
        "short secret": (pair(sim, source={**source, "client_secret": "short"}), ["client_secret", "8"]),
        "no sign-in": (pair(sim, source={**source, "client_secret": ""}), ["client_secret"]),
        "source may do nothing": (
            pair(sim, source=SOURCE.access(sim, "nothing")),
            [PERMITTED, SOURCE.id, "User.Read", *consent(SOURCE, "nothing")],
        ),
        "source may do nothing, nobody named": (
            pair(sim, source=SOURCE.access(sim, "nothing"), principals=[]),
            [PERMITTED, SOURCE.id, "Synchronization.ReadWrite.All", *consent(SOURCE, "nothing")],
        ),
        "source may only read": (
            pair(sim, source=SOURCE.access(sim, "audit")),
            [
                PERMITTED,
                SOURCE.id,
                "Synchronization.ReadWrite.All",
                "AppRoleAssignment.ReadWrite.All",
                *consent(SOURCE, "audit"),
            ],
        ),
        "target may only read": (
            pair(sim, target=TARGET.access(sim, "audit")),
            [PERMITTED, TARGET.id, "Policy.ReadWrite.CrossTenantAccess", *consent(TARGET, "audit")],
        ),
        "neither may write": (
            pair(sim, source=SOURCE.access(sim, "audit"), target=TARGET.access(sim, "audit")),
            [PERMITTED, *consent(TARGET, "audit"), *consent(SOURCE, "audit"), "AppRoleAssignment.ReadWrite.All"],
        ),
        "nobody may be removed": (
            pair(sim, source=SOURCE.access(sim, "audit"), principals=[], principals_state="exact"),
            [PERMITTED, "AppRoleAssignment.ReadWrite.All"],
        ),
        "unknown user": (
            pair(sim, principals=[{"user": "who@contoso.example"}, {"user": ADELE}]),
            ["principals", "who@"],
        ),
        "unknown test user": (pair(sim, test_users=["who@contoso.example"]), ["users", "who@contoso.example"]),
        "unknown test users in one text": (
            pair(sim, test_users=f"who@contoso.example, {ADELE}"),
            ["users", "'who@contoso.example'"],
        ),
        "malformed principal": (pair(sim, principals=[{"object_id": "adele"}]), ["principals", "adele"]),
        "two names for one": (pair(sim, principals=[{"user": ADELE, "group": "Sales"}]), ["principals", "exactly one"]),
    }


def test_whatever_is_wrong_fails_before_anything_is_written_and_says_what_it_is(sim: Simulator, play: Player) -> None:
    wrong = cases(sim)
    run = play(ROLE, hosts={name: variables for name, (variables, dummy) in wrong.items()}, fails=True)
    assert run.requests.writes == []
    for name, (dummy, parts) in wrong.items():
        failure = run.of(name).failure
        message = f"{failure.task}: {failure.message}"
        assert [part for part in parts if part not in message] == [], f"{name}: {message}"
    for secret in ("contoso-automation-expired-fake-secret", SOURCE.secret(), TARGET.secret()):
        assert secret not in str(run)


def test_permissions_are_not_compared_where_the_preflight_is_off(sim: Simulator, play: Player) -> None:
    variables = pair(sim, target=TARGET.access(sim, "audit"), preflight=False)
    run = play(ROLE, vars=variables, fails=True)
    assert run.failure.task == TARGET_PARTNER
    assert "Policy.ReadWrite.CrossTenantAccess" in run.failure.message
    # Not even then a tenant is its own partner.
    run = play(ROLE, vars={**variables, "cross_tenant_sync_target": SOURCE.access(sim)}, fails=True)
    assert "cannot be its own partner" in run.failure.message
    assert run.requests.writes == []
