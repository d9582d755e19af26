# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer to a provisioning on demand, which comes in two shapes (graph-api.md section 8.5). PRIVATE."""

from __future__ import annotations

import json
import typing as t

from .._types import Tree

STATUSES = {"success": "success", "warning": "success", "skipped": "skipped", "failure": "failure"}
# Already equal, and nothing to do about it.
EQUAL = "RedundantExport"
OUT_OF_SCOPE = ("NotEffectivelyEntitled", "NotAssigned", "NotInScope", "EntrySynchronizationSkipped")


def read_answer(answer: Tree) -> Tree:
    """What became of the user: ``status``, ``reason`` and ``steps``.

    HTTP 200 does not mean success: the status stands in JSON texts, in ``key`` in one shape and in ``value`` in the
    other.
    """
    key, value = _json(answer.get("key")), _json(answer.get("value"))
    entry = (value[0] if value else {}) if isinstance(value, list) else value if isinstance(value, dict) else {}
    info = entry.get("statusInfo") or entry.get("provisioningStatusInfo") or {}
    summary = key if isinstance(key, dict) else {}
    details = summary.get("details") or {}
    error = info.get("errorInformation") or info
    status = str(info.get("status") or summary.get("result") or "").lower()
    code = error.get("errorCode") or details.get("errorCode")
    reason = error.get("reason") or details.get("errorMessage") or code
    steps = [_step(step) for step in entry.get("provisioningSteps") or []]
    if not status:
        status, reason = "failure", "the service's answer does not say what became of the user"
    return {
        "status": STATUSES.get(status, "failure"),
        "action": entry.get("action") or entry.get("provisioningAction"),
        "error_code": code,
        "reason": reason,
        "steps": steps,
        "not_in_scope": code in OUT_OF_SCOPE or any(_says_not_in_scope(step) for step in steps),
    }


def _step(step: Tree) -> Tree:
    """One step, without the attribute values, which are personal data."""
    return {
        "name": step.get("name"),
        "type": step.get("type") or step.get("provisioningStepType"),
        "status": str(step.get("status") or "").lower() or None,
        "description": step.get("description"),
    }


def _says_not_in_scope(step: Tree) -> bool:
    return step["status"] == "skipped" and "scop" in str(step["type"] or step["name"] or "").lower()


def _json(text: t.Any) -> t.Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
