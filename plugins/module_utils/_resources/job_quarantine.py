# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A job's quarantine in words: why, since when, until when, and what to do (domain.md section 6.2). PRIVATE."""

from __future__ import annotations

import typing as t
from datetime import timedelta

from .._graph_errors import REMEDIES
from .._moments import NEVER_YEAR, now, read_moment
from .._types import Tree

TOO_MANY_DELETES = "TooManyDeletes"
# After four weeks in quarantine the service disables the job.
LIMIT = timedelta(days=28)
LAST_DAYS = 7

_RESTART = "then run sync_job with state=restarted"
_CLEAN = f"Look for the errors with provisioning_log_info and correct the objects, {_RESTART}"

_ALLOW = (
    "Look who it is, with provisioning_log_info for the action stagedDelete. If they are to go, run sync_job with"
    " state=restarted and allow_deletes=true; if not, bring them back into scope first, then restart with"
    " state=restarted alone"
)

# What the service's reason means, and the remedy (domain.md sections 5 and 6.2).
REASONS = {
    "EncounteredBaseEscrowThreshold": ("more than 40000 objects failed, unresolved references not counted", _CLEAN),
    "EncounteredTotalEscrowThreshold": ("more than 60000 objects failed, unresolved references included", _CLEAN),
    "EncounteredEscrowProportionThreshold": ("more than 40 % of the objects failed", _CLEAN),
    "EncounteredQuarantineException": (
        "the job cannot work at all: usually a policy of one of the two tenants was withdrawn, or a setting is wrong",
        f"Check that both tenants still allow the synchronization and that the settings are right, {_RESTART}",
    ),
    "QuarantinedOnDemand": (
        "Microsoft put the job into quarantine by hand",
        f"Ask Microsoft's support why, {_RESTART}",
    ),
    TOO_MANY_DELETES: (
        "a cycle was to delete or disable more users than the deletion protection lets pass",
        _ALLOW,
    ),
    "IngestionInterrupted": ("reading the source tenant was interrupted", f"Wait for the next attempt, {_RESTART}"),
}
_UNKNOWN = (
    "the service gives no reason that this collection knows",
    f"Look at the error and with provisioning_log_info for the cause, {_RESTART}",
)
# Spelled differently in the documentation.
REASONS["QuarantineOnDemand"] = REASONS["QuarantinedOnDemand"]


def quarantine_view(status: Tree) -> Tree | None:
    """The quarantine of a job by its status, explained; None if it is in none."""
    if not in_quarantine(status):
        return None
    quarantine = status.get("quarantine") or {}
    reason = str(quarantine.get("reason") or "Unknown")
    explanation, remedy = _explained(reason)
    error = _error_of(quarantine)
    code = (error or {}).get("code") or ""
    since = _text_of(quarantine.get("seriesBegan")) or _text_of(quarantine.get("currentBegan"))
    return {
        "reason": reason,
        "explanation": explanation,
        "since": since,
        "attempts": quarantine.get("seriesCount"),
        "next_attempt": _text_of(quarantine.get("nextAttempt")),
        "error": error,
        "disabled_in_days": _days_left(since),
        "remedy": f"{REMEDIES[code]}; {_RESTART}" if code in REMEDIES and remedy is not _ALLOW else remedy,
    }


def in_quarantine(status: Tree) -> bool:
    """Whether a job with this status is in quarantine; the two signs of it need not show at the same time."""
    return status.get("code") == "Quarantine" or any(
        # An object of nothing but nulls and never says that there is none.
        value not in (None, "", 0) and "@odata." not in name and not str(value).startswith(f"{NEVER_YEAR:04}-")
        for name, value in (status.get("quarantine") or {}).items()
    )


def held_by_deletions(job: Tree | None) -> bool:
    """Whether a job is in quarantine because it was to delete too many."""
    quarantine = ((job or {}).get("status") or {}).get("quarantine") or {}
    return TOO_MANY_DELETES.lower() in _words(str(quarantine.get("reason")))


def told(view: Tree) -> str:
    """The quarantine in one or two sentences, for a warning or a failure."""
    since = f" since {view['since']}" if view["since"] else ""
    attempts = f", after {view['attempts']} attempts" if view["attempts"] else ""
    days = view["disabled_in_days"]
    end = ""
    if days is not None and days <= LAST_DAYS:
        end = f" The service disables the job in {days} days." if days else " The service may disable the job any time."
    message = str((view["error"] or {}).get("message") or "").strip()
    error = f" The service says: {message.rstrip('.')}." if message else ""
    return (
        f"The job is in quarantine ({view['reason']}: {view['explanation']}){since}{attempts}.{error}{end}"
        f" {view['remedy']}."
    )


def _explained(reason: str) -> tuple[str, str]:
    """The words for a reason, or for several that the service writes in one text."""
    known = {name.lower(): words for name, words in REASONS.items()}
    return next((known[word] for word in _words(reason) if word in known), _UNKNOWN)


def _words(reason: str) -> list[str]:
    return [word.strip().lower() for word in reason.split(",")]


def _error_of(quarantine: Tree) -> Tree | None:
    error = quarantine.get("error")
    if not isinstance(error, dict) or error.get("code") in (None, "", "None"):
        return None
    return {
        "code": error["code"],
        "message": error.get("message"),
        "tenant_actionable": error.get("tenantActionable"),
    }


def _text_of(moment: t.Any) -> str | None:
    return str(moment) if read_moment(moment) else None


def _days_left(since: str | None) -> int | None:
    """Whole days until the service disables the job."""
    began = read_moment(since)
    return None if began is None else max(0, (began + LIMIT - now()).days)
