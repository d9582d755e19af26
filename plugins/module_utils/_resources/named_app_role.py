# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The app role that a user names (graph-api.md section 9). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._connection import is_guid
from .._errors import InputError
from .app_roles import is_usable

if t.TYPE_CHECKING:
    from .._types import Tree


def named_app_role(roles: t.Sequence[Tree], named: str, *, to_assign: bool) -> str:
    """The role that the option ``app_role`` means: by id, by display name or by value.

    :param to_assign: whether it is going to be assigned; one that no longer can be may still be taken away.
    :raises InputError: there is none, more than one, or it cannot be assigned to users and groups.
    """
    if is_guid(named):
        found = [role for role in roles if str(role.get("id")).lower() == named.lower()]
        if not found:
            # A role made a moment ago may not be shown yet, and default access never is: the service decides.
            return named.lower()
    else:
        found = [role for role in roles if named in (role.get("displayName"), role.get("value"))]
    usable = [role for role in found if is_usable(role)] if to_assign else found
    if len(usable) == 1:
        return str(usable[0]["id"]).lower()
    offered = ", ".join(f"{role.get('displayName')} ({role.get('id')})" for role in roles if is_usable(role))
    hint = f"It has: {offered}" if offered else "It has no role that can be assigned"
    if not found:
        raise InputError("app_role", f"the configuration has no role '{named}'", hint=hint)
    if not usable:
        problem = "disabled" if found[0].get("isEnabled") is False else "not meant for users and groups"
        raise InputError("app_role", f"the role '{named}' is {problem}", hint=hint)
    raise InputError("app_role", f"{len(usable)} roles are called '{named}'", hint=f"Name it by its id. {hint}")
