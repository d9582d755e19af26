# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which app role users are assigned to (graph-api.md section 9). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._connection import ZERO_GUID
from .._types import Tree

ROLE_NAME = "msiam_access"


def app_role_id(roles: t.Sequence[Tree]) -> str:
    """The role of the synchronization template, else any enabled role for users.

    The zero GUID, which means default access, where the application has no such role.
    """
    usable = sorted(filter(is_usable, roles), key=lambda role: role.get("displayName") != ROLE_NAME)
    return str(usable[0]["id"]).lower() if usable else ZERO_GUID


def is_usable(role: Tree) -> bool:
    """Whether users and groups can be assigned to it."""
    return role.get("isEnabled") is not False and "user" in str(role.get("allowedMemberTypes")).lower()
