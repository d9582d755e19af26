# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from integration.harness import Player
from integration.pair import ROLE, pair
from integration.tenants import ADELE, SOURCE, TARGET
from simulator import Simulator


def cases(sim: Simulator) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """What is wrong with a pair, and what the message must name."""
    source, target = SOURCE.access(sim), TARGET.access(sim)
    expired = "contoso-automation-expired-fake-secret"
    return {
        "unknown key": (pair(sim, source={**source, "clientid": "x"}), ["cross_tenant_sync_source", "clientid"]),
        "unknown partner option": (
            pair(sim, target_partner={"inbound_trusts": {}}),
            ["cross_tenant_sync_target_partner", "inbound_trusts"],
        ),
        "no tenant": (
            pair(sim, source={**source, "tenant_id": ""}),
            ["cross_tenant_sync_source", "tenant_id", "ENTRA_SOURCE_TENANT_ID"],
        ),
        "malformed tenant": (
            pair(sim, target={**target, "tenant_id": "22222222-aaaa"}),
            ["tenant_id", "22222222-aaaa"],
        ),
        "malformed client": (pair(sim, source={**source, "client_id": "me"}), ["client_id", "'me'"]),
        "unknown tenant": (
            pair(sim, target={**target, "tenant_id": "nobody.example"}),
            ["tenant_id", "nobody.example"],
        ),
        "own tenant": (pair(sim, target=source), [SOURCE.id, "cross_tenant_sync_source", "cross_tenant_sync_target"]),
        "own tenant by domain": (
            pair(sim, target={**source, "tenant_id": SOURCE.domain}),
            [SOURCE.id, "cross_tenant_sync_target"],
        ),
        "secret of the other": (
            pair(sim, source={**source, "client_secret": TARGET.secret()}),
            ["client_secret", SOURCE.id, "AADSTS7000215"],
        ),
        "app of the other": (
            pair(sim, target={**source, "tenant_id": TARGET.id}),
            ["client_id", "tenant_id", TARGET.id, "AADSTS700016"],
        ),
        "expired secret": (
            pair(sim, source={**source, "client_secret": expired}),
            ["expired", SOURCE.id, "AADSTS7000222"],
        ),
        "short secret": (pair(sim, source={**source, "client_secret": "short"}), ["client_secret", "8"]),
        "no sign-in": (pair(sim, source={**source, "client_secret": ""}), ["client_secret"]),
        "source may do nothing": (pair(sim, source=SOURCE.access(sim, "nothing")), [SOURCE.id, "User.Read"]),
        "source may do nothing, nobody named": (
            pair(sim, source=SOURCE.access(sim, "nothing"), principals=[]),
            [SOURCE.id, "cross_tenant_sync_source"],
        ),
        "source may only read": (
            pair(sim, source=SOURCE.access(sim, "audit")),
            ["cross_tenant_sync_source", SOURCE.id, "Synchronization.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"],
        ),
        "target may only read": (
            pair(sim, target=TARGET.access(sim, "audit")),
            ["cross_tenant_sync_target", TARGET.id, "Policy.ReadWrite.CrossTenantAccess", "adminconsent"],
        ),
        "unknown user": (
            pair(sim, principals=[{"user": "who@contoso.example"}, {"user": ADELE}]),
            ["principals", "who@"],
        ),
        "unknown test user": (pair(sim, test_users=["who@contoso.example"]), ["users", "who@contoso.example"]),
        "malformed principal": (pair(sim, principals=[{"object_id": "adele"}]), ["principals", "adele"]),
        "two names for one": (pair(sim, principals=[{"user": ADELE, "group": "Sales"}]), ["principals", "exactly one"]),
    }


def test_whatever_is_wrong_fails_before_anything_is_written_and_says_what_it_is(sim: Simulator, play: Player) -> None:
    wrong = cases(sim)
    run = play(ROLE, hosts={name: variables for name, (variables, dummy) in wrong.items()}, fails=True)
    assert run.requests.writes == []
    for name, (dummy, parts) in wrong.items():
        message = run.of(name).failure.message
        assert [part for part in parts if part not in message] == [], f"{name}: {message}"
    for secret in ("contoso-automation-expired-fake-secret", SOURCE.secret(), TARGET.secret()):
        assert secret not in str(run)
