# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the entries of a provisioning log come to (domain.md section 10.2). PRIVATE to the collection."""

from __future__ import annotations

import json
import typing as t
from collections import Counter

from .._provisioning_advice import advice_on_error, advice_on_skip
from .._provisioning_log import action_of, said, status_of
from .._types import Tree
from .log_entry import error_of, objects

EXAMPLES = 5
UNKNOWN = "Unknown"


def summary_of(rows: list[Tree], complete: bool) -> Tree:
    """Counts by action and status, errors, reasons for skipping, cycles, and who is failing.

    :param rows: newest first.
    """
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(action_of(row) or UNKNOWN, Counter())[status_of(row) or UNKNOWN] += 1
    return {
        "total": len(rows),
        "complete": complete,
        "by_action_and_status": {action: dict(by_status) for action, by_status in sorted(counts.items())},
        "errors": _errors([row for row in rows if status_of(row) == "failure"]),
        "skipped": _skipped([row for row in rows if status_of(row) == "skipped"]),
        "cycles": len({said(row, "cycleId") for row in rows} - {""}),
        "users_failing": _failing(rows),
    }


def object_id(row: Tree) -> str:
    """The object that an entry is about: in the source tenant, or in the target where the source has none any more."""
    return said(row, "sourceIdentity", "id") or said(row, "targetIdentity", "id")


def skip_reason(row: Tree) -> str:
    """Why an object was skipped: the clause of the filter that kept it out, else the service's word."""
    details = [step["details"] for step in objects(row.get("provisioningSteps")) if _is_dict(step.get("details"))]
    clauses = [clause for each in details for clause in _failed_clauses(each)]
    named = [str(each["SkipReason"]) for each in details if each.get("SkipReason")]
    return next(iter([*clauses, *named]), "") or error_of(row, "errorCode") or UNKNOWN


def _failed_clauses(details: Tree) -> list[str]:
    """Filter clauses that are false; they stand among the details, or in a JSON text there."""
    found: Tree = {name: value for name, value in details.items() if "." in name and " " in name}
    for name, value in details.items():
        if name.lower() == "scopeevaluationresult":
            found.update(_parsed(value))
    return [clause for clause, value in found.items() if str(value).lower() == "false"]


def _parsed(text: t.Any) -> Tree:
    if _is_dict(text):
        return t.cast(Tree, text)
    try:
        value = json.loads(str(text))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _is_dict(value: t.Any) -> bool:
    return isinstance(value, dict)


def _errors(rows: list[Tree]) -> list[Tree]:
    return [
        {
            "code": code,
            "count": len(group),
            "category": error_of(group[0], "errorCategory") or None,
            "reason": error_of(group[0], "reason") or None,
            "advice": advice_on_error(code),
            "object_ids": _distinct(object_id(row) for row in group)[:EXAMPLES],
        }
        for code, group in _grouped(rows, lambda row: error_of(row, "errorCode") or UNKNOWN)
    ]


def _skipped(rows: list[Tree]) -> list[Tree]:
    return [
        {"reason": reason, "count": len(group), "advice": advice_on_skip(reason)}
        for reason, group in _grouped(rows, skip_reason)
    ]


def _failing(rows: list[Tree]) -> list[Tree]:
    """Everybody with a failure, by how many cycles, and whether a later entry says that all is well now."""
    failures = [row for row in rows if status_of(row) == "failure" and object_id(row)]
    latest: dict[str, str] = {}
    for row in rows:
        if status_of(row) in ("failure", "success", "warning"):
            latest.setdefault(object_id(row), status_of(row))
    found = [
        {
            "object_id": key,
            "identity_type": said(group[0], "sourceIdentity", "identityType") or None,
            "cycles": len({said(row, "cycleId") for row in group}),
            "error_codes": _distinct(error_of(row, "errorCode") or UNKNOWN for row in group),
            "resolved": latest[key] != "failure",
        }
        for key, group in _grouped(failures, object_id)
    ]
    return sorted(found, key=lambda each: (each["resolved"], -t.cast(int, each["cycles"])))


def _grouped(rows: list[Tree], key: t.Callable[[Tree], str]) -> list[tuple[str, list[Tree]]]:
    """Rows by a word, the most frequent first."""
    groups: dict[str, list[Tree]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def _distinct(values: t.Iterable[str]) -> list[str]:
    return [value for value in dict.fromkeys(values) if value]
