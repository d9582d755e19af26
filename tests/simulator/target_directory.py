# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine does in the target tenant: find, invite, change, delete, restore (domain.md sections 6.4 and 7)."""

from __future__ import annotations

import uuid
from typing import Any

from .attributes import external_upn, write_target
from .deleted_items import restore_item
from .tenant import DeletedItem, Tenant, User
from .users import change_user, soft_delete
from .world import World


class ExportError(Exception):
    """A refusal of the target directory; ``code`` is the one of the provisioning log."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class TargetDirectory:
    """The target tenant as one cycle sees it; indexes are built once per cycle."""

    def __init__(self, world: World, target: Tenant, source_id: str) -> None:
        self.world = world
        self.target = target
        self.source_id = source_id
        self._by_mail: dict[str, User] | None = None
        self._deleted: dict[str, DeletedItem] | None = None

    def find(self, source: User) -> User | None:
        """The target user that belongs to a source user, by security identifier or by a pending invitation's mail."""
        found = self.target.users.get(self.target.users_by_origin.get(source.net_id, ""))
        if found is not None:
            return found
        candidate = self._mails().get(str(source.properties.get("mail") or source.upn).lower())
        return candidate if candidate is not None and candidate.external and candidate.pending else None

    def deleted_by_engine(self, source: User) -> DeletedItem | None:
        """A user this engine deleted within the last 30 days."""
        if self._deleted is None:
            self._deleted = {
                entry.item.origin: entry
                for entry in self.target.deleted.values()
                if entry.kind == "user" and entry.by_engine
            }
        found = self._deleted.get(source.net_id)
        return found if found is not None and found.item.id in self.target.deleted else None

    def _mails(self) -> dict[str, User]:
        if self._by_mail is None:
            self._by_mail = {}
            for user in self.target.users.values():
                for address in (user.properties.get("mail"), *(user.properties.get("proxyAddresses") or [])):
                    if address:
                        self._by_mail[str(address).lower().removeprefix("smtp:")] = user
        return self._by_mail

    def create(self, source: User, values: dict[str, Any]) -> User:
        """Invite: checks what the target checks, then makes the external user."""
        self._check_invitation(values)
        user = User(
            str(uuid.uuid4()),
            {
                "userPrincipalName": external_upn(source, self.target),
                "createdDateTime": self.world.clock.iso(),
                "creationType": "Invitation",
                "externalUserState": "Accepted",
                "mailNickname": None,
                "mail": None,
                "displayName": None,
                "accountEnabled": True,
                "userType": "Member",
                "deletedDateTime": None,
            },
            external=True,
            origin=source.net_id,
        )
        for name, value in values.items():
            write_target(user, name, value)
        taken = self.target.find_user(user.upn)
        if taken is not None:
            raise ExportError("Conflict", f"Another object with the userPrincipalName '{user.upn}' exists already.")
        self.target.add_user(user)
        if user.properties.get("mail"):
            self._mails()[str(user.properties["mail"]).lower()] = user
        return user

    def _check_invitation(self, values: dict[str, Any]) -> None:
        mail = str(values.get("mail") or "")
        if "@" not in mail:
            raise ExportError(
                "InvitationCreationFailureInvalidPropertyValue", f"The invited user's mail '{mail}' is not valid."
            )
        if values.get("userType") not in ("Member", "Guest", None):
            raise ExportError("InvitationCreationFailureInvalidPropertyValue", "userType must be Member or Guest.")
        if not self.target.guest_invitations or self._blocked():
            raise ExportError(
                "AzureActiveDirectoryForbidden",
                "Guest invitations not allowed for your company. Contact your company administrator for more details.",
            )
        known = self._mails().get(mail.lower())
        if known is not None and known.id in self.target.users:
            if not known.external:
                raise ExportError(
                    "InvitationCreationFailureAmbiguousUser",
                    f"The proxy address '{mail}' belongs to a user of the target tenant.",
                )
            raise ExportError("DuplicateTargetEntries", f"An external user with the mail '{mail}' exists already.")

    def _blocked(self) -> bool:
        """Whether B2B collaboration from the source is blocked; the log's code for this is UNCONFIRMED."""
        partner = self.target.partners.get(self.source_id) or {}
        setting = (
            partner.get("b2bCollaborationInbound") or self.target.default_policy.get("b2bCollaborationInbound") or {}
        )
        users = setting.get("usersAndGroups") or {}
        everybody = any(target.get("target") == "AllUsers" for target in users.get("targets") or [])
        return users.get("accessType") == "blocked" and everybody

    def update(self, user: User, values: dict[str, Any]) -> None:
        """Write changed attributes."""
        for name, value in values.items():
            write_target(user, name, value)
        change_user(self.target, user, {})

    def restore(self, entry: DeletedItem) -> User:
        """Bring a deleted user back."""
        restore_item(self.target, entry)
        user: User = entry.item
        return user

    def delete(self, user: User) -> None:
        """Soft delete: 30 days in the recycle bin."""
        soft_delete(self.target, user, self.world.clock.timestamp(), self.world.clock.iso(), by_engine=True)
        self._deleted = None
