# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which application permission an operation needs (graph-api.md section 2 and metadata/permissions.json)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import GraphError, denied, synchronization_denied
from .metadata_model import permission_data

if TYPE_CHECKING:
    from .calls import Call

APP_READ = (
    "Application.Read.All",
    "Application.ReadWrite.All",
    "Application.ReadWrite.OwnedBy",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
APP_WRITE = ("Application.ReadWrite.All", "Application.ReadWrite.OwnedBy")
SYNC_READ = ("Synchronization.Read.All", "Synchronization.ReadWrite.All", "Application.ReadWrite.OwnedBy")
SYNC_WRITE = ("Synchronization.ReadWrite.All", "Application.ReadWrite.OwnedBy")
GROUP_WRITE = ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", "Directory.ReadWrite.All")
USER_READ = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
POLICY_WRITE = ("Policy.ReadWrite.CrossTenantAccess",)
POLICY_READ = ("Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess")

# Operations the public permission data does not list by itself. None: any token will do.
SUPPLEMENT: dict[str, tuple[str, ...] | None] = {
    "GET /applicationtemplates": None,
    "GET /applicationtemplates/{id}": None,
    "GET /directory/deleteditems/microsoft.graph.application": APP_READ,
    "GET /directory/deleteditems/microsoft.graph.serviceprincipal": APP_READ,
    "GET /directory/deleteditems/microsoft.graph.user": USER_READ,
    "GET /directory/deleteditems/{id}": (*APP_READ, *USER_READ),
    "DELETE /directory/deleteditems/{id}": (*APP_WRITE, "User.DeleteRestore.All", "User.ReadWrite.All"),
    "POST /directory/deleteditems/{id}/restore": (*APP_WRITE, "User.DeleteRestore.All", "User.ReadWrite.All"),
    "POST /groups/{id}/members/$ref": GROUP_WRITE,
    "DELETE /groups/{id}/members/{id}/$ref": GROUP_WRITE,
    "GET /users/{id}/manager": USER_READ,
    "GET /users/{id}/authentication/phonemethods/{id}": (
        "UserAuthenticationMethod.Read.All",
        "UserAuthenticationMethod.ReadWrite.All",
    ),
    "GET /policies/deleteditems/crosstenantpartners": POLICY_READ,
    "GET /policies/deleteditems/crosstenantsyncpolicypartners": POLICY_READ,
    "POST /policies/deleteditems/crosstenantpartners/{id}/restore": POLICY_WRITE,
    "POST /policies/deleteditems/crosstenantsyncpolicypartners/{id}/restore": POLICY_WRITE,
    "POST /serviceprincipals/{id}/synchronization/jobs/validatecredentials": SYNC_WRITE,
    "GET /serviceprincipals/{id}/synchronization": SYNC_READ,
    "GET /serviceprincipals/{id}/synchronization/jobs/{id}/schema/directories": SYNC_READ,
    "GET /serviceprincipals/{id}/synchronization/jobs/{id}/schema/directories/{id}": SYNC_READ,
}


def check(call: Call) -> None:
    """Refuse the call when the token's roles do not suffice."""
    if not call.world.settings["enforce_permissions"]:
        return
    needed = _needed(call)
    if needed is None:
        return
    synchronization = call.route.area == "synchronization"
    if not call.caller.has(*needed):
        raise _refusal(synchronization)
    if call.route.permission_key in ASSIGN_CREATE:
        _check_assignment_create(call)
    _check_ownership(call, needed, synchronization)


def _refusal(synchronization: bool) -> GraphError:
    return synchronization_denied() if synchronization else denied()


def _needed(call: Call) -> tuple[str, ...] | None:
    key = call.route.permission_key
    settings = call.world.settings
    if key == "GET /serviceprincipals/{id}/synchronization/secrets":
        # UNCONFIRMED which permission gates it (graph-api.md section 17).
        return SYNC_READ if settings["secrets_readable_with_synchronization_read"] else SYNC_WRITE
    if key == "POST /directoryobjects/getbyids" and settings["get_by_ids_with_type_permissions"]:
        return ("Directory.Read.All", "User.Read.All", "Group.Read.All")
    if key in SUPPLEMENT:
        return SUPPLEMENT[key]
    listed: list[str] | None = permission_data()["paths"].get(key)
    if listed is None:
        raise LookupError(f"no permission known for {key}")
    return tuple(listed)


for _name in ("multitenantorganizationpartnerconfiguration", "multitenantorganizationidentitysynchronization"):
    _template = f"/policies/crosstenantaccesspolicy/templates/{_name}"
    SUPPLEMENT[f"GET {_template}"] = POLICY_READ
    SUPPLEMENT[f"PATCH {_template}"] = POLICY_WRITE
    SUPPLEMENT[f"POST {_template}/resettodefaultsettings"] = POLICY_WRITE


ASSIGN_CREATE = {
    "POST /serviceprincipals/{id}/approleassignedto",
    "POST /users/{id}/approleassignments",
    "POST /groups/{id}/approleassignments",
}


def _check_assignment_create(call: Call) -> None:
    """AppRoleAssignment.ReadWrite.All and a read permission (graph-api.md section 9).

    The data also lists Application.ReadWrite.All alone; whether that suffices is a switch.
    """
    if call.world.settings["application_readwrite_all_may_assign"] and call.caller.has("Application.ReadWrite.All"):
        return
    if not call.caller.has("AppRoleAssignment.ReadWrite.All") or not call.caller.has(*APP_READ):
        raise denied()


def _check_ownership(call: Call, needed: tuple[str, ...], synchronization: bool) -> None:
    """With only Application.ReadWrite.OwnedBy a caller reaches the objects it owns (graph-api.md section 2)."""
    wider = [role for role in needed if role != "Application.ReadWrite.OwnedBy"]
    if "Application.ReadWrite.OwnedBy" not in needed or call.caller.has(*wider):
        return
    if not call.route.write and not synchronization:
        return
    if call.route.template.endswith("/restart") and call.world.settings["owned_by_restart_refused"]:
        # Reported product defect: 401 UnknownError although the permission is documented as sufficient.
        raise synchronization_denied()
    key = call.params.get("id")
    if key is None or call.route.template.startswith("/applicationTemplates"):
        return
    owners = _owners(call, str(key).lower())
    if owners is not None and call.caller.object_id not in owners:
        raise _refusal(synchronization)


def _owners(call: Call, key: str) -> set[str] | None:
    tenant = call.tenant
    if call.route.template.startswith("/applications"):
        for application in tenant.applications.values():
            if key in (application.id, application.properties["appId"]):
                return application.owners
    for principal in tenant.service_principals.values():
        if key in (principal.id, principal.properties["appId"]):
            return principal.owners
    deleted = tenant.deleted.get(key)
    return deleted.item.owners if deleted and hasattr(deleted.item, "owners") else None
