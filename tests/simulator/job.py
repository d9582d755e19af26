# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one synchronization job (graph-api.md section 8.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .clock import NEVER, iso

INTERVAL = 2400.0
INTERVAL_TEXT = "PT40M"
QUARANTINE_REASONS = (
    "EncounteredBaseEscrowThreshold",
    "EncounteredTotalEscrowThreshold",
    "EncounteredEscrowProportionThreshold",
    "EncounteredQuarantineException",
    "Unknown",
    "QuarantinedOnDemand",
    "TooManyDeletes",
    "IngestionInterrupted",
)


@dataclass
class Link:
    """What the job remembers of one source object: its target and what it last sent."""

    target_id: str
    desired: dict[str, Any] = field(default_factory=dict)
    kind: str = "User"


@dataclass
class Job:
    """A synchronization job and the connector data store behind it."""

    id: str
    template_id: str
    schema: dict[str, Any]
    created_at: float
    schedule_state: str = "Disabled"
    status_code: str = "Paused"
    settings: list[dict[str, str]] = field(
        default_factory=lambda: [
            {"name": "AzureIngestionAttributeOptimization", "value": "False"},
            {"name": "LookaheadQueryEnabled", "value": "False"},
        ]
    )
    started_at: float | None = None
    start_calls: int = 0
    next_cycle_at: float | None = None
    initial_cycle: bool = True
    initial_cycle_done: bool = False
    sync_all: bool | None = None
    force_deletes: bool = False
    last_execution: dict[str, Any] | None = None
    last_success: dict[str, Any] | None = None
    last_success_with_exports: dict[str, Any] | None = None
    quarantine: dict[str, Any] | None = None
    quarantine_since: float | None = None
    failures: int = 0
    steady_first: str = NEVER
    steady_last: str = NEVER
    links: dict[str, Link] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    escrows: dict[str, str] = field(default_factory=dict)
    staged: set[str] = field(default_factory=set)
    cycles: int = 0

    @property
    def running(self) -> bool:
        """Whether the schedule is active."""
        return self.schedule_state == "Active"

    def as_graph(self, now: float = 0, pages: int = 0) -> dict[str, Any]:
        """The job as Graph shows it; with the number of pages, also how far its initial cycle is."""
        return {
            "id": self.id,
            "templateId": self.template_id,
            "schedule": {"expiration": None, "interval": INTERVAL_TEXT, "state": self.schedule_state},
            "status": {
                "countSuccessiveCompleteFailures": self.failures,
                "escrowsPruned": False,
                "code": self.status_code,
                "lastExecution": self.last_execution,
                "lastSuccessfulExecution": self.last_success,
                "lastSuccessfulExecutionWithExports": self.last_success_with_exports,
                "quarantine": self.quarantine,
                "steadyStateFirstAchievedTime": self.steady_first,
                "steadyStateLastAchievedTime": self.steady_last,
                "troubleshootingUrl": None,
                "progress": self._progress(now, pages) if pages else [],
                "synchronizedEntryCountByType": self._counts(),
            },
            "synchronizationJobSettings": [dict(entry) for entry in self.settings],
        }

    def _progress(self, now: float, pages: int) -> list[dict[str, Any]]:
        """Pages that are done of an initial cycle, which takes until the cycle is due."""
        if not (self.running and self.initial_cycle) or self.started_at is None or self.next_cycle_at is None:
            return []
        share = (now - self.started_at) / max(self.next_cycle_at - self.started_at, 1e-9)
        done = max(0, min(pages, int(pages * share)))
        return [
            {"completedUnits": done, "progressObservationDateTime": iso(now), "totalUnits": pages, "units": "pages"}
        ]

    def _counts(self) -> list[dict[str, Any]]:
        if not self.initial_cycle_done:
            return []
        counts: dict[str, int] = {}
        for link in self.links.values():
            label = f"{link.kind} to {link.kind}"
            counts[label] = counts.get(label, 0) + 1
        return [{"key": key, "value": value} for key, value in sorted(counts.items())]


def placeholder_execution() -> dict[str, Any]:
    """What a started job that never ran shows: state ``Failed``, error ``None``; not a failure (section 8.2)."""
    return execution(None, "Failed", NEVER, NEVER, {"code": "None", "message": "", "tenantActionable": False})


def execution(
    activity: str | None, state: str, began: str, ended: str, error: dict[str, Any] | None = None, **counts: int
) -> dict[str, Any]:
    """A synchronizationTaskExecution."""
    names = (
        "countEntitled",
        "countEntitledForProvisioning",
        "countEscrowed",
        "countEscrowedRaw",
        "countExported",
        "countExports",
        "countImported",
        "countImportedDeltas",
        "countImportedReferenceDeltas",
    )
    return {
        "activityIdentifier": activity,
        **{name: counts.get(name, 0) for name in names},
        "error": error,
        "state": state,
        "timeBegan": began,
        "timeEnded": ended,
    }


def quarantine_object(
    reason: str, began: float, first: float, count: int, retry: float, error: dict[str, Any] | None
) -> dict[str, Any]:
    """A synchronizationQuarantine."""
    return {
        "currentBegan": iso(began),
        "error": error,
        "nextAttempt": iso(retry),
        "reason": reason,
        "seriesBegan": iso(first),
        "seriesCount": count,
    }
