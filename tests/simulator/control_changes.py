# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes behind the clients' back: what other administrators, users and the platform do."""

from __future__ import annotations

import uuid
from typing import Any

from . import seed as seeds
from .assignment_objects import make_assignment
from .job import QUARANTINE_REASONS, Job, quarantine_object
from .policy_defaults import fresh_partner
from .seed_configurations import add_configuration
from .tenant import Group, ServicePrincipal, Tenant, User
from .users import change_user, soft_delete
from .world import World

HTTP_ACTIONS = (
    "set_user",
    "delete_user",
    "purge_user",
    "add_user",
    "add_users",
    "add_group",
    "add_member",
    "remove_member",
    "set_secret",
    "remove_permission",
    "add_permission",
    "set_partner",
    "delete_partner",
    "set_identity_sync",
    "set_default_policy",
    "assign",
    "unassign",
    "add_configuration",
    "delete_job",
    "set_service_principal",
    "add_known_tenant",
    "expire_secret",
)


class Changes:
    """Mixed into :class:`Control`; every method takes the lock itself."""

    world: World

    def _tenant(self, name: str) -> Tenant:
        tenant = self.world.tenant_by_name(name)
        if tenant is None:
            raise KeyError(f"no tenant {name!r}")
        return tenant

    def _user(self, tenant: Tenant, key: str) -> User:
        user = tenant.find_user(key)
        if user is None:
            raise KeyError(f"no user {key!r}")
        return user

    def _group(self, tenant: Tenant, key: str) -> Group:
        for group in tenant.groups.values():
            if key in (group.id, group.properties["displayName"]):
                return group
        raise KeyError(f"no group {key!r}")

    def _principal(self, tenant: Tenant, key: str) -> ServicePrincipal:
        for principal in tenant.service_principals.values():
            if key in (principal.id, principal.properties["displayName"], principal.properties["appId"]):
                return principal
        raise KeyError(f"no service principal {key!r}")

    def _job(self, tenant: Tenant, key: str | None) -> Job:
        jobs = [job for principal in tenant.service_principals.values() for job in principal.jobs.values()]
        found = [job for job in jobs if key in (None, job.id)]
        if len(found) != 1:
            raise KeyError(f"{len(found)} jobs match {key!r}")
        return found[0]

    # users and groups
    def set_user(self, tenant: str, user: str, **properties: Any) -> None:
        """Set Graph properties of a user; ``sms_sign_in`` and ``manager`` (a name or None) work too."""
        with self.world.lock:
            found = self._tenant(tenant)
            target = self._user(found, user)
            if "sms_sign_in" in properties:
                target.sms_sign_in = bool(properties.pop("sms_sign_in"))
            if "manager" in properties:
                name = properties.pop("manager")
                target.manager_id = self._user(found, name).id if name else None
            change_user(found, target, properties)

    def add_user(self, tenant: str, entry: dict[str, Any] | None = None, **more: Any) -> str:
        """Add a user in the form of the seed; returns the id."""
        with self.world.lock:
            return seeds.add_user(self._tenant(tenant), {**(entry or {}), **more}, self.world.clock).id

    def add_users(self, tenant: str, n: int, prefix: str = "user") -> list[str]:
        """Add ``n`` plain members; returns their ids."""
        with self.world.lock:
            found = self._tenant(tenant)
            domain = found.default_domain
            return [
                seeds.add_user(
                    found, {"upn": f"{prefix}{number}@{domain}", "display_name": f"{prefix} {number}"}, self.world.clock
                ).id
                for number in range(n)
            ]

    def delete_user(self, tenant: str, user: str) -> None:
        """Delete a user as an administrator would: recoverable for 30 days."""
        with self.world.lock:
            found = self._tenant(tenant)
            soft_delete(found, self._user(found, user), self.world.clock.timestamp(), self.world.clock.iso())

    def purge_user(self, tenant: str, user: str) -> None:
        """Remove a user without a trace, as when external users leave by themselves."""
        with self.world.lock:
            found = self._tenant(tenant)
            found.remove_user(self._user(found, user).id)

    def add_group(self, tenant: str, name: str, members: list[str] | None = None, **more: Any) -> str:
        """Add a group in the form of the seed; returns the id."""
        with self.world.lock:
            return seeds.add_group(
                self._tenant(tenant), {"name": name, "members": members or [], **more}, self.world.clock
            ).id

    def add_member(self, tenant: str, group: str, member: str) -> None:
        """Add a user to a group."""
        with self.world.lock:
            found = self._tenant(tenant)
            self._group(found, group).members[self._user(found, member).id] = None

    def remove_member(self, tenant: str, group: str, member: str) -> None:
        """Remove a user from a group."""
        with self.world.lock:
            found = self._tenant(tenant)
            del self._group(found, group).members[self._user(found, member).id]

    # applications and configurations
    def add_permission(self, tenant: str, client_id: str, role: str) -> None:
        """Grant a Graph permission; new tokens carry it."""
        with self.world.lock:
            found = self._tenant(tenant)
            app = found.apps[client_id.lower()]
            if role not in app.roles:
                app.roles.append(role)
                seeds.grant(found, app, role, seeds.graph_principal(found), self.world.clock.iso())

    def remove_permission(self, tenant: str, client_id: str, role: str) -> None:
        """Withdraw a Graph permission; tokens already issued keep it."""
        with self.world.lock:
            found = self._tenant(tenant)
            app = found.apps[client_id.lower()]
            app.roles.remove(role)
            for key in list(found.assignments.by_principal.get(app.object_id, {})):
                found.assignments.remove(key)
            for kept in app.roles:
                seeds.grant(found, app, kept, seeds.graph_principal(found), self.world.clock.iso())

    def expire_secret(self, tenant: str, client_id: str) -> None:
        """Let all client secrets of an application expire."""
        with self.world.lock:
            for credential in self._tenant(tenant).apps[client_id.lower()].secrets:
                credential.expired = True

    def add_configuration(self, tenant: str, entry: dict[str, Any] | None = None, **more: Any) -> str:
        """Add a configuration in the form of the seed; returns the service principal's id."""
        with self.world.lock:
            return add_configuration(
                self._tenant(tenant), {**(entry or {}), **more}, self.world.settings, self.world.clock
            )

    def set_service_principal(self, tenant: str, service_principal: str, **properties: Any) -> None:
        """Set Graph properties of a service principal, named by id, display name or app id."""
        with self.world.lock:
            self._principal(self._tenant(tenant), service_principal).properties.update(properties)

    def set_secret(self, tenant: str, service_principal: str, key: str, value: str | None) -> None:
        """Change a synchronization secret; None removes it."""
        with self.world.lock:
            secrets = self._principal(self._tenant(tenant), service_principal).secrets
            if value is None:
                secrets.pop(key, None)
            else:
                secrets[key] = value

    def delete_job(self, tenant: str, job: str | None = None) -> None:
        """Delete a job, the only one when none is named."""
        with self.world.lock:
            found = self._tenant(tenant)
            target = self._job(found, job)
            for principal in found.service_principals.values():
                principal.jobs.pop(target.id, None)

    def assign(self, tenant: str, service_principal: str, principal: str, role_id: str | None = None) -> str:
        """Assign a user or group; returns the assignment's id."""
        with self.world.lock:
            found = self._tenant(tenant)
            resource = self._principal(found, service_principal)
            holder: User | Group = found.find_user(principal) or self._group(found, principal)
            role = role_id or resource.properties["appRoles"][0]["id"]
            item = make_assignment(holder, resource, role, self.world.clock.iso())
            found.assignments.add(item)
            return str(item["id"])

    def unassign(self, tenant: str, service_principal: str, principal: str) -> None:
        """Remove all assignments of a user or group."""
        with self.world.lock:
            found = self._tenant(tenant)
            resource = self._principal(found, service_principal)
            holder: User | Group = found.find_user(principal) or self._group(found, principal)
            for key, item in list(found.assignments.by_resource.get(resource.id, {}).items()):
                if item["principalId"] == holder.id:
                    found.assignments.remove(key)

    # policies
    def set_partner(self, tenant: str, partner: str, **properties: Any) -> None:
        """Create or change a partner, by Graph's property names."""
        with self.world.lock:
            found = self._tenant(tenant)
            stored = found.partners.setdefault(partner, fresh_partner(partner))
            stored.update(properties)

    def delete_partner(self, tenant: str, partner: str) -> None:
        """Remove a partner together with its identity synchronization policy."""
        with self.world.lock:
            found = self._tenant(tenant)
            found.partners.pop(partner, None)
            found.identity_sync.pop(partner, None)

    def set_identity_sync(self, tenant: str, partner: str, **properties: Any) -> None:
        """Create or change an identity synchronization policy."""
        with self.world.lock:
            stored = self._tenant(tenant).identity_sync
            fresh = {"tenantId": partner, "displayName": None, "userSyncInbound": None, "groupSyncInbound": None}
            stored.setdefault(partner, fresh).update(properties)

    def set_default_policy(self, tenant: str, **properties: Any) -> None:
        """Change the default policy, which is the service's own no longer."""
        with self.world.lock:
            self._tenant(tenant).default_policy.update({"isServiceDefault": False, **properties})

    def add_known_tenant(self, tenant_id: str, display_name: str, default_domain: str) -> None:
        """Let a tenant exist for the find functions and as a partner without simulating it."""
        with self.world.lock:
            facts = seeds.tenant_facts(tenant_id, display_name, default_domain)
            self.world.known_tenants[facts["tenantId"]] = facts

    def quarantine(
        self, tenant: str, reason: str, job: str | None = None, error: dict[str, Any] | str | None = None
    ) -> None:
        """Put a job into quarantine for one of the official reasons (graph-api.md section 8.2)."""
        if reason not in QUARANTINE_REASONS:
            raise ValueError(f"reason must be one of {QUARANTINE_REASONS}")
        if isinstance(error, str):
            error = {"code": error, "message": error, "tenantActionable": True}
        with self.world.lock:
            found = self._job(self._tenant(tenant), job)
            now = self.world.clock.timestamp()
            found.quarantine = quarantine_object(reason, now, now, 1, now + 6 * 3600, error)
            found.quarantine_since = now
            found.status_code = "Quarantine"
            if found.running:
                found.next_cycle_at = now + 6 * 3600

    @staticmethod
    def new_guid() -> str:
        """A fresh GUID, for tests that need one."""
        return str(uuid.uuid4())
