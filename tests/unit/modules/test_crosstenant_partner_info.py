# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""crosstenant_partner_info: all partners in one request, and nothing unreadable that looks absent."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.modules.crosstenant_partner_info import TASK

from unit.conversation import Exchange
from unit.factories import GRAPH, HOME, OTHER, Tree, collection, error_body, guid, not_found, run

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
EXPANDED = {"$expand": "identitySynchronization"}
THIRD = guid(0x20)
QUIET = {"tenant_names": False}
DENIED: Tree = {"status": 403, "body": error_body("Authorization_RequestDenied", "Insufficient privileges.")}
GONE: Tree = {"status": 404, "body": error_body("Directory_ObjectNotFound", "Unable to find it.")}


def policy(tenant: str, users: bool | None = True, **more: t.Any) -> Tree:
    return {"tenantId": tenant, "displayName": None, "userSyncInbound": {"isSyncAllowed": users}, **more}


def partner(tenant: str = OTHER, **more: t.Any) -> Tree:
    return {
        "tenantId": tenant,
        "inboundTrust": None,
        "automaticUserConsentSettings": {"inboundAllowed": True, "outboundAllowed": None},
        "isServiceProvider": None,
        "isInMultiTenantOrganization": False,
        "crossCloudMeetingConfiguration": {"inboundAllowed": None},
        **more,
    }


def listing(*rows: Tree, api: str = "v1.0", expanded: bool = True, **more: t.Any) -> Exchange:
    query = EXPANDED if expanded else None
    return Exchange("GET", f"/{api}{PARTNERS}", query=query, reply=collection(*rows, **more))


def lookup(tenant: str) -> str:
    return f"/tenantRelationships/findTenantInformationByTenantId(tenantId='{tenant}')"


def policy_path(tenant: str) -> str:
    return f"{PARTNERS}/{tenant}/identitySynchronization"


def batch(*items: tuple[str, Tree], api: str = "v1.0") -> Exchange:
    """A batch of reads, each with its answer."""
    requests = [{"id": str(index), "method": "GET", "url": url} for index, (url, dummy) in enumerate(items)]
    responses = [{"id": str(index), "status": 200, **answer} for index, (dummy, answer) in enumerate(items)]
    return Exchange("POST", f"/{api}/$batch", json={"requests": requests}, reply={"responses": responses[::-1]})


def named(name: str) -> Tree:
    return {"body": {"tenantId": OTHER, "displayName": name, "defaultDomainName": f"{name.lower()}.example"}}


def partners(params: Tree, *exchanges: Exchange, check_mode: bool = False) -> list[Tree]:
    result = run(TASK, params, *exchanges, check_mode=check_mode)
    assert not result.changed
    return t.cast("list[Tree]", result.values["partners"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_partners_come_with_their_policies_and_names(check_mode: bool) -> None:
    rows = [partner(identitySynchronization=policy(OTHER)), partner(THIRD.upper(), identitySynchronization=None)]
    names = batch((lookup(OTHER), named("Fabrikam")), (lookup(THIRD), GONE))
    one, two = partners({}, listing(*rows), names, check_mode=check_mode)
    assert one["partner_tenant_id"] == OTHER
    assert one["automatic_user_consent"] == {"inbound_allowed": True, "outbound_allowed": None}
    assert one["is_in_multi_tenant_organization"] is False
    assert one["identity_sync"] == {
        "partner_tenant_id": OTHER,
        "display_name": None,
        "user_sync_inbound_allowed": True,
        "group_sync_inbound_allowed": None,
    }
    assert (one["tenant_name"], one["default_domain"]) == ("Fabrikam", "fabrikam.example")
    assert two["partner_tenant_id"] == THIRD
    assert two["identity_sync"] is None
    assert (two["tenant_name"], two["default_domain"]) == (None, None)


def test_every_page_is_read_also_behind_an_empty_one() -> None:
    link = f"{GRAPH}/v1.0{PARTNERS}?$skiptoken=2"
    last = Exchange(
        "GET",
        f"/v1.0{PARTNERS}",
        query={"$skiptoken": "2"},
        reply=collection(partner(identitySynchronization=None)),
    )
    assert len(partners(QUIET, listing(next_link=link), last)) == 1


def test_no_partners_are_no_more_requests() -> None:
    assert partners({}, listing()) == []


def test_group_synchronization_is_read_by_the_beta_version() -> None:
    found = policy(OTHER, groupSyncInbound={"isSyncAllowed": True})
    (one,) = partners({**QUIET, "group_sync": True}, listing(partner(identitySynchronization=found), api="beta"))
    assert one["identity_sync"]["group_sync_inbound_allowed"] is True


@pytest.mark.parametrize("status", [400, 405, 501])
def test_a_refused_expansion_is_done_without(status: int) -> None:
    refused = Exchange("GET", f"/v1.0{PARTNERS}", query=EXPANDED, status=status, reply=error_body("BadRequest", "No."))
    policies = batch((policy_path(OTHER), {"body": policy(OTHER, users=False)}), (policy_path(THIRD), GONE))
    one, two = partners(QUIET, refused, listing(partner(), partner(THIRD), expanded=False), policies)
    assert one["identity_sync"]["user_sync_inbound_allowed"] is False
    assert two["identity_sync"] is None


def test_a_row_that_says_nothing_of_its_policy_is_asked_for_it() -> None:
    rows = [partner(identitySynchronization=None), partner(THIRD)]
    alone = Exchange("GET", f"/v1.0{policy_path(THIRD)}", reply=policy(THIRD))
    one, two = partners(QUIET, listing(*rows), alone)
    assert one["identity_sync"] is None
    assert two["identity_sync"]["user_sync_inbound_allowed"] is True


def test_a_policy_that_cannot_be_read_is_no_absent_one() -> None:
    with pytest.raises(GraphError) as raised:
        run(
            TASK,
            QUIET,
            listing(partner(), partner(THIRD)),
            batch((policy_path(OTHER), GONE), (policy_path(THIRD), DENIED)),
        )
    assert f"identity synchronization policy for partner {THIRD}" in raised.value.explanation()
    assert "Policy.Read.All" in raised.value.explanation()


@pytest.mark.parametrize("status", [401, 403])
def test_partners_that_cannot_be_listed_are_a_failure(status: int) -> None:
    refused = Exchange("GET", f"/v1.0{PARTNERS}", query=EXPANDED, status=status, reply=error_body("UnknownError"))
    with pytest.raises(GraphError) as raised:
        run(TASK, {}, refused)
    assert "Policy.Read.All" in raised.value.explanation()


def test_names_that_may_not_be_looked_up_are_null_with_one_warning() -> None:
    rows = [partner(identitySynchronization=None), partner(THIRD, identitySynchronization=None)]
    result = run(TASK, {}, listing(*rows), batch((lookup(OTHER), DENIED), (lookup(THIRD), DENIED)))
    assert {each["tenant_name"] for each in result.values["partners"]} == {None}
    (warning,) = result.warnings
    assert "CrossTenantInformation.ReadBasic.All" in warning
    assert "tenant_names" in warning


def test_a_name_that_cannot_be_read_for_another_reason_is_a_failure() -> None:
    broken = Exchange("GET", f"/v1.0{lookup(OTHER)}", status=401, reply=error_body("UnknownError", "What?"))
    with pytest.raises(GraphError, match="What"):
        run(TASK, {}, listing(partner(identitySynchronization=None)), broken)


def test_a_tenant_that_the_service_does_not_take_for_one_has_no_name_and_the_rest_is_told() -> None:
    rows = [partner(identitySynchronization=None), partner(THIRD, identitySynchronization=None)]
    unknown: Tree = {"status": 400, "body": error_body("Request_BadRequest", "No such tenant.")}
    result = run(TASK, {}, listing(*rows), batch((lookup(OTHER), unknown), (lookup(THIRD), named("Third"))))
    assert [each["tenant_name"] for each in result.values["partners"]] == [None, "Third"]
    (warning,) = result.warnings
    assert OTHER in warning
    assert "No such tenant" in warning


def one_partner(found: Tree | None) -> Exchange:
    path = f"/v1.0{PARTNERS}/{OTHER}"
    if found is None:
        return not_found("GET", path, query=EXPANDED)
    return Exchange("GET", path, query=EXPANDED, reply=found)


def test_one_partner_is_read_alone() -> None:
    name = Exchange("GET", f"/v1.0{lookup(OTHER)}", reply=named("Fabrikam")["body"])
    found = partners({"partner_tenant_id": OTHER.upper()}, one_partner(partner(identitySynchronization=None)), name)
    assert [each["tenant_name"] for each in found] == ["Fabrikam"]
    assert partners({"partner_tenant_id": OTHER}, one_partner(None)) == []


def test_one_partner_may_be_named_by_its_domain() -> None:
    find = "/v1.0/tenantRelationships/findTenantInformationByDomainName(domainName='fabrikam.example')"
    domain = Exchange("GET", find, reply={"tenantId": OTHER})
    params = {**QUIET, "partner_tenant_id": "Fabrikam.example"}
    assert len(partners(params, domain, one_partner(partner(identitySynchronization=None)))) == 1


@pytest.mark.parametrize("named_so", ["", "no tenant", HOME])
def test_what_cannot_be_a_partner_is_refused_before_anything_is_asked(named_so: str) -> None:
    with pytest.raises(InputError, match="partner_tenant_id"):
        run(TASK, {"partner_tenant_id": named_so})


def test_many_names_are_looked_up_twenty_at_a_time() -> None:
    ids = [guid(number) for number in range(0x100, 0x100 + 20)]
    rows = [partner(each, identitySynchronization=None) for each in ids]
    found = partners({}, listing(*rows), batch(*((lookup(each), named(each[:8])) for each in ids)))
    assert [each["tenant_name"] for each in found] == [each[:8] for each in ids]
