# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection does in a tenant, and the permissions that it takes (graph-api.md section 2). PRIVATE."""

from __future__ import annotations

import typing as t

_OWNED = "Application.ReadWrite.OwnedBy"
_DIRECTORY = "Directory.ReadWrite.All"
_DIRECTORY_READ = ("Directory.Read.All", _DIRECTORY)
_APP_WRITE = "Application.ReadWrite.All"


class Right(t.NamedTuple):
    """Permissions of which one suffices, the least privileged first.

    :param application: those of an app.
    :param delegated: those of an app that acts for a user.
    :param doubtful: others that may suffice, and the doubt.
    """

    application: tuple[str, ...]
    delegated: tuple[str, ...]
    doubtful: t.Mapping[str, str] = {}


def _same(*permissions: str, doubtful: t.Mapping[str, str] | None = None) -> Right:
    return Right(permissions, permissions, doubtful or {})


_IF_OWNED = f"{_OWNED} suffices only for configurations whose service principal the app owns"
_IN_SYNCHRONIZATION = {
    _OWNED: (
        f"{_IF_OWNED}, and restarting a job with it is reported to be refused: Synchronization.ReadWrite.All suffices"
        " for all"
    ),
    _DIRECTORY: (
        f"Microsoft's documents contradict each other on whether {_DIRECTORY} suffices for the synchronization:"
        " Synchronization.ReadWrite.All does"
    ),
}

_POLICY_READ = _same("Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess")
_POLICY_WRITE = _same("Policy.ReadWrite.CrossTenantAccess")
_APP_READ = Right(
    ("Application.Read.All", _OWNED, _APP_WRITE, *_DIRECTORY_READ),
    ("Application.Read.All", _APP_WRITE, *_DIRECTORY_READ),
)
# Whoever makes a configuration owns it.
_APP_CREATE = Right((_APP_WRITE, _OWNED, _DIRECTORY), (_APP_WRITE, _DIRECTORY))
_APP_CHANGE = _same(
    _APP_WRITE,
    doubtful={
        _OWNED: _IF_OWNED,
        _DIRECTORY: (
            f"{_DIRECTORY} suffices for making a configuration and not for renaming or deleting it: {_APP_WRITE} does"
        ),
    },
)
_SYNC_READ = _same("Synchronization.Read.All", "Synchronization.ReadWrite.All", doubtful=_IN_SYNCHRONIZATION)
_SYNC_WRITE = _same("Synchronization.ReadWrite.All", doubtful=_IN_SYNCHRONIZATION)
_ASSIGN = _same(
    "AppRoleAssignment.ReadWrite.All",
    doubtful={
        _APP_WRITE: f"{_APP_WRITE} is listed as sufficient for assigning and reported not to be:"
        " AppRoleAssignment.ReadWrite.All is"
    },
)
_USERS = _same("User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", *_DIRECTORY_READ)
_MEMBERS = ("GroupMember.Read.All", "GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All")
_GROUPS = _same(*_MEMBERS, "Group.ReadBasic.All", *_DIRECTORY_READ)
_GROUP_MEMBERS = _same(*_MEMBERS, "GroupMember.ReadBasic.All", "Group.ReadBasic.All", *_DIRECTORY_READ)

OPERATIONS: dict[str, tuple[Right, ...]] = {
    "read_policies": (_POLICY_READ,),
    "write_policies": (_POLICY_WRITE,),
    "read_configurations": (_APP_READ,),
    "write_configurations": (_APP_CREATE, _APP_CHANGE),
    "delete_configurations": (_APP_CHANGE,),
    "read_synchronization": (_SYNC_READ,),
    "write_synchronization": (_SYNC_WRITE,),
    "validate_credentials": (_SYNC_WRITE,),
    # Reading operators and functions takes the right to write.
    "check_schema": (_SYNC_WRITE,),
    "write_schema": (_SYNC_WRITE,),
    "read_assignments": (_APP_READ,),
    "write_assignments": (_ASSIGN, _APP_READ),
    "read_principals": (_USERS, _GROUPS),
    "count_group_members": (_GROUP_MEMBERS,),
    "read_sign_in_methods": (_same("UserAuthenticationMethod.Read.All", "UserAuthenticationMethod.ReadWrite.All"),),
    "provision_on_demand": (_SYNC_WRITE, _USERS),
    "read_provisioning_logs": (_same("ProvisioningLog.Read.All", "AuditLog.Read.All", *_DIRECTORY_READ),),
    "read_licences": (_same("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY_READ),),
    "find_tenants": (_same("CrossTenantInformation.ReadBasic.All"),),
}
# What single options need; looked at when asked for.
SPECIAL = ("read_sign_in_methods", "read_licences")


def judge(operation: str, held: t.Collection[str], *, delegated: bool) -> tuple[list[str], list[str]]:
    """What an operation lacks, as the least privileged permissions, and the doubts about what it has."""
    missing: list[str] = []
    doubts: list[str] = []
    for right in OPERATIONS[operation]:
        permissions = right.delegated if delegated else right.application
        if set(permissions) & set(held):
            continue
        doubtful = [
            doubt for name, doubt in right.doubtful.items() if name in held and not (delegated and name == _OWNED)
        ]
        if doubtful:
            doubts.append(doubtful[0])
        else:
            missing.append(permissions[0])
    return missing, doubts
