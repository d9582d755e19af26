# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which application permission each request needs. PRIVATE to the collection.

Least privileged first; any one of a row's permissions suffices (graph-api.md section 2).
"""

from __future__ import annotations

import re
import typing as t


class Need(t.NamedTuple):
    """Requests and the permissions that allow them."""

    methods: str
    path: str
    any_of: tuple[str, ...]


_POLICY_WRITE = ("Policy.ReadWrite.CrossTenantAccess",)
_APP_WRITE = ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All")
_APP_READ = ("Application.Read.All", *_APP_WRITE, "Directory.Read.All")
_SYNC_WRITE = ("Synchronization.ReadWrite.All", "Application.ReadWrite.OwnedBy", "Directory.ReadWrite.All")
_SYNC_READ = ("Synchronization.Read.All", *_SYNC_WRITE)

NEEDS = (
    Need("GET", r"/policies/crossTenantAccessPolicy", ("Policy.Read.All", *_POLICY_WRITE)),
    Need("POST PUT PATCH DELETE", r"/policies/crossTenantAccessPolicy", _POLICY_WRITE),
    Need("GET", r"/tenantRelationships/", ("CrossTenantInformation.ReadBasic.All",)),
    Need("GET", r"/organization", ("Organization.Read.All", "Directory.Read.All", "User.Read.All")),
    Need("POST", r"/applicationTemplates/[^/]+/instantiate", _APP_WRITE),
    Need("GET", r"/servicePrincipals/[^/]+/synchronization/", _SYNC_READ),
    Need("POST PUT PATCH DELETE", r"/servicePrincipals/[^/]+/synchronization/", _SYNC_WRITE),
    Need("GET", r"/servicePrincipals/[^/]+/appRoleAssignedTo", _APP_READ),
    Need(
        "POST DELETE",
        r"/servicePrincipals/[^/]+/appRoleAssignedTo",
        ("AppRoleAssignment.ReadWrite.All", "Application.ReadWrite.All"),
    ),
    Need("GET", r"/(applications|servicePrincipals)", _APP_READ),
    Need("POST PATCH DELETE", r"/(applications|servicePrincipals|directory/deletedItems)", _APP_WRITE),
    Need("GET", r"/users", ("User.ReadBasic.All", "User.Read.All", "Directory.Read.All")),
    Need("GET", r"/groups", ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All")),
    Need("GET", r"/auditLogs/provisioning", ("ProvisioningLog.Read.All", "AuditLog.Read.All", "Directory.Read.All")),
)


def permissions_for(method: str, path: str) -> tuple[str, ...]:
    """The permissions of which a request needs one; empty for a request that is not in the table."""
    for need in NEEDS:
        if method in need.methods.split() and re.match(need.path, path):
            return need.any_of
    return ()


def permission_hint(method: str, path: str) -> str:
    """What to grant so that a refused request is allowed."""
    permissions = permissions_for(method, path)
    if not permissions:
        return "Grant the app the permission that this request needs, and consent to it"
    also = " together with Application.Read.All" if method == "POST" and path.endswith("/appRoleAssignedTo") else ""
    return (
        f"Grant the application permission {permissions[0]}{also} to the app registration in this tenant, and let an"
        " administrator consent to it"
    )


# What the collection does in a tenant, and the requests that this takes.
OPERATIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "read_policies": (("GET", "/policies/crossTenantAccessPolicy"),),
    "write_policies": (("PATCH", "/policies/crossTenantAccessPolicy"),),
    "read_configurations": (("GET", "/servicePrincipals"),),
    "write_configurations": (("POST", "/applicationTemplates/id/instantiate"),),
    "read_synchronization": (("GET", "/servicePrincipals/id/synchronization/jobs"),),
    "write_synchronization": (("POST", "/servicePrincipals/id/synchronization/jobs"),),
    "read_assignments": (("GET", "/servicePrincipals/id/appRoleAssignedTo"),),
    "write_assignments": (("POST", "/servicePrincipals/id/appRoleAssignedTo"), ("GET", "/servicePrincipals")),
    "read_principals": (("GET", "/users"), ("GET", "/groups")),
    "read_provisioning_logs": (("GET", "/auditLogs/provisioning"),),
    "find_tenants": (("GET", "/tenantRelationships/"),),
}


def missing_for(operation: str, held: t.Collection[str]) -> list[str]:
    """The least privileged permissions that would allow an operation, as far as none that allows it is held."""
    needs = [permissions_for(method, path) for method, path in OPERATIONS[operation]]
    return [any_of[0] for any_of in needs if not set(any_of) & set(held)]
