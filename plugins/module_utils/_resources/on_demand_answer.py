# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answer to a provisioning on demand, which comes in two shapes (graph-api.md section 8.5). PRIVATE."""

from __future__ import annotations

import json
import typing as t

from .._provisioning_advice import EQUAL, advice_for
from .._types import Tree

# What decides about a user of whom there are several entries comes first.
STATUSES = {"failure": "failure", "success": "success", "warning": "success", "skipped": "skipped"}
_NOT_ASSIGNED = ("noteffectivelyentitled", "notassigned", "notinscope")
_SAID_NOT_ASSIGNED = ("not assigned", "not effectively entitled")
_UNSAID = "the service's answer does not say what became of the user"


def read_answer(answer: Tree, object_id: str) -> Tree:
    """What became of a user: ``status``, ``reason``, ``steps`` and more.

    HTTP 200 does not mean success: the status stands in JSON texts, in ``key`` in one shape and in ``value`` in the
    other, and in both at once. Other objects, such as the user's manager, may have entries beside the user's own.
    Values of attributes are personal data and left out.
    """
    summary = _tree(_json(answer.get("key")))
    value = _json(answer.get("value"))
    entries = [_tree(_json(each)) for each in (value if isinstance(value, list) else [value])]
    entries = [each for each in entries if each]
    own = [each for each in entries if str(_tree(each.get("sourceIdentity")).get("id")).lower() == object_id] or entries
    outcomes = [_outcome(each, summary) for each in own] or [_outcome({}, summary)]
    outcome = min(outcomes, key=lambda each: list(STATUSES.values()).index(each["status"]))
    if outcome["status"] != "failure" and _word(summary.get("result")) == "failure":
        outcome = _outcome({}, summary)
    steps = [step for each in outcomes for step in each["steps"]]
    failing = next((step for step in steps if step["status"] == "failure"), None)
    return {**outcome, "steps": steps, "failing_step": failing and (failing["name"] or failing["type"])}


def _outcome(entry: Tree, summary: Tree) -> Tree:
    """What one entry says; where it is silent, the summary."""
    info = _tree(entry.get("statusInfo") or entry.get("provisioningStatusInfo"))
    details = _tree(summary.get("details"))
    error = _tree(info.get("errorInformation")) or info
    raw_steps = _rows(entry.get("provisioningSteps"))
    steps = [_step(each) for each in raw_steps]
    status = _word(info.get("status")) or _word(summary.get("result")) or _status_of(steps)
    skips = [each for each in raw_steps if _word(each.get("status")) == "skipped"]
    code = _text(error.get("errorCode")) or _text(details.get("errorCode"))
    said = _text(error.get("reason")) or _text(details.get("errorMessage"))
    if not status:
        said = _UNSAID
    elif status not in STATUSES:
        said = f"the service reports the status '{status}'{': ' + said if said else ''}"
    result = STATUSES.get(status or "", "failure")
    if result == "success" and _skip_reason(skips) == EQUAL and not _is_exported(steps):
        result = "skipped"
    if result != "success":
        code = code or _skip_reason(skips)
    meaning, remedy = (None, None) if result == "success" else advice_for(code, f"{said} {json.dumps(skips)}")
    return {
        "status": result,
        "warned": status == "warning",
        "action": _word(entry.get("action") or entry.get("provisioningAction")),
        "error_code": code,
        "reason": said or meaning or code or (None if result == "success" else "the service gave no reason"),
        "remedy": remedy,
        "steps": steps,
        "modified_attributes": _modified(entry),
        "not_assigned": (result != "success" and says_not_assigned(code, said))
        or (result == "skipped" and _is_not_assigned(raw_steps)),
    }


def _step(step: Tree) -> Tree:
    return {
        "name": step.get("name"),
        "type": step.get("type") or step.get("provisioningStepType"),
        "status": _word(step.get("status")),
        "description": step.get("description"),
    }


def _status_of(steps: t.Sequence[Tree]) -> str | None:
    """The status of an entry that names it in its steps only."""
    statuses = [step["status"] for step in steps]
    return "failure" if "failure" in statuses else statuses[-1] if statuses else None


def _modified(entry: Tree) -> list[str]:
    """The names of the attributes that were written."""
    return [str(each["displayName"]) for each in _rows(entry.get("modifiedProperties")) if each.get("displayName")]


def _skip_reason(skips: t.Sequence[Tree]) -> str | None:
    """The code for skipping where only a step has it."""
    details = [item for each in skips for item in _tree(each.get("details")).items()]
    return next((_text(value) for name, value in details if name.lower() == "skipreason"), None)


def _is_exported(steps: t.Sequence[Tree]) -> bool:
    return any(_word(each["type"]) == "export" and each["status"] == "success" for each in steps)


def says_not_assigned(code: str | None, said: str | None) -> bool:
    """Whether the service says, in its code or in words, that the user is not assigned."""
    return (code or "").lower().endswith(_NOT_ASSIGNED) or any(
        words in (said or "").lower() for words in _SAID_NOT_ASSIGNED
    )


def _is_not_assigned(steps: t.Sequence[Tree]) -> bool:
    """Whether the user was skipped for want of an assignment, and not by a filter or as he is equal already."""
    for step in steps:
        place = f"{step.get('type') or step.get('provisioningStepType')} {step.get('name')}".lower()
        if _word(step.get("status")) != "skipped" or "scop" not in place:
            continue
        assigned = [value for name, value in _tree(step.get("details")).items() if "assigned" in name.lower()]
        if assigned:
            return str(assigned[0]).lower() == "false"
        return "filter" not in json.dumps(step).lower()
    return False


def _json(text: t.Any) -> t.Any:
    """What a text holds, read again where it is a text once more; names begin with a small letter as elsewhere."""
    for dummy in range(2):
        try:
            text = json.loads(text if isinstance(text, str) else json.dumps(text), object_pairs_hook=_small)
        except ValueError:
            return text
    return text


def _small(pairs: list[tuple[str, t.Any]]) -> Tree:
    return {name[:1].lower() + name[1:]: value for name, value in pairs}


def _tree(value: t.Any) -> Tree:
    return value if isinstance(value, dict) else {}


def _rows(value: t.Any) -> list[Tree]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _text(value: t.Any) -> str | None:
    """A text that says something."""
    return value if isinstance(value, str) and value not in ("", "None") else None


def _word(value: t.Any) -> str | None:
    return value.lower() if isinstance(value, str) and value else None
