# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attribute names of the synchronization schema and where they live on a user (domain.md section 4.2)."""

from __future__ import annotations

import re
from typing import Any

from .tenant import Group, Tenant, User

# schema attribute -> Graph property, where the names differ
PROPERTY = {
    "mobile": "mobilePhone",
    "telephoneNumber": "businessPhones",
    "physicalDeliveryOfficeName": "officeLocation",
}
NOT_FLOWED = {"IsSoftDeleted", "alternativeSecurityIds", "manager", "userPrincipalName", "objectId"}
EXTENSION = re.compile(r"^extensionAttribute\d+$")
BOOLEAN_TARGETS = {"accountEnabled", "showInAddressList"}


def source_value(user: User, name: str) -> Any:
    """What the engine reads of a source user.

    ``alternativeSecurityIds`` reads ``None`` (the word) for a home user without SMS sign-in: that is what the built-in
    filter compares with (graph-api.md section 8.6).
    """
    if name == "netId":
        return user.net_id
    if name == "alternativeSecurityIds":
        return "5:" + (user.origin or user.net_id) if user.external or user.sms_sign_in else "None"
    if name == "IsSoftDeleted":
        return False
    if name == "objectId":
        return user.id
    if EXTENSION.match(name):
        return (user.properties.get("onPremisesExtensionAttributes") or {}).get(name)
    value = user.properties.get(PROPERTY.get(name, name))
    if name == "telephoneNumber":
        return value[0] if value else None
    return value


def group_value(group: Group, name: str) -> Any:
    """What the engine reads of a source group."""
    return group.id if name == "objectId" else group.properties.get(name)


def read_target(user: User, name: str) -> Any:
    """What a target user holds under a schema attribute."""
    return source_value(user, name)


def write_target(user: User, name: str, value: Any) -> None:
    """Store a schema attribute on a target user."""
    if EXTENSION.match(name):
        extensions = dict(user.properties.get("onPremisesExtensionAttributes") or {})
        extensions[name] = value
        user.properties["onPremisesExtensionAttributes"] = extensions
    elif name == "telephoneNumber":
        user.properties["businessPhones"] = [value] if value else []
    else:
        user.properties[PROPERTY.get(name, name)] = value


def converted(name: str, value: Any) -> Any:
    """A mapped value in the type the target attribute has."""
    if name in BOOLEAN_TARGETS and isinstance(value, str):
        return value.lower() == "true"
    if isinstance(value, str) and value == "":
        return None
    return value


def external_upn(user: User, target: Tenant) -> str:
    """userPrincipalName of the external user: ``<alias>_<source domain>#EXT#@<initial domain of the target>``."""
    alias, dummy, domain = user.upn.rpartition("@")
    return f"{alias}_{domain}#EXT#@{target.initial_domain}"
