# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an app role assignment is built (graph-api.md section 9)."""

from __future__ import annotations

import base64
import secrets
import uuid
from typing import Any

from .tenant import Group, ServicePrincipal, User


def assignment_id(principal_id: str) -> str:
    """base64url of the principal's GUID in little-endian order plus sixteen more bytes: 43 characters."""
    return base64.urlsafe_b64encode(uuid.UUID(principal_id).bytes_le + secrets.token_bytes(16)).decode().rstrip("=")


def make_assignment(
    holder: User | Group | ServicePrincipal, resource: ServicePrincipal, role_id: str, created: str
) -> dict[str, Any]:
    """The assignment as v1.0 shows it."""
    return {
        "id": assignment_id(holder.id),
        "deletedDateTime": None,
        "appRoleId": role_id.lower(),
        "createdDateTime": created,
        "principalDisplayName": holder.properties.get("displayName"),
        "principalId": holder.id,
        "principalType": type(holder).__name__,
        "resourceDisplayName": resource.properties["displayName"],
        "resourceId": resource.id,
    }
