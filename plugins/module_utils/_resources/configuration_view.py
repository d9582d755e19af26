# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A configuration in the words of this collection (graph-api.md section 7). PRIVATE to the collection.

Both halves of it together are a tree of ``servicePrincipal`` and ``application``.
"""

from __future__ import annotations

from .._properties import Property, as_options
from .._types import Tree
from .app_roles import app_role_id

CONFIGURATION_SETTINGS = (
    Property("display_name", "servicePrincipal.displayName"),
    Property("account_enabled", "servicePrincipal.accountEnabled"),
    Property("app_role_assignment_required", "servicePrincipal.appRoleAssignmentRequired"),
    Property("service_management_reference", "application.serviceManagementReference"),
)


def configuration_identity(target: str | None, halves: Tree) -> Tree:
    """The ids of a configuration, and its name."""
    principal = halves["servicePrincipal"]
    return {
        "service_principal_id": principal["id"],
        "application_id": (halves.get("application") or {}).get("id"),
        "app_id": principal.get("appId"),
        "app_role_id": app_role_id(principal.get("appRoles") or []),
        "target_tenant_id": target,
        "display_name": principal.get("displayName"),
    }


def configuration_view(target: str | None, halves: Tree) -> Tree:
    """A configuration as modules return it."""
    return {**configuration_identity(target, halves), **as_options(CONFIGURATION_SETTINGS, halves)}
