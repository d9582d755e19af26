# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""crosstenant_partner: what is named is made so, and nothing else is touched."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError, LostAnswer
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.partner import Partner
from ansible_collections.entra.crosstenant.plugins.modules.crosstenant_partner import TASK

from unit.conversation import Exchange
from unit.factories import (
    HOME,
    LOGIN,
    OTHER,
    Clock,
    Tree,
    asks_within,
    error_body,
    guid,
    not_found,
    run,
    run_four_times,
)

PARTNERS = "/v1.0/policies/crossTenantAccessPolicy/partners"
PATH = f"{PARTNERS}/{OTHER}"
DOMAIN = "fabrikam.example"
LOOKUP = f"/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='{DOMAIN}')"
INBOUND = {"partner_tenant_id": OTHER, "automatic_user_consent": {"inbound_allowed": True}}
BLOCKS = (
    "b2b_collaboration_inbound",
    "b2b_collaboration_outbound",
    "b2b_direct_connect_inbound",
    "b2b_direct_connect_outbound",
    "tenant_restrictions",
)


def partner(**settings: t.Any) -> Tree:
    """A partner as Graph shows it, with properties that no client declares."""
    return {
        "tenantId": OTHER,
        "isServiceProvider": None,
        "inboundTrust": None,
        "b2bCollaborationInbound": None,
        "automaticUserConsentSettings": {"inboundAllowed": None, "outboundAllowed": None},
        "crossCloudMeetingConfiguration": {"inboundAllowed": None, "outboundAllowed": None},
        "protectedContentSharing": {},
        **settings,
    }


def consent(inbound: bool | None = None, outbound: bool | None = None) -> Tree:
    return {"automaticUserConsentSettings": {"inboundAllowed": inbound, "outboundAllowed": outbound}}


def trust(mfa: bool | None = None, device: bool | None = None, hybrid: bool | None = None) -> Tree:
    return {
        "inboundTrust": {
            "isMfaAccepted": mfa,
            "isCompliantDeviceAccepted": device,
            "isHybridAzureADJoinedDeviceAccepted": hybrid,
        }
    }


def targets(kind: str, *names: str, access: str = "allowed") -> Tree:
    """A target configuration as Graph keeps it."""
    return {"accessType": access, "targets": [{"target": name, "targetType": kind} for name in names]}


def target_option(kind: str, *names: str, access: str = "allowed") -> Tree:
    return {"access_type": access, "targets": [{"target": name, "target_type": kind} for name in names]}


def reading(found: Tree | None, path: str = PATH) -> Exchange:
    return not_found("GET", path) if found is None else Exchange("GET", path, reply=found)


def patching(body: Tree) -> Exchange:
    return Exchange("PATCH", PATH, json=body, status=204)


def posting(body: Tree, **more: t.Any) -> Exchange:
    return Exchange("POST", PARTNERS, json={"tenantId": OTHER, **body}, **{"status": 201, **more})


def test_a_partner_is_created_with_what_is_named_and_no_null() -> None:
    made = partner(**consent(inbound=True))
    runs = run_four_times(
        TASK,
        INBOUND,
        before=[reading(None)],
        writing=[posting({"automaticUserConsentSettings": {"inboundAllowed": True}}, reply=made), reading(made)],
        after=[reading(made)],
    )
    assert runs.diff == (
        {"automatic_user_consent": {"inbound_allowed": None}},
        {"partner_tenant_id": OTHER, "automatic_user_consent": {"inbound_allowed": True}},
    )
    view = runs.do.values["partner"]
    assert view["partner_tenant_id"] == OTHER
    assert view["automatic_user_consent"] == {"inbound_allowed": True, "outbound_allowed": None}
    assert view["inbound_trust"]["mfa_accepted"] is None
    assert runs.check.values == runs.do.values == runs.again.values == runs.again_in_check.values


def test_a_partner_without_any_setting_is_created_with_its_id_only() -> None:
    made = partner()
    run_four_times(
        TASK,
        {"partner_tenant_id": OTHER},
        before=[reading(None)],
        writing=[posting({}, reply=made), reading(made)],
        after=[reading(made)],
    )


def test_a_setting_that_differs_is_changed_alone() -> None:
    existing = partner(**consent(outbound=True), **trust(mfa=True), b2bCollaborationInbound={"applications": None})
    after = {**existing, **consent(inbound=True, outbound=True)}
    runs = run_four_times(
        TASK,
        INBOUND,
        before=[reading(existing)],
        # Complete, so that a service that replaces the block keeps what was not named.
        writing=[
            patching({"automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": True}}),
            reading(after),
        ],
        after=[reading(after)],
    )
    assert runs.diff == (
        {"automatic_user_consent": {"inbound_allowed": None}},
        {"automatic_user_consent": {"inbound_allowed": True}},
    )
    assert runs.check.values == runs.do.values == runs.again.values
    assert runs.do.values["partner"]["inbound_trust"]["mfa_accepted"] is True


def test_trust_is_changed_by_member_and_sent_whole() -> None:
    existing = partner(**trust(mfa=False, device=True))
    after = partner(**trust(mfa=True, device=True))
    body = {"isMfaAccepted": True, "isCompliantDeviceAccepted": True}
    runs = run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, "inbound_trust": {"mfa_accepted": True}},
        before=[reading(existing)],
        writing=[patching({"inboundTrust": body}), reading(after)],
        after=[reading(after)],
    )
    assert runs.diff == ({"inbound_trust": {"mfa_accepted": False}}, {"inbound_trust": {"mfa_accepted": True}})


def test_an_empty_block_returns_the_setting_to_the_default_policy() -> None:
    existing = partner(**trust(mfa=True), **consent(inbound=True))
    after = partner(**consent(inbound=True))
    runs = run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, "inbound_trust": {}},
        before=[reading(existing)],
        writing=[patching({"inboundTrust": None}), reading(after)],
        after=[reading(after)],
    )
    assert runs.diff == ({"inbound_trust": {"mfa_accepted": True}}, {"inbound_trust": {"mfa_accepted": None}})


@pytest.mark.parametrize("option", BLOCKS)
def test_access_settings_are_replaced_by_member(option: str) -> None:
    name = option.split("_")[0] + "".join(part.title() for part in option.split("_")[1:])
    applications = targets("application", "AllApplications", access="blocked")
    existing = partner(**{name: {"usersAndGroups": targets("user", "AllUsers"), "applications": applications}})
    wanted = targets("group", guid(50), guid(51))
    after = partner(**{name: {"usersAndGroups": wanted, "applications": applications}})
    runs = run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, option: {"users_and_groups": target_option("group", guid(50), guid(51))}},
        before=[reading(existing)],
        writing=[patching({name: {"usersAndGroups": wanted, "applications": applications}}), reading(after)],
        after=[reading(after)],
    )
    assert runs.diff == (
        {option: {"users_and_groups": target_option("user", "AllUsers")}},
        {option: {"users_and_groups": target_option("group", guid(50), guid(51))}},
    )
    assert runs.do.values["partner"][option]["applications"] == target_option(
        "application", "AllApplications", access="blocked"
    )


@pytest.mark.parametrize(
    ("option", "member", "path", "graph_member"),
    [
        ("app_service_connect_inbound", "applications", "appServiceConnectInbound", "applications"),
        ("m365_collaboration_inbound", "users", "m365CollaborationInbound", "users"),
        ("m365_collaboration_outbound", "users_and_groups", "m365CollaborationOutbound", "usersAndGroups"),
    ],
)
def test_settings_of_one_member_are_set_and_cleared(option: str, member: str, path: str, graph_member: str) -> None:
    there = partner(**{path: {graph_member: targets("user", "AllUsers")}})
    run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, option: {member: target_option("user", "AllUsers")}},
        before=[reading(partner())],
        writing=[patching({path: {graph_member: targets("user", "AllUsers")}}), reading(there)],
        after=[reading(there)],
    )
    run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, option: {}},
        before=[reading(there)],
        writing=[patching({path: None}), reading(partner())],
        after=[reading(partner())],
    )


def test_the_order_of_targets_and_the_case_of_ids_are_no_difference() -> None:
    existing = partner(b2bCollaborationInbound={"usersAndGroups": targets("group", guid(51).upper(), guid(50))})
    option = {"users_and_groups": target_option("group", guid(50), guid(51))}
    assert not run(TASK, {"partner_tenant_id": OTHER, "b2b_collaboration_inbound": option}, reading(existing)).changed


def test_restricted_devices_are_compared_by_what_they_say() -> None:
    params = {"partner_tenant_id": OTHER, "tenant_restrictions": {"devices": {"mode": "allowed"}}}
    after = partner(tenantRestrictions={"devices": {"mode": "allowed", "rule": None}})
    run_four_times(
        TASK,
        params,
        before=[reading(partner())],
        writing=[patching({"tenantRestrictions": {"devices": {"mode": "allowed"}}}), reading(after)],
        after=[reading(after)],
    )


def test_what_is_not_named_is_never_sent() -> None:
    existing = partner(**trust(mfa=True), **consent(True, True), isInMultiTenantOrganization=True)
    result = run(TASK, {"partner_tenant_id": OTHER}, reading(existing))
    assert not result.changed
    assert result.values["partner"]["is_in_multi_tenant_organization"] is True


# Creating, when somebody or something is in the way


CONFLICT: Tree = {
    "status": 409,
    "reply": error_body("Request_MultipleObjectsWithSameKeyValue", "Another object with the same value exists."),
}
BODY: Tree = {"automaticUserConsentSettings": {"inboundAllowed": True}}


def test_a_partner_that_was_made_meanwhile_is_updated() -> None:
    theirs, after = partner(**trust(mfa=True)), partner(**consent(inbound=True), **trust(mfa=True))
    result = run(
        TASK,
        INBOUND,
        reading(None),
        posting(BODY, **CONFLICT),
        reading(theirs),
        reading(theirs),
        patching(BODY),
        reading(after),
    )
    assert result.values["partner"]["inbound_trust"]["mfa_accepted"] is True


def test_a_partner_that_was_made_meanwhile_as_wanted_is_left_alone() -> None:
    theirs = partner(**consent(inbound=True))
    result = run(TASK, INBOUND, reading(None), posting(BODY, **CONFLICT), reading(theirs), reading(theirs))
    assert result.values["partner"]["automatic_user_consent"]["inbound_allowed"] is True


def test_a_conflict_over_something_that_never_shows_is_a_failure() -> None:
    clock = Clock()
    with pytest.raises(GraphError) as raised:
        run(TASK, INBOUND, reading(None), posting(BODY, **CONFLICT), *[reading(None)] * asks_within(60), clock=clock)
    assert raised.value.status == 409
    assert sum(clock.waits) <= 60


def test_a_lost_answer_to_a_creation_that_was_carried_out_creates_nothing_more() -> None:
    made = partner(**consent(inbound=True))
    clock = Clock()
    result = run(
        TASK,
        INBOUND,
        reading(None),
        posting(BODY, error=requests.ConnectionError("reset")),
        reading(None),
        reading(made),
        reading(made),
        clock=clock,
    )
    assert result.changed
    assert clock.waits == [0.5]


def test_a_lost_answer_to_a_creation_that_was_not_carried_out_is_tried_again() -> None:
    made = partner(**consent(inbound=True))
    lost = posting(BODY, status=503, reply=error_body("ServiceUnavailable"))
    result = run(
        TASK,
        INBOUND,
        reading(None),
        lost,
        *[reading(None)] * asks_within(Partner.doubt),
        posting(BODY, status=201, reply=made),
        reading(made),
    )
    assert result.changed


def test_a_creation_whose_answer_is_always_lost_is_given_up() -> None:
    lost = posting(BODY, status=503, reply=error_body("ServiceUnavailable"))
    with pytest.raises(LostAnswer) as raised:
        run(TASK, INBOUND, reading(None), *[lost, *[reading(None)] * asks_within(Partner.doubt)] * 3)
    assert f"create the partner configuration for {OTHER}" in raised.value.explanation()


def test_a_partner_that_went_away_meanwhile_is_made_again_with_all_that_is_named() -> None:
    params = {**INBOUND, "inbound_trust": {"mfa_accepted": True}}
    existing = partner(**consent(inbound=False), **trust(mfa=True))
    made = partner(**consent(inbound=True), **trust(mfa=True))
    gone = Exchange("PATCH", PATH, json=BODY, status=404, reply=error_body("Directory_ObjectNotFound"))
    again = posting({**BODY, "inboundTrust": {"isMfaAccepted": True}}, reply=made)
    assert run(TASK, params, reading(existing), gone, again, reading(made)).changed


# The service is slow to show what was written


def test_a_new_partner_that_shows_late_is_waited_for() -> None:
    made = partner(**consent(inbound=True))
    clock = Clock()
    result = run(
        TASK,
        INBOUND,
        reading(None),
        posting(BODY, reply=made),
        reading(None),
        reading(None),
        reading(made),
        clock=clock,
    )
    assert clock.waits == [0.5, 1.0]
    assert result.warnings == []


def test_an_old_value_that_shows_for_a_while_is_waited_out() -> None:
    old, new = partner(**consent(inbound=False)), partner(**consent(inbound=True))
    clock = Clock()
    result = run(TASK, INBOUND, reading(old), patching(BODY), reading(old), reading(old), reading(new), clock=clock)
    assert clock.waits == [0.5, 1.0]
    assert result.values["partner"]["automatic_user_consent"]["inbound_allowed"] is True


# Deleting


def test_a_partner_is_deleted() -> None:
    existing = partner(**consent(inbound=True))
    runs = run_four_times(
        TASK,
        {"partner_tenant_id": OTHER, "state": "absent"},
        before=[reading(existing)],
        writing=[Exchange("DELETE", PATH, status=204), reading(existing), reading(None)],
        after=[reading(None)],
    )
    assert runs.do.before["automatic_user_consent"] == {"inbound_allowed": True, "outbound_allowed": None}
    assert runs.do.after == {}
    assert all(each.values == {"partner": None} for each in (runs.check, runs.do, runs.again, runs.again_in_check))


def test_a_partner_that_somebody_else_deleted_is_deleted() -> None:
    assert run(
        TASK,
        {"partner_tenant_id": OTHER, "state": "absent"},
        reading(partner()),
        not_found("DELETE", PATH),
        reading(None),
    ).changed


def test_a_partner_that_may_not_be_deleted_says_why() -> None:
    with pytest.raises(GraphError) as raised:
        run(
            TASK,
            {"partner_tenant_id": OTHER, "state": "absent"},
            reading(partner()),
            Exchange("DELETE", PATH, status=400, reply=error_body("Request_BadRequest", "It has a policy.")),
        )
    assert raised.value.explanation().startswith(
        f"Could not delete the partner configuration for {OTHER} in tenant {HOME}: It has a policy."
    )
    assert raised.value.hint.endswith("delete that policy first, with identity_sync")


# Naming the partner


def test_a_partner_named_by_its_domain_is_looked_up() -> None:
    found = Exchange("GET", LOOKUP, reply={"tenantId": OTHER.upper(), "displayName": "Fabrikam"})
    there = partner()
    result = run(TASK, {"partner_tenant_id": "Fabrikam.Example"}, found, reading(there))
    assert result.values["partner"]["partner_tenant_id"] == OTHER


def test_a_domain_that_nobody_owns_is_refused() -> None:
    with pytest.raises(InputError, match=f"partner_tenant_id: no tenant .* '{DOMAIN}'"):
        run(TASK, {"partner_tenant_id": DOMAIN}, not_found("GET", LOOKUP))


def test_without_permission_to_look_up_the_login_endpoint_is_asked() -> None:
    described = Exchange(
        "GET",
        f"{LOGIN}/{DOMAIN}/v2.0/.well-known/openid-configuration",
        headers={"Authorization": None},
        reply={"issuer": f"{LOGIN}/{OTHER}/v2.0"},
    )
    denied = Exchange("GET", LOOKUP, status=403, reply=error_body("Authorization_RequestDenied"))
    assert not run(TASK, {"partner_tenant_id": DOMAIN}, denied, described, reading(partner())).changed


@pytest.mark.parametrize("named", [HOME, HOME.upper(), DOMAIN])
def test_a_tenant_is_not_its_own_partner(named: str) -> None:
    asked = [Exchange("GET", LOOKUP, reply={"tenantId": HOME})] if named == DOMAIN else []
    with pytest.raises(InputError, match="the tenant that the task works in"):
        run(TASK, {"partner_tenant_id": named}, *asked)


def test_what_cannot_be_a_tenant_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(InputError, match="partner_tenant_id: 'fabrikam' is neither"):
        run(TASK, {"partner_tenant_id": "fabrikam"})


def test_a_partner_that_cannot_be_read_is_no_absent_one() -> None:
    denied = Exchange("GET", PATH, status=403, reply=error_body("Authorization_RequestDenied", "Insufficient."))
    with pytest.raises(GraphError) as raised:
        run(TASK, INBOUND, denied)
    text = raised.value.explanation()
    assert text.startswith(f"Could not read the partner configuration for {OTHER} in tenant {HOME}: Insufficient.")
    assert "Policy.Read.All" in text


@pytest.mark.parametrize("cloud", ["usgov", "usgov_dod", "china"])
def test_what_only_the_global_cloud_has_is_refused_by_name_elsewhere(cloud: str) -> None:
    everywhere = {"b2b_collaboration_inbound": {}, "inbound_trust": {"mfa_accepted": True}}
    settings: Tree = {
        "tenant_restrictions": {"devices": {"mode": "blocked"}},
        "app_service_connect_inbound": {},
        "m365_collaboration_inbound": {"users": target_option("user", "AllUsers")},
        "m365_collaboration_outbound": {},
    }
    with pytest.raises(InputError) as raised:
        run(TASK, {"partner_tenant_id": OTHER, "cloud": cloud, **everywhere, **settings})
    assert raised.value.message.startswith(", ".join(settings) + ": ")
    assert cloud in raised.value.message
    for option, value in settings.items():
        with pytest.raises(InputError, match=f"^{option}: "):
            run(TASK, {"partner_tenant_id": OTHER, "cloud": cloud, option: value})
    assert not run(
        TASK, {"partner_tenant_id": OTHER, "cloud": cloud, **everywhere}, reading(partner(**trust(mfa=True)))
    ).changed


def test_a_tenant_that_the_service_does_not_take_may_be_of_another_cloud() -> None:
    refused = posting({}, status=400, reply=error_body("Request_BadRequest", "The tenant was not found."))
    with pytest.raises(GraphError) as raised:
        run(TASK, {"partner_tenant_id": OTHER}, reading(None), refused)
    assert OTHER in raised.value.hint
    assert "another cloud" in raised.value.hint
