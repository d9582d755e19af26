# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_closure import settings_of
from ansible_collections.entra.crosstenant.plugins.modules.sync_closure import TASK

from unit.conversation import Exchange
from unit.factories import HOME, OTHER, Clock, Tree, error_body, not_found, run, run_four_times

PARTNER = f"/v1.0/policies/crossTenantAccessPolicy/partners/{OTHER}"
POLICY = f"{PARTNER}/identitySynchronization"
CONSENT = "automaticUserConsentSettings"
ALLOWED = {"tenantId": OTHER, "displayName": "Contoso", "userSyncInbound": {"isSyncAllowed": True}}
INBOUND = {"partner_tenant_id": OTHER, "direction": "inbound"}
OUTBOUND = {"partner_tenant_id": OTHER, "direction": "outbound"}


def partner(inbound: bool | None = None, outbound: bool | None = None, **more: t.Any) -> Tree:
    """A partner as the service makes it, with properties that nobody declares."""
    return {
        "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#policies",
        "tenantId": OTHER,
        "inboundTrust": None,
        "b2bCollaborationInbound": None,
        "isServiceProvider": None,
        "isInMultiTenantOrganization": False,
        "crossCloudMeetingConfiguration": {"inboundAllowed": None, "outboundAllowed": None},
        "protectedContentSharing": {"inboundAllowed": False},
        CONSENT: {"inboundAllowed": inbound, "outboundAllowed": outbound},
        **more,
    }


def reading(found: Tree | None, policy: Tree | None = None) -> list[Exchange]:
    if found is None:
        return [not_found("GET", PARTNER)]
    shown = not_found("GET", POLICY) if policy is None else Exchange("GET", POLICY, reply=policy)
    return [Exchange("GET", PARTNER, reply=found), shown]


def deleting(path: str) -> list[Exchange]:
    return [Exchange("DELETE", path, status=204), not_found("GET", path)]


def withdrawing(left: Tree, found: Tree) -> list[Exchange]:
    return [Exchange("PATCH", PARTNER, json={CONSENT: left}, status=204), Exchange("GET", PARTNER, reply=found)]


def test_an_unused_target_is_closed_policy_first() -> None:
    runs = run_four_times(
        TASK,
        INBOUND,
        before=reading(partner(inbound=True), ALLOWED),
        writing=[*deleting(POLICY), *deleting(PARTNER)],
        after=reading(None),
    )
    before, after = runs.diff
    assert after == {"identity_sync": None, "partner": None}
    assert before["identity_sync"] == {"display_name": "Contoso", "user_sync_inbound_allowed": True}
    assert before["partner"]["automatic_user_consent"]["inbound_allowed"] is True
    assert runs.do.values == {"partner": None, "identity_sync": None, "kept_for": []}


def test_an_unused_source_is_closed() -> None:
    run_four_times(
        TASK, OUTBOUND, before=reading(partner(outbound=True)), writing=deleting(PARTNER), after=reading(None)
    )


@pytest.mark.parametrize(
    ("kept_for", "settings"),
    [
        ("inboundTrust", {"inboundTrust": {"isMfaAccepted": False}}),
        ("b2bCollaborationInbound", {"b2bCollaborationInbound": {"applications": {"accessType": "blocked"}}}),
        ("m365Capabilities", {"m365Capabilities": ["something new"]}),
        ("the multitenant organization", {"isInMultiTenantOrganization": True}),
        ("a service provider", {"isServiceProvider": True}),
    ],
)
def test_whatever_else_is_set_keeps_the_partner(kept_for: str, settings: Tree) -> None:
    found = partner(outbound=True, **settings)
    runs = run_four_times(
        TASK,
        OUTBOUND,
        before=reading(found),
        writing=withdrawing({"outboundAllowed": False}, partner(outbound=False, **settings)),
        after=reading(partner(outbound=False, **settings)),
    )
    assert runs.diff == (
        {"partner": {"automatic_user_consent": {"outbound_allowed": True}}},
        {"partner": {"automatic_user_consent": {"outbound_allowed": False}}},
    )
    assert runs.do.values["kept_for"] == runs.again.values["kept_for"] == [kept_for]


@pytest.mark.parametrize("wish", ["if_unused", "remove"])
def test_the_opposite_direction_keeps_its_consent_and_policy(wish: str) -> None:
    runs = run_four_times(
        TASK,
        {**OUTBOUND, "partner": wish},
        before=reading(partner(inbound=True, outbound=True), ALLOWED),
        writing=withdrawing({"inboundAllowed": True, "outboundAllowed": False}, partner(True, False)),
        after=reading(partner(True, False), ALLOWED),
    )
    assert runs.do.values["identity_sync"] == {"display_name": "Contoso", "user_sync_inbound_allowed": True}
    assert len(runs.do.values["kept_for"]) == 2


def test_a_policy_alone_keeps_the_partner_of_a_source() -> None:
    result = run(TASK, OUTBOUND, *reading(partner(), ALLOWED))
    assert (result.changed, result.values["partner"] is None) == (False, False)


def test_removing_takes_the_settings_along() -> None:
    trusting = partner(inbound=True, inboundTrust={"isMfaAccepted": True})
    result = run(TASK, {**INBOUND, "partner": "remove"}, *reading(trusting), *deleting(PARTNER))
    assert result.before["partner"]["inbound_trust"]["mfa_accepted"] is True


def test_keeping_withdraws_the_consent() -> None:
    run_four_times(
        TASK,
        {**INBOUND, "partner": "keep"},
        before=reading(partner(inbound=True), ALLOWED),
        writing=[*deleting(POLICY), *withdrawing({"inboundAllowed": False}, partner(inbound=False))],
        after=reading(partner(inbound=False)),
    )


def refusal(status: int) -> Exchange:
    return Exchange("DELETE", PARTNER, status=status, reply=error_body("Request_BadRequest", "A policy exists."))


@pytest.mark.parametrize("status", [400, 409])
def test_a_partner_whose_policy_the_service_still_sees_is_asked_for_again(status: int) -> None:
    clock = Clock()
    talk = [*reading(partner(inbound=True), ALLOWED), *deleting(POLICY), refusal(status), *deleting(PARTNER)]
    assert run(TASK, INBOUND, *talk, clock=clock).changed
    assert len(clock.waits) == 1


def test_a_partner_that_is_refused_for_good_is_a_failure() -> None:
    with pytest.raises(GraphError) as raised:
        run(TASK, INBOUND, *reading(partner(inbound=True)), refusal(400))
    assert "delete the partner configuration" in raised.value.explanation()


def test_a_policy_that_cannot_be_read_is_not_taken_for_none() -> None:
    refused = Exchange("GET", POLICY, status=403, reply=error_body("Authorization_RequestDenied"))
    with pytest.raises(GraphError):
        run(TASK, OUTBOUND, Exchange("GET", PARTNER, reply=partner(outbound=True)), refused)


def test_nobody_is_his_own_partner() -> None:
    with pytest.raises(InputError):
        run(TASK, {**OUTBOUND, "partner_tenant_id": HOME})


def test_a_fresh_partner_has_no_settings() -> None:
    assert settings_of(partner(True, True)) == []


def kept_to_the_platform(status: int, code: str) -> Exchange:
    """How the service refuses to let a partner's consent be changed."""
    body = {CONSENT: {"outboundAllowed": False}}
    return Exchange("PATCH", PARTNER, json=body, status=status, reply=error_body(code, "Not this one."))


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_consent_that_the_service_keeps_to_the_platform_is_warned_of(status: int) -> None:
    found = partner(outbound=True, isInMultiTenantOrganization=True)
    result = run(TASK, OUTBOUND, *reading(found), kept_to_the_platform(status, "NotAllowed"))
    assert (result.changed, result.before, result.after) == (False, {}, {})
    assert result.values["partner"]["automatic_user_consent"]["outbound_allowed"] is True
    assert "the multitenant organization" in result.warnings[0]
    assert "Not this one" in result.warnings[0]


@pytest.mark.parametrize(
    ("member", "code"), [({}, "NotAllowed"), ({"isInMultiTenantOrganization": True}, "Authorization_RequestDenied")]
)
def test_any_other_refusal_is_a_failure(member: Tree, code: str) -> None:
    found = partner(outbound=True, **member)
    with pytest.raises(GraphError, match="Not this one"):
        run(TASK, {**OUTBOUND, "partner": "keep"}, *reading(found), kept_to_the_platform(403, code))
