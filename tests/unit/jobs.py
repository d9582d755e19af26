# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Provisioning jobs as Graph shows them, and the requests about them."""

from __future__ import annotations

import typing as t

from unit.conversation import Exchange
from unit.factories import JOB, JOB_TEMPLATE, JOBS_PATH, Tree, collection

NEVER = "0001-01-01T00:00:00Z"
JOB_PATH = f"{JOBS_PATH}/{JOB}"
PORTAL_RESTART = {"criteria": {"resetScope": "Watermark, Escrows, QuarantineState"}}


def execution(state: str = "Succeeded", began: str = "2026-05-01T10:00:00Z", **more: t.Any) -> Tree:
    """A run that took no time."""
    return {"state": state, "timeBegan": began, "timeEnded": began, "countExported": 3, "error": None, **more}


PLACEHOLDER = execution("Failed", NEVER, countExported=0, error={"code": "None", "message": ""})


def job(state: str = "Disabled", code: str = "Paused", **status: t.Any) -> Tree:
    """A job, by its schedule, its code and more of its status."""
    return {
        "id": JOB,
        "templateId": JOB_TEMPLATE,
        "schedule": {"expiration": None, "interval": "PT40M", "state": state},
        "status": {
            "code": code,
            "countSuccessiveCompleteFailures": 0,
            "lastExecution": None,
            "quarantine": None,
            "steadyStateFirstAchievedTime": NEVER,
            "steadyStateLastAchievedTime": NEVER,
            "progress": [],
            "synchronizedEntryCountByType": [],
            **status,
        },
    }


PAUSED, STARTED = job(), job("Active", "NotRun", lastExecution=PLACEHOLDER)


def reading(*jobs: Tree) -> Exchange:
    """How the jobs are listed."""
    return Exchange("GET", JOBS_PATH, reply=collection(*jobs))


def creating(**more: t.Any) -> Exchange:
    """How a job is made."""
    return Exchange("POST", JOBS_PATH, json={"templateId": JOB_TEMPLATE}, **{"status": 201, "reply": PAUSED, **more})


def acting(action: str, body: t.Any = ..., **more: t.Any) -> Exchange:
    """How a job is started, paused or restarted."""
    return Exchange("POST", f"{JOB_PATH}/{action}", json=body, **{"status": 204, **more})
