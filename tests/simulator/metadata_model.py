# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The official types of Microsoft Graph as data (metadata/csdl_*.json), with inheritance resolved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "metadata"


@dataclass(frozen=True)
class Property:
    """One declared property."""

    type: str
    nullable: bool
    collection: bool


@dataclass
class TypeInfo:
    """One entity or complex type."""

    name: str
    properties: dict[str, Property] = field(default_factory=dict)
    navigation: set[str] = field(default_factory=set)
    bases: tuple[str, ...] = ()
    open: bool = False


@dataclass
class Model:
    """All types of one API version."""

    api: str
    types: dict[str, TypeInfo]
    enums: dict[str, dict[str, Any]]


def _load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((HERE / name).read_text(encoding="utf-8"))
    return data


@cache
def model(api: str) -> Model:
    """The types of ``v1.0`` or ``beta``."""
    data = _load("csdl_v1.json" if api == "v1.0" else "csdl_beta.json")
    raw: dict[str, Any] = data["types"]
    types: dict[str, TypeInfo] = {}

    def resolve(name: str) -> TypeInfo:
        if name in types:
            return types[name]
        info = TypeInfo(name)
        base = raw[name].get("base")
        if base:
            parent = resolve(base)
            info.properties.update(parent.properties)
            info.navigation |= parent.navigation
            info.bases = (base, *parent.bases)
        elif name == "entity":
            info.properties["id"] = Property("Edm.String", True, False)
        for key, (kind, nullable, collection) in raw[name]["props"].items():
            info.properties[key] = Property(kind, bool(nullable), bool(collection))
        info.navigation |= set(raw[name]["nav"])
        # Directory entities are open for registered extensions only, which a test has none of.
        info.open = bool(raw[name].get("open")) and raw[name]["kind"] == "complex"
        types[name] = info
        return info

    for type_name in raw:
        resolve(type_name)
    return Model(api, types, data["enums"])


@cache
def permission_data() -> dict[str, Any]:
    """Application permissions per operation (metadata/permissions.json)."""
    return _load("permissions.json")
