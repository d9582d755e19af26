# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provisioning logs (graph-api.md section 11)."""

from __future__ import annotations

import re
from typing import Any

from .calls import Answer, Call
from .clock import parse_iso
from .errors import bad_request
from .odata import FilterRules, filtered, ordered, selected
from .routing import Routes

ROUTES = Routes("reports")
RETENTION = 30 * 86400.0
MAXIMUM = 1000
TEXT = ("eq", "contains")
RULES = FilterRules(
    {
        "activityDateTime": ("eq", "gt", "lt", "ge", "le"),
        "durationInMilliseconds": ("eq", "gt", "lt"),
        "id": ("eq",),
        "jobId": TEXT,
        "cycleId": TEXT,
        "changeId": TEXT,
        "tenantId": TEXT,
        "provisioningAction": TEXT,
        "provisioningStatusInfo/status": TEXT,
        "initiatedBy/id": TEXT,
        "initiatedBy/displayName": TEXT,
        **{
            f"{side}Identity/{name}": TEXT
            for side in ("source", "target")
            for name in ("id", "displayName", "identityType")
        },
        "sourceSystem/displayName": TEXT,
        "targetSystem/displayName": TEXT,
        "servicePrincipal/id": TEXT,
        "servicePrincipal/displayName": TEXT,
    },
    resource="provisioningObjectSummary",
)


@ROUTES.on("GET", "/auditLogs/provisioning", query=("$filter", "$orderby", "$top", "$skiptoken"))
def list_provisioning(call: Call) -> Answer:
    """Newest first unless ordered; strings compare with case; entries older than 30 days are gone."""
    now = call.world.clock.timestamp()
    visible = now - float(call.world.settings["provisioning_log_delay_seconds"])
    entries = [
        entry
        for entry in reversed(call.tenant.provisioning_log)
        if now - RETENTION <= parse_iso(entry["activityDateTime"]) <= visible
    ]
    if not call.world.settings["provisioning_filter_or"] and re.search(
        r"(?i)[')] or ", call.query.get("$filter") or ""
    ):
        raise bad_request("The operator 'or' is not supported.")
    if call.query.get("$skiptoken") is None:
        entries = filtered(entries, call.query, RULES, eventual=False, case_sensitive=True)
        entries = ordered(entries, call.query, ("activityDateTime",))
    return call.page(
        "auditLogs/provisioning",
        entries,
        lambda entry: _present(call, entry),
        size=call.world.page_size("provisioning"),
        maximum=MAXIMUM,
        directory=False,
    )


def _present(call: Call, entry: dict[str, Any]) -> dict[str, Any]:
    if call.world.settings["provisioning_log_shape"] == "resource_page":
        entry = _as_on_the_resource_page(entry)
    if call.api == "beta":
        return {
            **entry,
            "action": entry["provisioningAction"],
            "statusInfo": {"status": entry["provisioningStatusInfo"]["status"]},
        }
    return selected(entry, None)


def _as_on_the_resource_page(entry: dict[str, Any]) -> dict[str, Any]:
    """The other shape that the documentation shows: lists, older names, and capitals."""
    error = entry["provisioningStatusInfo"]["errorInformation"]
    initiator = {("initiatingType" if name == "initiatorType" else name): v for name, v in entry["initiatedBy"].items()}
    return {
        **entry,
        "servicePrincipal": [entry["servicePrincipal"]],
        "provisioningAction": entry["provisioningAction"].capitalize(),
        "provisioningStatusInfo": {
            "status": entry["provisioningStatusInfo"]["status"].capitalize(),
            "errorInformation": error
            and {**error, "errorCode": error["errorCode"].replace("AzureActiveDirectory", "Microsoft Entra ID ")},
        },
        "provisioningSteps": [
            {**step, "provisioningStepType": step["provisioningStepType"].capitalize()}
            for step in entry["provisioningSteps"]
        ],
        "initiatedBy": initiator,
    }
