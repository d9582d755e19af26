# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An entry of the provisioning log in the words of this collection (graph-api.md section 11). PRIVATE."""

from __future__ import annotations

import typing as t

from .._provisioning_log import action_of, said, status_of
from .._types import Tree


def entry_view(row: Tree, include_values: bool) -> Tree:
    """An entry; the values of attributes are personal data, and left out unless they are asked for."""
    return {
        "id": row.get("id"),
        "activity_date_time": row.get("activityDateTime"),
        "job_id": row.get("jobId"),
        "cycle_id": row.get("cycleId"),
        "change_id": row.get("changeId"),
        "tenant_id": row.get("tenantId"),
        "action": action_of(row),
        "status": status_of(row),
        "error_code": error_of(row, "errorCode") or None,
        "error_category": error_of(row, "errorCategory") or None,
        "reason": error_of(row, "reason") or None,
        "recommended_action": error_of(row, "recommendedAction") or None,
        "duration_in_milliseconds": row.get("durationInMilliseconds"),
        "source_identity": _identity(row.get("sourceIdentity"), include_values),
        "target_identity": _identity(row.get("targetIdentity"), include_values),
        "source_system": _named(row.get("sourceSystem")),
        "target_system": _named(row.get("targetSystem")),
        "service_principal": _named(next(iter(principals(row)), None)),
        "initiated_by": {
            **_named(row.get("initiatedBy")),
            "type": said(row, "initiatedBy", "initiatorType") or said(row, "initiatedBy", "initiatingType") or None,
        },
        "steps": [_step(step, include_values) for step in objects(row.get("provisioningSteps"))],
        "modified_properties": [_change(each, include_values) for each in objects(row.get("modifiedProperties"))],
        **({"additional_details": error_of(row, "additionalDetails") or None} if include_values else {}),
    }


def error_of(row: Tree, name: str) -> str:
    """A text of the entry's error; some answers have it directly in the status."""
    return said(row, "provisioningStatusInfo", "errorInformation", name) or said(row, "provisioningStatusInfo", name)


def principals(row: Tree) -> list[Tree]:
    """The configuration that an entry is of; the documentation has it as one object and as several."""
    found = row.get("servicePrincipal")
    return [found] if isinstance(found, dict) else objects(found)


def objects(value: t.Any) -> list[Tree]:
    """The objects in a list, of whatever came."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _named(value: t.Any) -> Tree:
    named = value if isinstance(value, dict) else {}
    return {"id": named.get("id") or None, "display_name": named.get("displayName") or None}


def _identity(value: t.Any, include_values: bool) -> Tree:
    identity = value if isinstance(value, dict) else {}
    details = {"details": identity.get("details") or {}} if include_values else {}
    return {**_named(identity), "identity_type": identity.get("identityType") or None, **details}


def _step(step: Tree, include_values: bool) -> Tree:
    details = {"details": step.get("details") or {}} if include_values else {}
    return {
        "name": step.get("name"),
        "type": (said(step, "provisioningStepType") or said(step, "type")).lower() or None,
        "status": said(step, "status").lower() or None,
        "description": step.get("description"),
        **details,
    }


def _change(change: Tree, include_values: bool) -> Tree:
    values = {"old_value": change.get("oldValue"), "new_value": change.get("newValue")} if include_values else {}
    return {"display_name": change.get("displayName"), **values}
