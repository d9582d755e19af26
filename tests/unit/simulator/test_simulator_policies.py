# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-tenant access policy and identity synchronization (graph-api.md sections 4 to 6)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator import Simulator
from unit.simulator.simulator_helpers import PARTNERS, SOURCE, TARGET, Graph, error

ONE = f"{PARTNERS}/{SOURCE}"
SYNC = f"{ONE}/identitySynchronization"
DEFAULT = "/policies/crossTenantAccessPolicy/default"
ALLOW = {"userSyncInbound": {"isSyncAllowed": True}}


def make(target: Graph, **more: Any) -> None:
    assert target("POST", PARTNERS, {"tenantId": SOURCE, **more}).status_code == 201


def test_fresh_partner(target: Graph) -> None:
    answer = target("POST", PARTNERS, {"tenantId": SOURCE})
    assert answer.status_code == 201
    body = answer.json()
    assert body["@odata.context"].endswith("/v1.0/$metadata#policies/crossTenantAccessPolicy/partners/$entity")
    assert body["automaticUserConsentSettings"] == {"inboundAllowed": None, "outboundAllowed": None}
    assert body["crossCloudMeetingConfiguration"] == {"inboundAllowed": None, "outboundAllowed": None}
    assert "protectedContentSharing" in body
    for name in ("inboundTrust", "b2bCollaborationInbound", "tenantRestrictions", "isServiceProvider"):
        assert body[name] is None
    assert target.get(ONE)["tenantId"] == SOURCE


def test_duplicate(target: Graph) -> None:
    make(target)
    message = error(
        target("POST", PARTNERS, {"tenantId": SOURCE.upper()}), 409, "Request_MultipleObjectsWithSameKeyValue"
    )
    assert "tenantId" in message


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tenantId": "fabrikam.example"},
        {"tenantId": TARGET},
        {"tenantId": "99999999-aaaa-4bbb-8ccc-000000000009"},
        {"tenantId": 5},
        {"tenantId": SOURCE, "nonsense": 1},
        {"tenantId": SOURCE, "crossCloudMeetingConfiguration": {"inboundAllowed": True}},
        {"tenantId": SOURCE, "isInMultiTenantOrganization": True},
        {"tenantId": SOURCE, "identitySynchronization": ALLOW},
        {"tenantId": SOURCE, "automaticUserConsentSettings": {"inboundAllowed": "yes"}},
        {"tenantId": SOURCE, "automaticUserConsentSettings": {"allowed": True}},
        {"tenantId": SOURCE, "inboundTrust": {"isMfaAccepted": 1}},
        {"tenantId": SOURCE, "b2bCollaborationInbound": {"usersAndGroups": {"accessType": "open", "targets": []}}},
        {"tenantId": SOURCE, "b2bCollaborationInbound": {"usersAndGroups": {"accessType": "allowed", "targets": []}}},
        {
            "tenantId": SOURCE,
            "b2bCollaborationInbound": {
                "applications": {"accessType": "allowed", "targets": [{"target": "AllUsers", "targetType": "user"}]}
            },
        },
        {
            "tenantId": SOURCE,
            "b2bCollaborationInbound": {
                "usersAndGroups": {"accessType": "allowed", "targets": [{"target": "everybody", "targetType": "user"}]}
            },
        },
        [],
        "text",
    ],
)
def test_refused_bodies(target: Graph, body: Any) -> None:
    error(target("POST", PARTNERS, body), 400, "Request_BadRequest")
    assert target.get(PARTNERS)["value"] == []


def test_odata_type_is_checked(target: Graph) -> None:
    good = "#microsoft.graph.crossTenantAccessPolicyConfigurationPartner"
    error(
        target("POST", PARTNERS, {"@odata.type": "#microsoft.graph.user", "tenantId": SOURCE}),
        400,
        "Request_BadRequest",
    )
    make(target, **{"@odata.type": good})


def test_patch_merges_at_top_level(target: Graph) -> None:
    make(target, inboundTrust={"isMfaAccepted": True}, automaticUserConsentSettings={"outboundAllowed": True})
    assert target("PATCH", ONE, {"automaticUserConsentSettings": {"inboundAllowed": True}}).status_code == 204
    body = target.get(ONE)
    assert body["automaticUserConsentSettings"] == {"inboundAllowed": True, "outboundAllowed": True}
    assert body["inboundTrust"]["isMfaAccepted"] is True
    assert target("PATCH", ONE, {"inboundTrust": None}).status_code == 204
    assert target.get(ONE)["inboundTrust"] is None


def test_nested_patch_switch(sim: Simulator, target: Graph) -> None:
    make(target, inboundTrust={"isMfaAccepted": True})
    target("PATCH", ONE, {"inboundTrust": {"isCompliantDeviceAccepted": True}})
    assert target.get(ONE)["inboundTrust"]["isMfaAccepted"] is None
    sim.update_settings(nested_policy_patch="merge")
    target("PATCH", ONE, {"inboundTrust": {"isMfaAccepted": True}})
    assert target.get(ONE)["inboundTrust"]["isCompliantDeviceAccepted"] is True


def test_patch_refusals(target: Graph) -> None:
    error(target("PATCH", ONE, {"isServiceProvider": None}), 404, "Directory_ObjectNotFound")
    make(target)
    error(target("PATCH", ONE, {"tenantId": SOURCE}), 400, "Request_BadRequest")
    error(target("PATCH", ONE, {}), 400, "Request_BadRequest")
    error(target("PATCH", f"{PARTNERS}/text", {"isServiceProvider": None}), 400, "Request_BadRequest")


def test_missing(target: Graph) -> None:
    for method in ("GET", "DELETE"):
        assert target(method, ONE).status_code == 404
        assert target(method, SYNC).status_code == 404
    error(target("PUT", SYNC, ALLOW), 404, "Directory_ObjectNotFound")
    error(target("PATCH", SYNC, ALLOW), 404, "Directory_ObjectNotFound")


def test_delete_order(sim: Simulator, target: Graph) -> None:
    make(target)
    assert target("PUT", SYNC, ALLOW).status_code == 204
    error(target("DELETE", ONE), 400, "Request_BadRequest")
    sim.update_settings(partner_delete_refusal_status=409)
    error(target("DELETE", ONE), 409, "Request_BadRequest")
    assert target("DELETE", SYNC).status_code == 204
    assert target("DELETE", ONE).status_code == 204
    assert target("DELETE", ONE).status_code == 404


def test_platform_partners_cannot_be_deleted(sim: Simulator, target: Graph) -> None:
    sim.set_partner(TARGET, SOURCE, isInMultiTenantOrganization=True)
    error(target("DELETE", ONE), 400, "Request_BadRequest")


def test_identity_sync_put_creates_only(target: Graph) -> None:
    make(target)
    assert target("PUT", SYNC, ALLOW).status_code == 204
    answer = target("PUT", SYNC, ALLOW)
    error(answer, 409, "Request_MultipleObjectsWithSameKeyValue")
    assert answer.json()["error"]["details"][0]["code"] == "ConflictingObjects"
    body = target.get(SYNC)
    assert (body["tenantId"], body["displayName"], body["userSyncInbound"]) == (SOURCE, None, {"isSyncAllowed": True})
    assert "groupSyncInbound" not in body
    assert target("PATCH", SYNC, {"displayName": "x", "userSyncInbound": {"isSyncAllowed": False}}).status_code == 204
    assert target.get(SYNC)["userSyncInbound"] == {"isSyncAllowed": False}


@pytest.mark.parametrize(
    "body",
    [
        {"groupSyncInbound": {"isSyncAllowed": True}},
        {"userSyncInbound": {"isSyncAllowed": "true"}},
        {"userSyncInbound": True},
        {"tenantId": TARGET},
        {"unknown": 1},
    ],
)
def test_identity_sync_refused_bodies(target: Graph, body: dict[str, Any]) -> None:
    make(target)
    error(target("PUT", SYNC, body), 400, "Request_BadRequest")


def test_group_sync_is_beta(target: Graph) -> None:
    make(target)
    assert target("PUT", SYNC, {**ALLOW, "groupSyncInbound": {"isSyncAllowed": True}}, api="beta").status_code == 204
    assert target.get(SYNC, api="beta")["groupSyncInbound"] == {"isSyncAllowed": True}
    assert "groupSyncInbound" not in target.get(SYNC)
    target("PATCH", SYNC, {"userSyncInbound": {"isSyncAllowed": False}})
    assert target.get(SYNC, api="beta")["groupSyncInbound"] == {"isSyncAllowed": True}


def test_expand_and_select(target: Graph) -> None:
    make(target)
    assert target.get(f"{PARTNERS}?$expand=identitySynchronization")["value"][0]["identitySynchronization"] is None
    target("PUT", SYNC, ALLOW)
    body = target.get(f"{ONE}?$expand=identitySynchronization&$select=tenantId")
    assert body["identitySynchronization"]["userSyncInbound"] == {"isSyncAllowed": True}
    assert set(body) == {"@odata.context", "tenantId", "identitySynchronization"}
    assert "identitySynchronization" not in target.get(ONE)


def test_undeclared_properties_switch(sim: Simulator, target: Graph) -> None:
    make(target)
    sim.update_settings(undeclared_partner_properties=False)
    assert "protectedContentSharing" not in target.get(ONE)


def test_default_policy(target: Graph) -> None:
    body = target.get(DEFAULT)
    assert body["isServiceDefault"] is True
    assert body["automaticUserConsentSettings"] == {"inboundAllowed": False, "outboundAllowed": False}
    assert body["b2bDirectConnectInbound"]["usersAndGroups"]["accessType"] == "blocked"
    trust = {"isMfaAccepted": True, "isCompliantDeviceAccepted": False, "isHybridAzureADJoinedDeviceAccepted": False}
    assert target("PATCH", DEFAULT, {"inboundTrust": trust}).status_code == 204
    assert target.get(DEFAULT)["isServiceDefault"] is False
    error(
        target("PATCH", DEFAULT, {"automaticUserConsentSettings": {"inboundAllowed": True}}), 400, "Request_BadRequest"
    )
    assert target("POST", f"{DEFAULT}/resetToSystemDefault").status_code == 204
    assert target.get(DEFAULT)["inboundTrust"]["isMfaAccepted"] is False


@pytest.mark.parametrize(
    ("order", "fallback"),
    [
        ([], "defaultConfiguredIdp"),
        (["emailOneTimePasscode"], "defaultConfiguredIdp"),
        (["externalFederation", "externalFederation"], "defaultConfiguredIdp"),
        (["externalFederation"], "externalFederation"),
        (["externalFederation"], None),
    ],
)
def test_identity_providers_have_their_place(target: Graph, order: list[str], fallback: str | None) -> None:
    name = "invitationRedemptionIdentityProviderConfiguration"
    body = {"primaryIdentityProviderPrecedenceOrder": order, "fallbackIdentityProvider": fallback}
    error(target("PATCH", DEFAULT, {name: body}), 400, "Request_BadRequest")
    good = {
        "primaryIdentityProviderPrecedenceOrder": ["externalFederation"],
        "fallbackIdentityProvider": "microsoftAccount",
    }
    assert target("PATCH", DEFAULT, {name: good}).status_code == 204
    assert target.get(DEFAULT)[name] == good


def test_the_default_policy_shows_late(sim: Simulator, target: Graph) -> None:
    error(target("PATCH", DEFAULT, {}), 400, "Request_BadRequest")
    sim.set_default_policy(TARGET, tenantRestrictions=None)
    sim.update_settings(replication={"defaultPolicy": {"reads": 1}})
    assert target("POST", f"{DEFAULT}/resetToSystemDefault").status_code == 204
    assert [target.get(DEFAULT)["isServiceDefault"] for dummy in range(2)] == [False, True]


def test_singleton(target: Graph) -> None:
    path = "/policies/crossTenantAccessPolicy"
    assert target.get(path)["allowedCloudEndpoints"] == []
    assert target("PATCH", path, {"allowedCloudEndpoints": ["microsoftonline.us"]}).status_code == 204
    error(target("PATCH", path, {"allowedCloudEndpoints": ["example.org"]}), 400, "Request_BadRequest")
    error(target("PATCH", path, {"allowedCloudEndpoints": None}), 400, "Request_BadRequest")


@pytest.mark.parametrize(
    "name", ["multiTenantOrganizationPartnerConfiguration", "multiTenantOrganizationIdentitySynchronization"]
)
def test_templates(target: Graph, name: str) -> None:
    path = f"/policies/crossTenantAccessPolicy/templates/{name}"
    assert target.get(path)["templateApplicationLevel"] == "none"
    level = {"templateApplicationLevel": "newPartners,existingPartners"}
    assert target("PATCH", path, level).status_code == 204
    assert target.get(path)["templateApplicationLevel"] == level["templateApplicationLevel"]
    error(target("PATCH", path, {"templateApplicationLevel": "somePartners"}), 400, "Request_BadRequest")
    assert target("POST", f"{path}/resetToDefaultSettings").status_code == 204


def test_soft_deleted_policies_in_beta(target: Graph) -> None:
    make(target)
    target("DELETE", ONE)
    deleted = "/policies/deletedItems/crossTenantPartners"
    assert target.get(deleted, api="beta")["value"][0]["tenantId"] == SOURCE
    assert target("POST", f"{deleted}/{SOURCE}/restore", api="beta").status_code == 204
    assert target.get(ONE)["tenantId"] == SOURCE


def test_tenant_facts(source: Graph) -> None:
    body = Graph(source.sim, SOURCE, roles=["User.Read.All"]).get("/organization")["value"][0]
    assert body["id"] == SOURCE
    assert [domain["name"] for domain in body["verifiedDomains"]] == ["contoso.example", "contoso.onmicrosoft.example"]
    assert body["assignedPlans"] is None, "only names and domains are shown to whoever may not read all of it"
    all_of_it = Graph(source.sim, SOURCE, roles=["Organization.Read.All"]).get("/organization")["value"][0]
    assert len(all_of_it["assignedPlans"]) == 1
    by_id = source.get(f"/tenantRelationships/findTenantInformationByTenantId(tenantId='{TARGET}')")
    by_name = source.get(
        "/tenantRelationships/findTenantInformationByDomainName(domainName='fabrikam.onmicrosoft.example')"
    )
    assert by_id["displayName"] == by_name["displayName"] == "Fabrikam"
    known = source.get("/tenantRelationships/findTenantInformationByDomainName(domainName='northwind.example')")
    assert known["tenantId"] == "33333333-aaaa-4bbb-8ccc-000000000003"
    missing = "/tenantRelationships/findTenantInformationByDomainName(domainName='nowhere.example')"
    assert source("GET", missing).status_code == 404
    error(source("GET", f"/tenantRelationships/findTenantInformationByTenantId(tenantId={TARGET})"), 400, "BadRequest")
