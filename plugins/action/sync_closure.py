# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ..modules.sync_closure import TASK
from ..plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Runs ``sync_closure`` in the controller's process."""

    module_task = TASK
