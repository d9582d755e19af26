# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build tenants from a seed document (format: README.md, section "Seed")."""

from __future__ import annotations

import uuid
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from .clock import Clock
from .metadata_model import permission_data
from .policy_defaults import partner_from_seed, service_default, service_policy, service_templates
from .seed_configurations import add_configuration
from .settings import Settings
from .tenant import (
    GRAPH_APP_ID,
    Application,
    AppRegistration,
    Credential,
    Group,
    ServicePrincipal,
    Tenant,
    User,
)

NAMESPACE = uuid.UUID("9d2b6c52-5d0b-4f38-9f5a-0d6c53a7c1b1")
TENANT_KEYS = {
    "id",
    "display_name",
    "domains",
    "apps",
    "users",
    "groups",
    "partners",
    "identity_sync",
    "default_policy",
    "configurations",
    "guest_invitations",
}
USER_EXTRAS = {"id", "upn", "display_name", "manager", "sms_sign_in", "external", "home_user", "pending"}


class SeedError(ValueError):
    """A seed document that makes no sense."""


def load_seed(source: str | Path | dict[str, Any]) -> dict[str, Any]:
    """Read a seed from a YAML file, or take a dictionary as it is."""
    if isinstance(source, dict):
        return deepcopy(source)
    data = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
    if not isinstance(data, dict) or "tenants" not in data:
        raise SeedError(f"{source}: a seed needs 'tenants'")
    return data


def stable_id(*parts: str) -> str:
    """A GUID derived from names, the same at every start."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts).lower()))


def build_tenants(seed: dict[str, Any], settings: Settings, clock: Clock) -> dict[str, Tenant]:
    """Make all tenants of a seed."""
    tenants: dict[str, Tenant] = {}
    entries = seed["tenants"].values() if isinstance(seed["tenants"], dict) else seed["tenants"]
    for entry in entries:
        unknown = set(entry) - TENANT_KEYS
        if unknown:
            raise SeedError(f"unknown tenant keys {sorted(unknown)}")
        tenant = _tenant(entry, clock)
        tenants[tenant.id] = tenant
    for entry in entries:
        tenant = tenants[entry["id"].lower()]
        for user in entry.get("users") or []:
            _link_external(tenants, tenant, user)
        for configuration in entry.get("configurations") or []:
            add_configuration(tenant, configuration, settings, clock)
    return tenants


def known_tenants(seed: dict[str, Any], tenants: dict[str, Tenant]) -> dict[str, dict[str, Any]]:
    """Tenant facts for the find functions: the simulated tenants and those the seed merely names."""
    facts = {
        tenant.id: {
            "tenantId": tenant.id,
            "displayName": tenant.display_name,
            "defaultDomainName": tenant.default_domain,
            "federationBrandName": None,
            "domains": [domain["name"].lower() for domain in tenant.domains],
        }
        for tenant in tenants.values()
    }
    for entry in seed.get("known_tenants") or []:
        facts[entry["id"].lower()] = tenant_facts(entry["id"], entry["display_name"], entry["default_domain"])
    return facts


def tenant_facts(tenant_id: str, display_name: str, default_domain: str) -> dict[str, Any]:
    """The facts of a tenant that exists but is not simulated."""
    return {
        "tenantId": tenant_id.lower(),
        "displayName": display_name,
        "defaultDomainName": default_domain,
        "federationBrandName": None,
        "domains": [default_domain.lower()],
    }


def _tenant(entry: dict[str, Any], clock: Clock) -> Tenant:
    domains = []
    for position, domain in enumerate(entry["domains"]):
        domain = {"name": domain} if isinstance(domain, str) else domain
        initial = domain.get("initial", "onmicrosoft" in domain["name"])
        domains.append(
            {
                "capabilities": "Email, OfficeCommunicationsOnline",
                "isDefault": domain.get("default", position == 0),
                "isInitial": initial,
                "name": domain["name"],
                "type": "Managed",
            }
        )
    tenant = Tenant(entry["id"].lower(), entry["display_name"], domains)
    tenant.guest_invitations = entry.get("guest_invitations", True)
    tenant.policy = service_policy()
    tenant.default_policy = service_default()
    if entry.get("default_policy"):
        tenant.default_policy.update(deepcopy(entry["default_policy"]))
        tenant.default_policy["isServiceDefault"] = False
    tenant.policy_templates = service_templates()
    for partner in entry.get("partners") or []:
        tenant.partners[partner["tenantId"].lower()] = partner_from_seed(partner)
    for policy in entry.get("identity_sync") or []:
        key = policy["tenantId"].lower()
        tenant.identity_sync[key] = {
            "displayName": None,
            "userSyncInbound": None,
            "groupSyncInbound": None,
            **policy,
            "tenantId": key,
        }
    for app in entry.get("apps") or []:
        add_app(tenant, app, clock)
    for user in entry.get("users") or []:
        add_user(tenant, user, clock)
    for user in entry.get("users") or []:
        if user.get("manager"):
            manager = tenant.find_user(user["manager"])
            found = tenant.find_user(user["upn"])
            if manager is None or found is None:
                raise SeedError(f"manager {user['manager']!r} of {user['upn']!r} does not exist")
            found.manager_id = manager.id
    for group in entry.get("groups") or []:
        add_group(tenant, group, clock)
    _nest(tenant, entry.get("groups") or [])
    return tenant


def add_app(tenant: Tenant, entry: dict[str, Any], clock: Clock) -> AppRegistration:
    """Register an application that may ask for tokens, with its directory objects and Graph grants."""
    client_id = str(entry["client_id"]).lower()
    secrets = [Credential(entry["secret"])] if entry.get("secret") else []
    if entry.get("secret_expired"):
        secrets.append(Credential(entry["secret_expired"], expired=True))
    app = AppRegistration(
        client_id=client_id,
        name=entry.get("name", client_id),
        object_id=stable_id(tenant.id, "principal", client_id),
        secrets=secrets,
        certificates=list(entry.get("certificates") or []),
        federated=[dict(item) for item in entry.get("federated") or []],
        roles=list(entry.get("roles") or []),
        consented=entry.get("consented", True),
        managed_identity=entry.get("managed_identity", False),
    )
    tenant.apps[client_id] = app
    created = clock.iso()
    application = Application(
        stable_id(tenant.id, "application", client_id),
        {
            "appId": client_id,
            "displayName": app.name,
            "createdDateTime": created,
            "appRoles": [],
            "applicationTemplateId": None,
            "tags": [],
        },
    )
    tenant.applications[application.id] = application
    principal = ServicePrincipal(app.object_id, principal_properties(client_id, app.name, tenant.id))
    if app.managed_identity:
        principal.properties["servicePrincipalType"] = "ManagedIdentity"
    tenant.service_principals[principal.id] = principal
    graph = graph_principal(tenant)
    for role in app.roles:
        grant(tenant, app, role, graph, created)
    return app


def graph_principal(tenant: Tenant) -> ServicePrincipal:
    """The service principal of Microsoft Graph in this tenant, made on first use."""
    identifier = stable_id(tenant.id, "principal", GRAPH_APP_ID)
    found = tenant.service_principals.get(identifier)
    if found is None:
        properties = principal_properties(GRAPH_APP_ID, "Microsoft Graph", "f8cdef31-a31e-4b4a-93e4-5f571e91255a")
        properties["appRoles"] = [
            {
                "allowedMemberTypes": ["Application"],
                "description": name,
                "displayName": name,
                "id": role_id,
                "isEnabled": True,
                "origin": "Application",
                "value": name,
            }
            for name, role_id in permission_data()["roles"].items()
        ]
        found = ServicePrincipal(identifier, properties)
        tenant.service_principals[identifier] = found
    return found


def grant(tenant: Tenant, app: AppRegistration, role: str, graph: ServicePrincipal, created: str) -> None:
    """Record a Graph permission as the app role assignment it is."""
    role_id = permission_data()["roles"].get(role) or stable_id("graph-role", role)
    tenant.assignments.add(
        {
            "id": stable_id(tenant.id, "grant", app.client_id, role).replace("-", "") + "grant000000",
            "deletedDateTime": None,
            "appRoleId": role_id,
            "createdDateTime": created,
            "principalDisplayName": app.name,
            "principalId": app.object_id,
            "principalType": "ServicePrincipal",
            "resourceDisplayName": "Microsoft Graph",
            "resourceId": graph.id,
        }
    )


def principal_properties(app_id: str, name: str, owner_tenant: str) -> dict[str, Any]:
    """A plain service principal."""
    return {
        "accountEnabled": True,
        "appDisplayName": name,
        "appId": app_id,
        "appOwnerOrganizationId": owner_tenant,
        "appRoleAssignmentRequired": False,
        "appRoles": [],
        "applicationTemplateId": None,
        "displayName": name,
        "homepage": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "oauth2PermissionScopes": [],
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "tags": [],
    }


def add_user(tenant: Tenant, entry: dict[str, Any], clock: Clock) -> User:
    """Add one user of a seed: Graph properties by their Graph names, extras in snake case."""
    upn = entry["upn"]
    properties = {key: value for key, value in entry.items() if key not in USER_EXTRAS}
    properties.setdefault("userType", "Member")
    properties.setdefault("accountEnabled", True)
    properties.setdefault("mail", upn if "#EXT#" not in upn else None)
    properties.setdefault("mailNickname", upn.split("@")[0].split("_")[0])
    properties["displayName"] = entry.get("display_name", upn.split("@")[0])
    properties["userPrincipalName"] = upn
    properties.setdefault("createdDateTime", clock.iso())
    user = User(
        id=str(entry.get("id") or stable_id(tenant.id, "user", upn)).lower(),
        properties=properties,
        sms_sign_in=entry.get("sms_sign_in", False),
        external=entry.get("external", "#EXT#" in upn),
        pending=entry.get("pending", False),
    )
    tenant.add_user(user)
    return user


def _link_external(tenants: dict[str, Tenant], tenant: Tenant, entry: dict[str, Any]) -> None:
    """An existing B2B user: ``home_user`` names the user it belongs to, unless the invitation is still pending."""
    if not entry.get("home_user") or entry.get("pending"):
        return
    user = tenant.find_user(entry["upn"])
    for home in tenants.values():
        found = home.find_user(entry["home_user"])
        if found is not None and user is not None and home.id != tenant.id:
            user.external = True
            user.origin = found.net_id
            tenant.users_by_origin[found.net_id] = user.id
            return
    raise SeedError(f"home_user {entry['home_user']!r} does not exist")


def add_group(tenant: Tenant, entry: dict[str, Any], clock: Clock) -> Group:
    """Add one group with its user members."""
    name = entry["name"]
    properties = {
        "displayName": name,
        "description": entry.get("description"),
        "securityEnabled": entry.get("security_enabled", True),
        "mailEnabled": entry.get("mail_enabled", False),
        "mailNickname": entry.get("mail_nickname", name.replace(" ", "")),
        "groupTypes": list(entry.get("group_types") or []),
        "mail": entry.get("mail"),
        "createdDateTime": clock.iso(),
    }
    group = Group(str(entry.get("id") or stable_id(tenant.id, "group", name)).lower(), properties)
    for member in entry.get("members") or []:
        user = tenant.find_user(member)
        if user is None:
            raise SeedError(f"member {member!r} of group {name!r} does not exist")
        group.members[user.id] = None
    tenant.groups[group.id] = group
    return group


def _nest(tenant: Tenant, entries: list[dict[str, Any]]) -> None:
    by_name = {group.properties["displayName"]: group for group in tenant.groups.values()}
    for entry in entries:
        for inner in entry.get("nested") or []:
            by_name[entry["name"]].members[by_name[inner].id] = None
