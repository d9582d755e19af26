# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: what a test wants to go wrong, and for which request."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

from .errors import wrap
from .throttle import retry_after

EFFECTS = ("status", "malformed", "drop_before", "drop_after", "error_after", "delay")
SHAPES = ("graph", "direct", "wrapped", "empty")
FIELDS = {
    "method",
    "path",
    "tenant",
    "api",
    "batch",
    "kind",
    "nth",
    "count",
    "effect",
    "status",
    "code",
    "message",
    "shape",
    "retry_after",
    "delay",
    "body",
}


class FaultError(ValueError):
    """A rule that makes no sense."""


@dataclass
class Fault:
    """One rule and how often it matched and fired."""

    id: int
    rule: dict[str, Any]
    matched: int = 0
    fired: int = 0

    @property
    def effect(self) -> str:
        """What happens."""
        return str(self.rule["effect"])

    def as_dict(self) -> dict[str, Any]:
        """The rule with its counters."""
        return {"id": self.id, **self.rule, "matched": self.matched, "fired": self.fired}

    def answer(self) -> tuple[int, dict[str, Any], dict[str, str]]:
        """Status, body and headers of an error fault."""
        status = int(self.rule.get("status", 503))
        code = str(
            self.rule.get("code", {429: "TooManyRequests", 503: "ServiceUnavailable"}.get(status, "UnknownError"))
        )
        message = str(self.rule.get("message", "Simulated fault."))
        shape = self.rule.get("shape", "graph")
        body: dict[str, Any] = {"error": {"code": code, "message": message}}
        if shape == "wrapped":
            body = {"error": {"code": "UnknownError", "message": wrap(code, message)}}
        elif shape == "empty":
            body = {"error": {"code": "UnknownError", "message": ""}}
        headers = {}
        wait = self.rule.get("retry_after")
        if isinstance(wait, dict):
            headers["Retry-After"] = retry_after("date", float(wait["date"])) or ""
        elif wait is not None:
            headers["Retry-After"] = str(wait)
        return status, body, headers


class Faults:
    """All rules in force; the first one that fires wins, delays add up."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._ids = itertools.count(1)

    def add(self, rule: dict[str, Any]) -> int:
        """Add a rule and return its id; unknown fields are refused."""
        unknown = set(rule) - FIELDS
        if unknown:
            raise FaultError(f"unknown fault fields {sorted(unknown)}")
        if rule.get("effect") not in EFFECTS:
            raise FaultError(f"effect must be one of {EFFECTS}")
        if rule.get("shape", "graph") not in SHAPES:
            raise FaultError(f"shape must be one of {SHAPES}")
        re.compile(rule.get("path", ""))
        fault = Fault(next(self._ids), dict(rule))
        self._rules.append(fault)
        return fault.id

    def remove(self, fault_id: int | None = None) -> None:
        """Remove one rule, or all."""
        self._rules = [] if fault_id is None else [fault for fault in self._rules if fault.id != fault_id]

    def as_list(self) -> list[dict[str, Any]]:
        """All rules with their counters."""
        return [fault.as_dict() for fault in self._rules]

    def select(
        self, *, kind: str, method: str, path: str, tenant: str | None, api: str | None, batch: bool
    ) -> tuple[Fault | None, float]:
        """The rule that fires for this request, and how long to wait first."""
        chosen: Fault | None = None
        delay = 0.0
        for fault in self._rules:
            if not _matches(fault.rule, kind, method, path, tenant, api, batch):
                continue
            if fault.effect != "delay" and chosen is not None:
                continue
            fault.matched += 1
            if fault.matched < int(fault.rule.get("nth", 1)):
                continue
            count = fault.rule.get("count", 1)
            if count is not None and fault.fired >= int(count):
                continue
            fault.fired += 1
            delay += float(fault.rule.get("delay", 0))
            if fault.effect != "delay":
                chosen = fault
        return chosen, delay


def _matches(
    rule: dict[str, Any], kind: str, method: str, path: str, tenant: str | None, api: str | None, batch: bool
) -> bool:
    if rule.get("kind", "graph") != kind:
        return False
    if "method" in rule and rule["method"].upper() != method:
        return False
    if "tenant" in rule and rule["tenant"] != tenant:
        return False
    if "api" in rule and rule["api"] != api:
        return False
    if "batch" in rule and bool(rule["batch"]) != batch:
        return False
    return re.search(rule.get("path", ""), path) is not None
