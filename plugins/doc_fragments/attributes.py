# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the attributes that modules have in common."""

from __future__ import annotations


class ModuleDocFragment:
    """Attributes of the modules; ``STATE``, ``ACTION`` and ``INFO`` say how the three kinds differ."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and predict the changes without making any.
    support: full
  platform:
    description: Where the module can run.
    platforms: posix
    support: full
  action_group:
    description: Use C(group/entra.crosstenant.graph) in C(module_defaults) to set options of all modules at once.
    support: full
    membership: [entra.crosstenant.graph]
"""

    STATE = r"""
attributes:
  diff_mode:
    description: Returns what differs, property by property, before and after. Never holds a secret.
    support: full
  idempotent:
    description: Changes nothing when the desired state is there already.
    support: full
"""

    ACTION = r"""
attributes:
  diff_mode:
    description: Returns what differs, property by property, before and after. Never holds a secret.
    support: full
  idempotent:
    description: Acts whenever it is run.
    support: none
"""

    INFO = r"""
attributes:
  diff_mode:
    description: Returns what differs, property by property, before and after.
    support: N/A
  idempotent:
    description: Changes nothing.
    support: full
"""
