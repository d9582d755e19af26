# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The synchronization schema a new Azure2Azure job starts with (graph-api.md section 8.6, domain.md section 4)."""

from __future__ import annotations

import uuid
from typing import Any

from .settings import Settings

FIXED_RULE_ID = "df8df8d1-9e6e-40d3-b8df-09bbb402db7e"  # suggested by a public transcript; UNCONFIRMED
RULE_NAME = "USER_INBOUND_USER"
EXTERNAL_FILTER = "Filter external users"

# target attribute -> source attribute, all flowing always
DIRECT = (
    ("IsSoftDeleted", "IsSoftDeleted"),
    ("accountEnabled", "accountEnabled"),
    ("city", "city"),
    ("companyName", "companyName"),
    ("country", "country"),
    ("department", "department"),
    ("displayName", "displayName"),
    ("employeeId", "employeeId"),
    ("givenName", "givenName"),
    ("jobTitle", "jobTitle"),
    ("mail", "mail"),
    ("mailNickname", "mailNickname"),
    ("manager", "manager"),
    ("mobile", "mobile"),
    ("physicalDeliveryOfficeName", "physicalDeliveryOfficeName"),
    ("postalCode", "postalCode"),
    ("preferredLanguage", "preferredLanguage"),
    ("state", "state"),
    ("streetAddress", "streetAddress"),
    ("surname", "surname"),
    ("telephoneNumber", "telephoneNumber"),
    ("usageLocation", "usageLocation"),
    ("userPrincipalName", "userPrincipalName"),
)
EXTENSIONS = tuple(f"extensionAttribute{number}" for number in range(1, 16))
EXTRA_SOURCE = ("netId", "alternativeSecurityIds", "objectId", "userType", "proxyAddresses", *EXTENSIONS)
EXTRA_TARGET = ("alternativeSecurityIds", "objectId", "showInAddressList", "userType", "otherMails", *EXTENSIONS)
BOOLEANS = {"accountEnabled", "IsSoftDeleted", "showInAddressList", "mailEnabled", "securityEnabled"}
GROUP_ATTRIBUTES = (
    "displayName",
    "description",
    "mailNickname",
    "members",
    "objectId",
    "mailEnabled",
    "securityEnabled",
)


def attribute(name: str) -> dict[str, Any]:
    """A source that reads one attribute."""
    return {"expression": f"[{name}]", "name": name, "type": "Attribute", "parameters": []}


def constant(value: str) -> dict[str, Any]:
    """A source that is always the same."""
    return {"expression": f'"{value}"', "name": value, "type": "Constant", "parameters": []}


def function(name: str, expression: str, *parameters: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """A source that calls a function."""
    return {
        "expression": expression,
        "name": name,
        "type": "Function",
        "parameters": [{"key": key, "value": value} for key, value in parameters],
    }


def mapping(target: str, source: dict[str, Any], *, priority: int = 0, flow_type: str = "Always") -> dict[str, Any]:
    """An attribute mapping."""
    return {
        "defaultValue": None,
        "exportMissingReferences": False,
        "flowBehavior": "FlowWhenChanged",
        "flowType": flow_type,
        "matchingPriority": priority,
        "targetAttributeName": target,
        "source": source,
    }


def _clause(operand: str, operator: str, *values: str) -> dict[str, Any]:
    return {"operatorName": operator, "sourceOperandName": operand, "targetOperand": {"values": list(values)}}


def user_mappings() -> list[dict[str, Any]]:
    """The default attribute mappings of users, sorted as the server does."""
    result = [mapping(target, attribute(source)) for target, source in DIRECT]
    result.append(
        mapping(
            "alternativeSecurityIds",
            function("AltSecIdFromNetId", "AltSecIdFromNetId([netId])", ("netId", attribute("netId"))),
            priority=1,
        )
    )
    result.append(mapping("showInAddressList", constant("true")))
    result.append(mapping("userType", constant("Member"), flow_type="ObjectAddOnly"))
    return sorted(result, key=lambda entry: str(entry["targetAttributeName"]))


def group_mappings() -> list[dict[str, Any]]:
    """The default attribute mappings of groups."""
    result = [mapping(name, attribute(name)) for name in ("description", "displayName", "mailNickname", "members")]
    result.append(mapping("objectId", attribute("objectId"), priority=1))
    return sorted(result, key=lambda entry: str(entry["targetAttributeName"]))


def default_schema(job_id: str, settings: Settings) -> dict[str, Any]:
    """A complete schema, ``directories`` included."""
    product = settings["product_name"]
    source, target = product, f"{product} (target tenant)"
    external = {"name": EXTERNAL_FILTER, "clauses": [_clause("alternativeSecurityIds", "EQUALS", "None")]}
    # Where the built-in filter sits is UNCONFIRMED (domain.md section 4.4): a switch.
    scope: dict[str, Any] = {"categoryFilterGroups": [], "groups": [], "inputFilterGroups": []}
    scope[settings["default_filter_location"]] = [external]
    users = {
        "enabled": True,
        "flowTypes": "Add,Update,Delete",
        "name": f"Provision {product} Users",
        "sourceObjectName": "User",
        "targetObjectName": "User",
        "scope": scope,
        "attributeMappings": user_mappings(),
        "metadata": [
            {"key": "EscrowBehavior", "value": "Default"},
            {"key": "DisableMonitoringForChanges", "value": "False"},
        ],
    }
    groups = {
        "enabled": False,
        "flowTypes": "Add,Update,Delete",
        "name": f"Provision {product} Groups",
        "sourceObjectName": "Group",
        "targetObjectName": "Group",
        "scope": None,
        "attributeMappings": group_mappings(),
        "metadata": [],
    }
    rule_id = FIXED_RULE_ID if settings["rule_id"] == "fixed" else str(uuid.uuid4())
    return {
        "id": job_id,
        "version": "v1.2",
        "synchronizationRules": [
            {
                "containerFilter": None,
                "editable": True,
                "groupFilter": None,
                "id": rule_id,
                "metadata": [
                    {"key": "defaultSourceObjectMappings", "value": "True"},
                    {"key": "supportsProvisionOnDemand", "value": "True"},
                ],
                "name": RULE_NAME,
                "priority": 1,
                "sourceDirectoryName": source,
                "targetDirectoryName": target,
                "objectMappings": [users, groups],
            }
        ],
        "directories": [
            _directory(source, read_only=True, users=[name for dummy, name in DIRECT] + list(EXTRA_SOURCE)),
            _directory(target, read_only=False, users=[name for name, dummy in DIRECT] + list(EXTRA_TARGET)),
        ],
    }


def _directory(name: str, *, read_only: bool, users: list[str]) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        "name": name,
        "discoverabilities": "AttributeNames",
        "discoveryDateTime": None,
        "readOnly": read_only,
        "version": "1",
        "objects": [
            {
                "name": "User",
                "metadata": [],
                "supportedApis": [],
                "attributes": [_attribute(item, "User") for item in sorted(users)],
            },
            {
                "name": "Group",
                "metadata": [],
                "supportedApis": [],
                "attributes": [_attribute(item, "Group") for item in GROUP_ATTRIBUTES],
            },
        ],
    }


def _attribute(name: str, owner: str) -> dict[str, Any]:
    reference = name in ("manager", "members")
    return {
        "anchor": name == "objectId",
        "caseExact": False,
        "defaultValue": None,
        "flowNullValues": False,
        "multivalued": name in ("members", "proxyAddresses", "otherMails"),
        "mutability": "ReadOnly" if name == "objectId" else "ReadWrite",
        "name": name,
        "required": name == "displayName" and owner == "User",
        "type": "Reference" if reference else "Boolean" if name in BOOLEANS else "String",
        "apiExpressions": [],
        "metadata": [],
        "referencedObjects": [{"referencedObjectName": "User", "referencedProperty": None}] if reference else [],
    }
