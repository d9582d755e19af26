# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything one tenant holds. Graph properties are plain dictionaries; what Graph never shows stands beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from .job import Job

GRAPH_APP_ID = "00000003-0000-0000-c000-000000000000"


@dataclass
class Credential:
    """One client secret."""

    value: str
    expired: bool = False


@dataclass
class AppRegistration:
    """An application that may ask for tokens."""

    client_id: str
    name: str
    object_id: str
    secrets: list[Credential] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    federated: list[dict[str, str]] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    consented: bool = True
    managed_identity: bool = False


@dataclass
class User:
    """A user; ``origin`` is the security identifier of the home user when this is an external user."""

    id: str
    properties: dict[str, Any]
    manager_id: str | None = None
    sms_sign_in: bool = False
    external: bool = False
    origin: str | None = None
    pending: bool = False

    @property
    def net_id(self) -> str:
        """The passport-like identifier from which ``AltSecIdFromNetId`` builds the matching value."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:16].upper()

    @property
    def upn(self) -> str:
        """userPrincipalName."""
        return str(self.properties["userPrincipalName"])


@dataclass
class Group:
    """A group with its direct members (users and groups) in order of joining."""

    id: str
    properties: dict[str, Any]
    members: dict[str, None] = field(default_factory=dict)
    origin: str | None = None


@dataclass
class ServicePrincipal:
    """A service principal with its synchronization container."""

    id: str
    properties: dict[str, Any]
    owners: set[str] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    synchronizable: bool = False
    role_ids: set[str] = field(default_factory=set)


@dataclass
class Application:
    """An application object."""

    id: str
    properties: dict[str, Any]
    owners: set[str] = field(default_factory=set)


@dataclass
class DeletedItem:
    """An entry of the recycle bin (30 days on the simulated clock)."""

    kind: str
    item: Any
    deleted_at: float
    by_engine: bool = False


class Assignments:
    """App role assignments with the indexes that keep ten thousand of them cheap."""

    def __init__(self) -> None:
        self.by_id: dict[str, dict[str, Any]] = {}
        self.by_resource: dict[str, dict[str, dict[str, Any]]] = {}
        self.by_principal: dict[str, dict[str, dict[str, Any]]] = {}
        self.by_meaning: dict[tuple[str, str, str], str] = {}

    def add(self, assignment: dict[str, Any]) -> None:
        """Store one."""
        key = assignment["id"]
        self.by_id[key] = assignment
        self.by_resource.setdefault(assignment["resourceId"], {})[key] = assignment
        self.by_principal.setdefault(assignment["principalId"], {})[key] = assignment
        self.by_meaning[_meaning(assignment)] = key

    def remove(self, key: str) -> dict[str, Any] | None:
        """Remove one."""
        assignment = self.by_id.pop(key, None)
        if assignment is not None:
            self.by_resource[assignment["resourceId"]].pop(key)
            self.by_principal[assignment["principalId"]].pop(key)
            self.by_meaning.pop(_meaning(assignment), None)
        return assignment

    def remove_of(self, object_id: str) -> None:
        """Remove all that name a principal or resource."""
        for index in (self.by_resource, self.by_principal):
            for key in list(index.get(object_id, {})):
                self.remove(key)


def _meaning(assignment: dict[str, Any]) -> tuple[str, str, str]:
    return assignment["principalId"], assignment["resourceId"], assignment["appRoleId"]


@dataclass
class Tenant:
    """One directory."""

    id: str
    display_name: str
    domains: list[dict[str, Any]]
    apps: dict[str, AppRegistration] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    default_policy: dict[str, Any] = field(default_factory=dict)
    partners: dict[str, dict[str, Any]] = field(default_factory=dict)
    identity_sync: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy_templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted_policies: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    service_principals: dict[str, ServicePrincipal] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    assignments: Assignments = field(default_factory=Assignments)
    deleted: dict[str, DeletedItem] = field(default_factory=dict)
    provisioning_log: list[dict[str, Any]] = field(default_factory=list)
    guest_invitations: bool = True
    users_by_upn: dict[str, str] = field(default_factory=dict)
    users_by_origin: dict[str, str] = field(default_factory=dict)

    @property
    def initial_domain(self) -> str:
        """The ``onmicrosoft`` domain."""
        for domain in self.domains:
            if domain["isInitial"]:
                return str(domain["name"])
        return str(self.domains[0]["name"])

    @property
    def default_domain(self) -> str:
        """The default domain."""
        for domain in self.domains:
            if domain["isDefault"]:
                return str(domain["name"])
        return str(self.domains[0]["name"])

    def has_domain(self, name: str) -> bool:
        """Whether a domain is verified here."""
        return any(domain["name"].lower() == name.lower() for domain in self.domains)

    def add_user(self, user: User) -> None:
        """Store a user and its indexes."""
        self.users[user.id] = user
        self.users_by_upn[user.upn.lower()] = user.id
        if user.origin:
            self.users_by_origin[user.origin] = user.id

    def remove_user(self, user_id: str) -> User:
        """Take a user out of the active directory; memberships and assignments go too."""
        user = self.users.pop(user_id)
        self.users_by_upn.pop(user.upn.lower(), None)
        if user.origin:
            self.users_by_origin.pop(user.origin, None)
        for group in self.groups.values():
            group.members.pop(user_id, None)
        self.assignments.remove_of(user_id)
        return user

    def find_user(self, key: str) -> User | None:
        """By id or userPrincipalName."""
        return self.users.get(key.lower()) or self.users.get(self.users_by_upn.get(key.lower(), ""))

    def directory_object(self, object_id: str) -> User | Group | ServicePrincipal | None:
        """A possible principal of an assignment."""
        key = object_id.lower()
        return self.users.get(key) or self.groups.get(key) or self.service_principals.get(key)
