# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which permission to grant when a request is refused. PRIVATE to the collection.

The least privileged one that suffices for every object (graph-api.md section 2).
"""

from __future__ import annotations

import re
import typing as t


class Need(t.NamedTuple):
    """Requests and the permission that allows them."""

    methods: str
    path: str
    permission: str


_SYNCHRONIZATION = r"/servicePrincipals/[^/]+/synchronization/"
_ASSIGNMENTS = r"/servicePrincipals/[^/]+/appRoleAssignedTo"
_APPLICATIONS = r"/(applications|servicePrincipals|directory/deletedItems)"

# The first row that fits counts.
NEEDS = (
    Need("GET", r"/policies/crossTenantAccessPolicy", "Policy.Read.All"),
    Need("POST PUT PATCH DELETE", r"/policies/crossTenantAccessPolicy", "Policy.ReadWrite.CrossTenantAccess"),
    Need("GET", r"/tenantRelationships/", "CrossTenantInformation.ReadBasic.All"),
    Need("GET", r"/organization", "Organization.Read.All"),
    Need("POST", r"/applicationTemplates/[^/]+/instantiate", "Application.ReadWrite.All"),
    Need("GET", _SYNCHRONIZATION + r".*/schema/(filterOperators|functions)", "Synchronization.ReadWrite.All"),
    Need("GET", _SYNCHRONIZATION, "Synchronization.Read.All"),
    Need("POST PUT PATCH DELETE", _SYNCHRONIZATION, "Synchronization.ReadWrite.All"),
    Need("POST DELETE", _ASSIGNMENTS, "AppRoleAssignment.ReadWrite.All"),
    Need("GET", _APPLICATIONS, "Application.Read.All"),
    Need("POST PATCH DELETE", _APPLICATIONS, "Application.ReadWrite.All"),
    Need("GET", r"/users/[^/]+/authentication/", "UserAuthenticationMethod.Read.All"),
    Need("GET", r"/users", "User.ReadBasic.All"),
    Need("GET", r"/groups", "GroupMember.Read.All"),
    Need("GET", r"/auditLogs/provisioning", "ProvisioningLog.Read.All"),
)


def permission_for(method: str, path: str) -> str | None:
    """The permission that allows a request; None for a request that is not in the table."""
    return next(
        (need.permission for need in NEEDS if method in need.methods.split() and re.match(need.path, path)), None
    )


def permission_hint(method: str, path: str) -> str:
    """What to grant so that a refused request is allowed."""
    permission = permission_for(method, path)
    if permission is None:
        return "Grant the app the permission that this request needs, and consent to it"
    also = " together with Application.Read.All" if method == "POST" and path.endswith("/appRoleAssignedTo") else ""
    return (
        f"Grant the application permission {permission}{also} to the app registration in this tenant, and let an"
        " administrator consent to it"
    )
