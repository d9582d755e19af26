# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task that changes the simulated tenants as somebody else would: harness.behind_the_back() makes such tasks."""

from __future__ import annotations

from typing import Any

import requests
from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):
    """Calls one operation of the simulator's control API."""

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Do it, also in check mode."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        options = self._task.args
        answer = requests.post(options["url"], json=options["body"], timeout=10)
        return {**result, "failed": answer.status_code != 200, "msg": answer.text, "changed": False}
