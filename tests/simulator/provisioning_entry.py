# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries of the provisioning log (graph-api.md section 11)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .provisioning import Run

STEP_TYPES = {
    "EntryImport": "import",
    "EntrySynchronizationScoping": "scoping",
    "EntryMatching": "matching",
    "EntrySynchronizationSkip": "scoping",
    "EntryExportAdd": "export",
    "EntryExportUpdate": "export",
    "EntryExportDelete": "export",
    "EntryExportDisable": "export",
    "EntryExportRestore": "export",
    "EntryProcessing": "processing",
}


@dataclass
class Step:
    """One provisioning step."""

    name: str
    status: str
    description: str
    details: dict[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """What happened to one source object."""

    action: str
    status: str
    source_id: str
    source_name: str | None
    kind: str = "User"
    target_id: str | None = None
    target_name: str | None = None
    error_code: str | None = None
    reason: str | None = None
    steps: list[Step] = field(default_factory=list)
    modified: list[dict[str, Any]] = field(default_factory=list)
    upn: str | None = None


def entry(run: Run, outcome: Outcome) -> dict[str, Any]:
    """A provisioningObjectSummary."""
    return {
        "id": str(uuid.uuid4()),
        "activityDateTime": run.world.clock.iso(),
        "tenantId": run.source.id,
        "jobId": run.job.id,
        "cycleId": run.cycle_id,
        "changeId": str(uuid.uuid4()),
        "provisioningAction": outcome.action,
        "durationInMilliseconds": 150,
        "servicePrincipal": {"id": run.principal.id, "displayName": run.principal.properties["displayName"]},
        "sourceSystem": _system(run, run.rule.get("sourceDirectoryName"), None),
        "targetSystem": _system(run, run.rule.get("targetDirectoryName"), run),
        "initiatedBy": {"id": "", "displayName": "Azure AD Provisioning Service", "initiatorType": "system"},
        "sourceIdentity": _identity(outcome.source_id, outcome.source_name, outcome.kind, outcome.upn),
        "targetIdentity": _identity(outcome.target_id, outcome.target_name, outcome.kind, None),
        "provisioningStatusInfo": {"status": outcome.status, "errorInformation": _error(outcome)},
        "provisioningSteps": [
            {
                "name": step.name,
                "provisioningStepType": STEP_TYPES.get(step.name, "processing"),
                "status": step.status,
                "description": step.description,
                "details": dict(step.details),
            }
            for step in outcome.steps
        ],
        "modifiedProperties": [dict(item) for item in outcome.modified],
    }


def _system(run: Run, name: Any, details_of: Run | None) -> dict[str, Any]:
    details: dict[str, str] = {}
    if details_of is not None:
        properties = run.principal.properties
        details = {
            "ApplicationId": properties["appId"],
            "ServicePrincipalId": run.principal.id,
            "ServicePrincipalDisplayName": properties["displayName"],
        }
    return {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, str(name))), "displayName": name, "details": details}


def _identity(identifier: str | None, name: str | None, kind: str, upn: str | None) -> dict[str, Any]:
    details = {} if identifier is None else {"id": identifier, "odatatype": kind, "DisplayName": name or ""}
    if upn:
        details["UserPrincipalName"] = upn
    return {"id": identifier or "", "displayName": name or "", "identityType": kind, "details": details}


def _error(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.error_code is None:
        return None
    category = "failure" if outcome.status == "failure" else "nonServiceFailure"
    return {
        "errorCode": outcome.error_code,
        "reason": outcome.reason,
        "additionalDetails": None,
        "errorCategory": category,
        "recommendedAction": None,
    }
