# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes what became of each task to a file, one JSON object a line, for harness.py to read."""

from __future__ import annotations

import json
import os
import time
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: outcomes
type: aggregate
short_description: Outcomes of tasks, one JSON object a line
description:
  - Test equipment. The file is named by the environment variable E(OUTCOMES_FILE).
author: The entra.crosstenant authors
"""


class CallbackModule(CallbackBase):
    """One line for each task on each host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "outcomes"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._begun = 0.0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        """Remember when the task began, so that the requests of its time can be told to be its own."""
        self._begun = time.time()

    def v2_runner_on_ok(self, result: Any) -> None:
        """Done."""
        self._write("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Failed, or failed and ignored."""
        self._write("failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        """Skipped."""
        self._write("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """The host could not be reached."""
        self._write("unreachable", result)

    def _write(self, status: str, result: Any) -> None:
        line = {
            "host": result._host.get_name(),
            "task": result._task.get_name().rpartition(" : ")[2],
            "status": status,
            "result": result._result,
            "begun": self._begun,
            "ended": time.time(),
        }
        with open(os.environ["OUTCOMES_FILE"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")
