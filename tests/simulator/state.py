# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dumps of the simulated state: complete, and normalized for comparing two histories."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from .tenant import GRAPH_APP_ID

if TYPE_CHECKING:
    from .job import Job
    from .tenant import ServicePrincipal, Tenant
    from .world import World

VOLATILE = {
    "createdDateTime",
    "deletedDateTime",
    "timeBegan",
    "timeEnded",
    "currentBegan",
    "nextAttempt",
    "seriesBegan",
    "steadyStateFirstAchievedTime",
    "steadyStateLastAchievedTime",
    "activityIdentifier",
    "version",
    "discoveryDateTime",
    "startCalls",
}
GUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
MOMENT = re.compile(r"2\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def dump(world: World) -> dict[str, Any]:
    """Everything, per tenant id, in a fixed order."""
    return {key: _tenant(tenant) for key, tenant in sorted(world.tenants.items())}


def _tenant(tenant: Tenant) -> dict[str, Any]:
    return deepcopy(
        {
            "displayName": tenant.display_name,
            "policy": tenant.policy,
            "defaultPolicy": tenant.default_policy,
            "partners": dict(sorted(tenant.partners.items())),
            "identitySynchronization": dict(sorted(tenant.identity_sync.items())),
            "applications": {
                key: {**item.properties, "owners": sorted(item.owners)}
                for key, item in sorted(tenant.applications.items())
            },
            "servicePrincipals": {
                key: _principal(item)
                for key, item in sorted(tenant.service_principals.items())
                if item.properties["appId"] != GRAPH_APP_ID
            },
            "appRoleAssignments": dict(sorted(tenant.assignments.by_id.items())),
            "users": {
                key: {**user.properties, "manager": user.manager_id, "external": user.external, "origin": user.origin}
                for key, user in sorted(tenant.users.items())
            },
            "groups": {
                key: {**group.properties, "members": sorted(group.members)}
                for key, group in sorted(tenant.groups.items())
            },
            "deletedItems": {
                key: {"kind": entry.kind, **entry.item.properties} for key, entry in sorted(tenant.deleted.items())
            },
        }
    )


def _principal(principal: ServicePrincipal) -> dict[str, Any]:
    return {
        **principal.properties,
        "owners": sorted(principal.owners),
        "secrets": dict(sorted(principal.secrets.items())),
        "jobs": {key: _job(job) for key, job in sorted(principal.jobs.items())},
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        **job.as_graph(),
        "started": job.running,
        "startCalls": job.start_calls,
        "initialCycle": job.initial_cycle,
        "schema": {key: value for key, value in job.schema.items() if key != "directories"},
        "links": {key: link.target_id for key, link in sorted(job.links.items())},
    }


def normalized(world: World) -> dict[str, Any]:
    """The state without what differs between two runs that did the same."""
    names = _names(world)
    return {key: _normalize(value, names) for key, value in dump(world).items()}


def _names(world: World) -> dict[str, str]:
    """Stable names of generated ids: by what an object is called, numbered when that repeats."""
    names = _Names()
    for tenant in world.tenants.values():
        for principal in sorted(tenant.service_principals.values(), key=_principal_rank):
            names.of_principal(tenant.display_name, principal)
        names.of_objects(tenant)
        names.of_deleted(tenant)
        names.of_assignments(tenant)
    return names.given


class _Names:
    """Hands out names; the first one an id gets stays."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}
        self._taken: dict[str, int] = {}

    def give(self, identifier: str, name: str) -> None:
        if identifier.lower() in self.given:
            return
        number = self._taken[name] = self._taken.get(name, 0) + 1
        self.given[identifier.lower()] = f"<{name}>" if number == 1 else f"<{name}#{number}>"

    def of_principal(self, where: str, principal: ServicePrincipal) -> None:
        title = f"{where}:{principal.properties['displayName']}"
        self.give(principal.id, f"servicePrincipal:{title}")
        if principal.properties["appId"] == GRAPH_APP_ID:
            return
        if principal.synchronizable:
            self.give(principal.properties["appId"], f"app:{title}")
        self._of_parts(principal.properties, "", title)
        for job in sorted(principal.jobs.values(), key=lambda item: item.created_at):
            self.give(job.id, f"job:{title}")
            for rule in job.schema["synchronizationRules"]:
                self.give(rule["id"], f"rule:{title}")

    def _of_parts(self, properties: dict[str, Any], prefix: str, title: str) -> None:
        for role in properties.get("appRoles") or []:
            self.give(role["id"], f"{prefix}role:{title}:{role['displayName']}")
        for scope in properties.get("oauth2PermissionScopes") or []:
            self.give(scope["id"], f"{prefix}scope:{title}")

    def of_objects(self, tenant: Tenant) -> None:
        where = tenant.display_name
        applications = sorted(
            tenant.applications.values(),
            key=lambda item: (item.properties["displayName"], item.properties["createdDateTime"]),
        )
        for application in applications:
            self.give(application.id, f"application:{where}:{application.properties['displayName']}")
        for user in sorted(tenant.users.values(), key=lambda item: item.upn):
            self.give(user.id, f"user:{user.upn}")
        for group in sorted(tenant.groups.values(), key=lambda item: str(item.properties["displayName"])):
            self.give(group.id, f"group:{where}:{group.properties['displayName']}")

    def of_deleted(self, tenant: Tenant) -> None:
        entries = [
            (entry.kind, str(properties.get("userPrincipalName") or properties.get("displayName")), key, properties)
            for key, entry in tenant.deleted.items()
            for properties in [entry.item.properties]
        ]
        for kind, name, key, properties in sorted(entries, key=lambda entry: entry[:2]):
            title = f"{tenant.display_name}:{name}"
            self.give(key, f"deleted:{kind}:{title}")
            if properties.get("appId"):
                self.give(properties["appId"], f"deletedApp:{title}")
            self._of_parts(properties, "deleted-", title)

    def of_assignments(self, tenant: Tenant) -> None:
        members = ("resourceId", "principalId", "appRoleId")
        named = [
            ([self.given.get(item[member], str(item[member])) for member in members], item["id"])
            for item in tenant.assignments.by_id.values()
        ]
        for parts, key in sorted(named):
            self.give(key, ":".join(["assignment", *parts]))


def _principal_rank(principal: ServicePrincipal) -> tuple[str, str, int, int, str]:
    properties = principal.properties
    return (
        str(properties["displayName"]),
        principal.secrets.get("CompanyId", ""),
        len(principal.jobs),
        len(principal.secrets),
        str(properties.get("createdDateTime", "")),
    )


def _normalize(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        pairs = [
            (_rename(str(key), names), _normalize(item, names)) for key, item in value.items() if key not in VOLATILE
        ]
        return dict(sorted(pairs, key=lambda pair: pair[0]))
    if isinstance(value, list):
        return [_normalize(item, names) for item in value]
    if isinstance(value, str):
        return MOMENT.sub("<time>", _rename(value, names))
    return value


def _rename(text: str, names: dict[str, str]) -> str:
    whole = names.get(text.lower())
    if whole is not None:
        return whole
    return GUID.sub(lambda match: names.get(match.group(0).lower(), match.group(0)), text)
