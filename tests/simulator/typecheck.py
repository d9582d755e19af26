# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a request body against the official types: unknown properties, wrong types, unknown enum members."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from .errors import bad_request
from .metadata_model import Model, Property, TypeInfo, model

GUID = re.compile(r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")
IGNORED_ANNOTATIONS = {"@odata.context", "@odata.id", "@odata.etag"}


def is_guid(value: Any) -> bool:
    """Whether ``value`` is a GUID in its usual text form."""
    return isinstance(value, str) and bool(GUID.match(value))


def check_entity(
    api: str, type_name: str, body: Any, *, navigation: Collection[str] = (), read_only: Collection[str] = ()
) -> dict[str, Any]:
    """Check an entity or complex value and return it without OData annotations; raises 400."""
    if not isinstance(body, dict):
        raise bad_request("Request body must be a JSON object.")
    types = model(api)
    for name in read_only:
        if name in body:
            raise bad_request(f"Property '{name}' is read-only and cannot be set.")
    checked = _object(types, types.types[type_name], body, type_name, frozenset(navigation))
    return checked


def check_parameters(api: str, parameters: dict[str, str], body: Any, required: Collection[str] = ()) -> dict[str, Any]:
    """Check the body of an action against its declared parameters.

    ``parameters`` maps names to types; ``Collection(x)`` and a trailing ``!`` (not null) are understood.
    """
    if not isinstance(body, dict):
        raise bad_request("Request body must be a JSON object.")
    types = model(api)
    for name in body:
        if name not in parameters and name not in IGNORED_ANNOTATIONS:
            raise bad_request(
                f"The parameter '{name}' in the request payload is not a valid parameter for the operation."
            )
    result = {}
    for name, declared in parameters.items():
        if name not in body:
            if name in required:
                raise bad_request(f"Parameter '{name}' is missing in the request payload.")
            continue
        nullable = not declared.endswith("!")
        inner = declared.rstrip("!")
        collection = inner.startswith("Collection(")
        if collection:
            inner = inner[len("Collection(") : -1]
        if name in required and body[name] is None:
            raise bad_request(f"Parameter '{name}' must not be null.")
        result[name] = _value(types, Property(inner, nullable, collection), body[name], name)
    return result


def _object(types: Model, info: TypeInfo, value: Any, path: str, navigation: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise bad_request(f"Cannot convert a value to type 'microsoft.graph.{info.name}' for '{path}'.")
    result: dict[str, Any] = {}
    for name, member in value.items():
        if "@" in name:
            _annotation(info, name, member)
            continue
        if name in info.properties:
            result[name] = _value(types, info.properties[name], member, name)
        elif (name in info.navigation and name in navigation) or info.open:
            result[name] = member
        else:
            raise bad_request(
                f"Invalid property '{name}'. The property does not exist on type 'microsoft.graph.{info.name}'. Make "
                "sure to only use property names that are defined by the type."
            )
    return result


def _annotation(info: TypeInfo, name: str, value: Any) -> None:
    if name in IGNORED_ANNOTATIONS or (name.endswith(("@odata.type", "@odata.context")) and name != "@odata.type"):
        return
    if name == "@odata.type":
        allowed = {f"#microsoft.graph.{known}" for known in (info.name, *info.bases)}
        allowed |= {entry[1:] for entry in allowed}
        if value not in allowed:
            raise bad_request(f"The type '{value}' is not assignable to 'microsoft.graph.{info.name}'.")
        return
    raise bad_request(f"The annotation '{name}' is not supported here.")


def _value(types: Model, declared: Property, value: Any, name: str) -> Any:
    if declared.collection:
        if value is None:
            if declared.nullable:
                return None
            raise bad_request(f"A null value was found for the collection '{name}', which does not allow null.")
        if not isinstance(value, list):
            raise bad_request(f"Property '{name}' must be a collection.")
        single = Property(declared.type, False, False)
        return [_value(types, single, item, name) for item in value]
    if value is None:
        if not declared.nullable:
            raise bad_request(f"A null value was found for the property '{name}', which does not allow null.")
        return None
    if declared.type.startswith("Edm."):
        return _primitive(declared.type, value, name)
    if declared.type in types.enums:
        return _enum(types.enums[declared.type], declared.type, value, name)
    if declared.type in types.types:
        return _object(types, types.types[declared.type], value, name, frozenset())
    return value


def _primitive(kind: str, value: Any, name: str) -> Any:
    problem = bad_request(f"Cannot convert the literal {value!r} to the expected type '{kind}' for property '{name}'.")
    if kind == "Edm.Boolean":
        good = isinstance(value, bool)
    elif kind in ("Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Byte"):
        good = isinstance(value, int) and not isinstance(value, bool)
    elif kind in ("Edm.Double", "Edm.Single", "Edm.Decimal"):
        good = isinstance(value, (int, float)) and not isinstance(value, bool)
    elif kind == "Edm.Guid":
        good = is_guid(value)
    elif kind == "Edm.DateTimeOffset":
        good = isinstance(value, str) and _is_date(value)
    elif kind == "Edm.Untyped":
        good = True
    else:
        good = isinstance(value, str)
    if not good:
        raise problem
    return value


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def _enum(enum: dict[str, Any], type_name: str, value: Any, name: str) -> str:
    parts = [part.strip() for part in value.split(",")] if isinstance(value, str) and enum["flags"] else [value]
    for part in parts:
        if part not in enum["members"]:
            raise bad_request(
                f"Requested value '{part}' was not found in the enumeration 'microsoft.graph.{type_name}' for "
                f"property '{name}'."
            )
    return str(value)
