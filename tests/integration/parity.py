# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether both ways in gave the same results, sent the same requests and left the same tenants."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from integration.harness import GUID, Run, rewritten

WAYS = ("in_process", "module")
SEEDED = re.compile(r"[123]{8}-|0{8}-")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
OPAQUE = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])|(?<=Azure2Azure\.)[\w.-]+|eyJ[\w.-]+")


def difference(in_process: list[Run], *module: list[Run]) -> str:
    """In what the two ways differ, as a diff; empty if in nothing, or if there is only one."""
    one, *others = (
        json.dumps([_comparable(run) for run in runs], indent=1, sort_keys=True).splitlines()
        for runs in (in_process, *module)
    )
    other = others[0] if others else one
    return "\n".join(difflib.unified_diff(one, other, *WAYS, lineterm="", n=8))


def _comparable(run: Run) -> dict[str, Any]:
    """A run without what two runs that did the same differ in: generated ids, request ids and times."""
    return {
        "code": run.code,
        "outcomes": [
            {"task": each.task, "host": each.host, "status": each.status, "result": _result(each.result)}
            for each in run.outcomes
        ],
        # Batches are sent side by side: which is first is chance. Tests look at the order where it matters.
        "requests": sorted(
            (
                rewritten([each.line, each.api, each.tenant, each.app, each.status, each.body], _without_chance)
                for each in run.requests
                if each.kind == "graph"
            ),
            key=json.dumps,
        ),
    }


def _result(result: dict[str, Any]) -> Any:
    # Where a module ran is not what it found.
    where = ("exception", "ansible_job_id", "results_file")
    kept = {key: value for key, value in result.items() if not key.startswith("_ansible") and key not in where}
    return rewritten(kept, _without_chance)


def _without_chance(text: str) -> str:
    text = OPAQUE.sub("{opaque}", TIME.sub("{time}", text))
    return GUID.sub(lambda found: found.group() if SEEDED.match(found.group()) else "{id}", text)
