# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How stored objects look in each API version: declared properties only, renamed where beta differs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .metadata_model import model

BETA_NAMES = {
    "appRoleAssignment": {"createdDateTime": "creationTimestamp"},
    "servicePrincipal": {"oauth2PermissionScopes": "publishedPermissionScopes"},
}
# What a user shows without $select: a short list, as on the real service.
USER_DEFAULT = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)


def present(api: str, type_name: str, properties: dict[str, Any], identifier: str | None = None) -> dict[str, Any]:
    """An object as this API version shows it."""
    known = model(api).types[type_name].properties
    renamed = BETA_NAMES.get(type_name, {}) if api == "beta" else {}
    shown: dict[str, Any] = {} if identifier is None else {"id": identifier}
    for key, value in properties.items():
        name = renamed.get(key, key)
        if name in known and not key.startswith("_"):
            shown[name] = value
    return shown


def user_view(api: str, properties: dict[str, Any], identifier: str, names: Collection[str] | None) -> dict[str, Any]:
    """A user: only the selected properties, or the short default list; selected but unset ones are null."""
    if names is None:
        names = USER_DEFAULT if api == "v1.0" else [*USER_DEFAULT, *model(api).types["user"].properties]
    known = model(api).types["user"].properties
    shown: dict[str, Any] = {}
    for name in names:
        if name == "id":
            continue
        empty: Any = [] if name in known and known[name].collection else None
        shown[name] = properties.get(name, empty)
    if "id" in names:
        shown["id"] = identifier
    return shown
