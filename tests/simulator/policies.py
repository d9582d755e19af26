# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cross-tenant access policy: singleton, default, partners, templates (graph-api.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from .calls import Answer, Call, require_body
from .errors import GraphError, bad_request, policy_not_found
from .metadata_model import model
from .odata import FilterRules, filtered, selected
from .policy_defaults import fresh_partner, service_default, service_templates
from .replication import ABSENT
from .routing import Routes
from .typecheck import check_entity, is_guid

ROUTES = Routes("policies")
BASE = "/policies/crossTenantAccessPolicy"
PARTNER = "crossTenantAccessPolicyConfigurationPartner"
DEFAULT = "crossTenantAccessPolicyConfigurationDefault"
KEYWORDS = {"user": {"AllUsers"}, "group": set(), "application": {"AllApplications", "Office365", "AllMicrosoftApps"}}
REDEMPTION = "invitationRedemptionIdentityProviderConfiguration"
PRIMARY_PROVIDERS = {"azureActiveDirectory", "externalFederation", "socialIdentityProviders"}
FALLBACK_PROVIDERS = {"defaultConfiguredIdp", "emailOneTimePasscode", "microsoftAccount"}
B2B = (
    "b2bCollaborationInbound",
    "b2bCollaborationOutbound",
    "b2bDirectConnectInbound",
    "b2bDirectConnectOutbound",
    "tenantRestrictions",
)


@ROUTES.on("GET", BASE, query=("$select",))
def get_policy(call: Call) -> Answer:
    """The singleton (section 4.1)."""
    names = call.query.select(model(call.api).types["crossTenantAccessPolicy"].properties)
    return call.entity("policies/crossTenantAccessPolicy/$entity", call.tenant.policy, select=names)


@ROUTES.on("PATCH", BASE, body=True)
def update_policy(call: Call) -> Answer:
    """Update of the singleton."""
    changes = check_entity(call.api, "crossTenantAccessPolicy", require_body(call), read_only=("id", "deletedDateTime"))
    allowed = {"microsoftonline.com", "microsoftonline.us", "partner.microsoftonline.cn"}
    for endpoint in changes.get("allowedCloudEndpoints") or []:
        if endpoint not in allowed:
            raise bad_request(f"Invalid value '{endpoint}' specified for property 'allowedCloudEndpoints'.")
    call.tenant.policy.update(changes)
    return Answer(204)


@ROUTES.on("GET", f"{BASE}/default", query=("$select",))
def get_default(call: Call) -> Answer:
    """The default configuration (section 4.2)."""
    info = model(call.api).types[DEFAULT]
    policy = call.world.seen(call.tenant, "defaultPolicy", "default", call.tenant.default_policy)
    shown = {key: value for key, value in policy.items() if key in info.properties}
    return call.entity(
        "policies/crossTenantAccessPolicy/default/$entity", shown, select=call.query.select(info.properties)
    )


@ROUTES.on("PATCH", f"{BASE}/default", body=True)
def update_default(call: Call) -> Answer:
    """Update of the default; automatic consent cannot be set here (section 4.2)."""
    changes = check_entity(
        call.api, DEFAULT, require_body(call), read_only=("id", "isServiceDefault", "automaticUserConsentSettings")
    )
    if not changes:
        raise bad_request("The request body must contain at least one property to update.")
    check_settings(changes)
    _check_redemption(changes.get(REDEMPTION))
    call.world.replication.changed(call.tenant.id, "defaultPolicy", "default", call.tenant.default_policy)
    system = service_default()
    for name, value in changes.items():
        call.tenant.default_policy[name] = deepcopy(system.get(name)) if value is None else value
    call.tenant.default_policy["isServiceDefault"] = False
    return Answer(204)


@ROUTES.on("POST", f"{BASE}/default/resetToSystemDefault")
def reset_default(call: Call) -> Answer:
    """Back to the system default."""
    call.world.replication.changed(call.tenant.id, "defaultPolicy", "default", call.tenant.default_policy)
    call.tenant.default_policy = service_default()
    return Answer(204)


@ROUTES.on("GET", f"{BASE}/partners", query=("$select", "$expand", "$filter", "$top", "$skip", "$count", "$skiptoken"))
def list_partners(call: Call) -> Answer:
    """All partners (section 4.3)."""
    names, expand = _projection(call)
    lagging = call.world.replication.pending(call.tenant.id, "partner")
    partners = [
        lagging.get(key, partner)
        for key, partner in call.tenant.partners.items()
        if lagging.get(key, partner) is not ABSENT
    ]
    partners += [old for key, old in lagging.items() if key not in call.tenant.partners and old is not ABSENT]
    rules = FilterRules({"tenantId": ("eq",), "isInMultiTenantOrganization": ("eq",)}, resource=PARTNER)
    found = filtered(partners, call.query, rules, eventual=False)
    skip = call.query.get("$skip")
    if skip is not None:
        if not skip.isdigit():
            raise GraphError(400, "BadRequest", f"Invalid value '{skip}' for $skip query option found.")
        found = found[int(skip) :]
    return call.page(
        "policies/crossTenantAccessPolicy/partners",
        found,
        lambda partner: _present(call, partner, names, expand),
        size=call.world.page_size("partners"),
        directory=False,
    )


@ROUTES.on("POST", f"{BASE}/partners", body=True)
def create_partner(call: Call) -> Answer:
    """A new partner: 201, 409 for a duplicate (section 4.3)."""
    body = check_entity(
        call.api, PARTNER, require_body(call), read_only=("isInMultiTenantOrganization", "deletedDateTime")
    )
    key = body.get("tenantId")
    if not is_guid(key):
        raise bad_request(
            "Invalid value specified for property 'tenantId' of resource 'CrossTenantAccessPolicyConfigurationPartner'."
        )
    key = str(key).lower()
    if key == call.tenant.id:
        raise bad_request("The tenantId of a partner must not be the tenant's own id.")
    if key not in call.world.known_tenants:
        raise bad_request(f"The tenant '{key}' was not found.")
    if key in call.tenant.partners:
        raise GraphError(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "Another object with the same value for property tenantId already exists.",
        )
    check_settings(body)
    partner = fresh_partner(key)
    _merge(call, partner, body)
    partner["tenantId"] = key
    _changed(call, key, ABSENT)
    call.tenant.partners[key] = partner
    shown = _present(call, partner, None, expand=False)
    answer = call.entity("policies/crossTenantAccessPolicy/partners/$entity", shown, 201)
    answer.headers["Location"] = f"{call.root}{BASE}/partners/{key}"
    return answer


@ROUTES.on("GET", f"{BASE}/partners/{{tenant}}", query=("$select", "$expand"))
def get_partner(call: Call) -> Answer:
    """One partner."""
    names, expand = _projection(call)
    key = partner_key(call)
    partner = call.world.seen(call.tenant, "partner", key, call.tenant.partners.get(key))
    if partner is None or partner is ABSENT:
        raise policy_not_found()
    shown = _present(call, partner, names, expand)
    return call.entity("policies/crossTenantAccessPolicy/partners/$entity", shown)


@ROUTES.on("PATCH", f"{BASE}/partners/{{tenant}}", body=True)
def update_partner(call: Call) -> Answer:
    """Merge at top level; 404 ``Directory_ObjectNotFound`` when missing (section 4.3)."""
    key = partner_key(call)
    partner = existing_partner(call, key)
    read_only = ("tenantId", "isInMultiTenantOrganization", "deletedDateTime")
    changes = check_entity(call.api, PARTNER, require_body(call), read_only=read_only)
    if not changes:
        raise bad_request("The request body must contain at least one property to update.")
    check_settings(changes)
    _changed(call, key, partner)
    _merge(call, partner, changes)
    return Answer(204)


@ROUTES.on("DELETE", f"{BASE}/partners/{{tenant}}")
def delete_partner(call: Call) -> Answer:
    """Refused while an identity synchronization policy exists (section 4.3; status UNCONFIRMED, switchable)."""
    key = partner_key(call)
    partner = existing_partner(call, key)
    if key in call.tenant.identity_sync:
        raise GraphError(
            int(call.world.settings["partner_delete_refusal_status"]),
            "Request_BadRequest",
            "The partner configuration cannot be deleted while a cross-tenant identity synchronization policy exists.",
        )
    # UNCONFIRMED for isInMultiTenantOrganization (section 4.3: assume blocked).
    if partner.get("isInMultiTenantOrganization") or partner.get("isServiceProvider"):
        raise bad_request("This partner configuration is managed by the platform and cannot be deleted.")
    _changed(call, key, partner)
    del call.tenant.partners[key]
    call.tenant.deleted_policies[("partner", key)] = {**partner, "deletedDateTime": call.world.clock.iso()}
    return Answer(204)


for _name, _type in (
    ("multiTenantOrganizationPartnerConfiguration", "multiTenantOrganizationPartnerConfigurationTemplate"),
    ("multiTenantOrganizationIdentitySynchronization", "multiTenantOrganizationIdentitySyncPolicyTemplate"),
):

    def _get_template(call: Call, name: str = _name, kind: str = _type) -> Answer:
        known = model(call.api).types[kind].properties
        shown = {key: value for key, value in call.tenant.policy_templates[name].items() if key in known}
        return call.entity(f"policies/crossTenantAccessPolicy/templates/{name}/$entity", shown)

    def _update_template(call: Call, name: str = _name, kind: str = _type) -> Answer:
        changes = check_entity(call.api, kind, require_body(call), read_only=("id",))
        check_settings(changes)
        call.tenant.policy_templates[name].update(changes)
        return Answer(204)

    def _reset_template(call: Call, name: str = _name) -> Answer:
        call.tenant.policy_templates[name] = service_templates()[name]
        return Answer(204)

    ROUTES.on("GET", f"{BASE}/templates/{_name}")(_get_template)
    ROUTES.on("PATCH", f"{BASE}/templates/{_name}", body=True)(_update_template)
    ROUTES.on("POST", f"{BASE}/templates/{_name}/resetToDefaultSettings")(_reset_template)


def partner_key(call: Call) -> str:
    """The partner's tenant id from the path; 400 when it is no GUID."""
    key = call.params["tenant"]
    if not is_guid(key):
        raise bad_request(f"Invalid tenant id '{key}'.")
    return key.lower()


def existing_partner(call: Call, key: str) -> dict[str, Any]:
    """A partner for writing: one that is not replicated yet is not found either (section 4.3)."""
    partner = call.tenant.partners.get(key)
    if partner is None or not call.world.replication.visible(call.tenant.id, "partner", key):
        raise policy_not_found()
    return partner


def _changed(call: Call, key: str, old: Any) -> None:
    call.world.replication.changed(call.tenant.id, "partner", key, old)
    call.world.replication.changed(call.tenant.id, "policyPropagation", f"partner/{key}", old)


def _merge(call: Call, partner: dict[str, Any], changes: dict[str, Any]) -> None:
    """Top-level merge, deep for the consent object; nested settings are replaced or merged by switch (UNCONFIRMED)."""
    for name, value in changes.items():
        if name == "automaticUserConsentSettings":
            partner[name] = {
                **(partner[name] if value else {"inboundAllowed": None, "outboundAllowed": None}),
                **(value or {}),
            }
        elif (
            isinstance(value, dict)
            and isinstance(partner.get(name), dict)
            and call.world.settings["nested_policy_patch"] == "merge"
        ):
            partner[name] = {**partner[name], **value}
        else:
            partner[name] = _complete(name, value)


def _complete(name: str, value: Any) -> Any:
    if name == "inboundTrust" and isinstance(value, dict):
        members = ("isMfaAccepted", "isCompliantDeviceAccepted", "isHybridAzureADJoinedDeviceAccepted")
        return {member: value.get(member) for member in members}
    if name in B2B and isinstance(value, dict):
        return {"usersAndGroups": None, "applications": None, **value}
    return value


def check_settings(body: Mapping[str, Any]) -> None:
    """Targets must be GUIDs or known words that fit their type (section 4.3)."""
    for name in B2B:
        setting = body.get(name)
        if not setting:
            continue
        for part in ("usersAndGroups", "applications"):
            configuration = setting.get(part)
            if configuration is None:
                continue
            if configuration.get("accessType") not in ("allowed", "blocked"):
                raise bad_request(f"Property 'accessType' of '{name}/{part}' must be 'allowed' or 'blocked'.")
            targets = configuration.get("targets")
            if not targets:
                raise bad_request(f"Property 'targets' of '{name}/{part}' must not be empty.")
            for target in targets:
                _check_target(f"{name}/{part}", part, target)


def _check_redemption(configuration: dict[str, Any] | None) -> None:
    """Which identity providers may stand where, each once; what an empty order means is UNCONFIRMED: refused."""
    if configuration is None:
        return
    order = configuration.get("primaryIdentityProviderPrecedenceOrder")
    if not order or len(set(order)) < len(order) or not set(order) <= PRIMARY_PROVIDERS:
        raise bad_request(f"Invalid value specified for property 'primaryIdentityProviderPrecedenceOrder': {order}.")
    fallback = configuration.get("fallbackIdentityProvider")
    if fallback not in FALLBACK_PROVIDERS:
        raise bad_request(f"Invalid value specified for property 'fallbackIdentityProvider': {fallback}.")


def _check_target(path: str, part: str, target: dict[str, Any]) -> None:
    kind, value = target.get("targetType"), target.get("target")
    kinds = ("user", "group") if part == "usersAndGroups" else ("application",)
    if kind not in kinds:
        raise bad_request(f"targetType '{kind}' is not valid in '{path}'.")
    if not is_guid(value) and value not in KEYWORDS[str(kind)]:
        raise bad_request(f"target '{value}' is not valid for targetType '{kind}' in '{path}'.")


def _projection(call: Call) -> tuple[list[str] | None, bool]:
    info = model(call.api).types[PARTNER]
    expand = call.query.get("$expand")
    if expand not in (None, "identitySynchronization"):
        raise GraphError(400, "BadRequest", f"Parsing OData Select and Expand failed: '{expand}' cannot be expanded.")
    names = call.query.select({*info.properties, "identitySynchronization"})
    return names, expand is not None


def _present(call: Call, partner: dict[str, Any], names: list[str] | None, expand: bool) -> dict[str, Any]:
    info = model(call.api).types[PARTNER]
    shown = {"tenantId": partner["tenantId"]}
    shown.update({key: value for key, value in partner.items() if key in info.properties})
    if call.api == "beta":
        shown.setdefault("blockServiceProviderOutboundAccess", None)
        shown.setdefault("deletedDateTime", None)
    if call.world.settings["undeclared_partner_properties"]:
        shown["crossCloudMeetingConfiguration"] = {"inboundAllowed": None, "outboundAllowed": None}
        shown["protectedContentSharing"] = {"inboundAllowed": None, "outboundAllowed": None}
    shown = selected(shown, names)
    if expand:
        from .identity_sync import present

        policy = call.tenant.identity_sync.get(partner["tenantId"])
        policy = call.world.seen(call.tenant, "identitySynchronization", partner["tenantId"], policy)
        shown["identitySynchronization"] = None if policy is None or policy is ABSENT else present(call, policy)
    return shown
