# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the name of each task's action that really ran, one a line, to the file that TALLY names."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: tally
type: aggregate
short_description: The actions that ran
description: One line for each task that was not skipped, on each host.
"""


class CallbackModule(CallbackBase):
    """Enabled by the one run that counts tasks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_NAME = "tally"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        """A task ran on a host."""
        with open(os.environ["TALLY"], "a", encoding="utf-8") as file:
            file.write(f"{result._task.resolved_action or result._task.action}\n")
