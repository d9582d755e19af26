# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differed, of the results of several tasks."""

from __future__ import annotations

import typing as t

DOCUMENTATION = r"""
name: drift
short_description: Gather what differed from the results of several tasks
version_added: 0.1.0
author:
  - The entra.crosstenant authors (@entra-crosstenant)
description:
  - Takes the registered results of state modules of this collection, and keeps the differences of those that changed
    something, or in check mode would.
options:
  _input:
    description: For each task the V(tenant) and the V(resource) that it is about, and its V(result).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what is not as it should be
  ansible.builtin.debug:
    msg: "{{ [{'tenant': 'fabrikam', 'resource': 'partner', 'result': partner}] | entra.crosstenant.drift }}"
"""

RETURN = r"""
_value:
  description: A list of dictionaries with C(tenant), C(resource), C(before) and C(after), in the order of the tasks.
  type: list
  elements: dict
"""


def drift(steps: t.Iterable[t.Mapping[str, t.Any]]) -> list[dict[str, t.Any]]:
    """The differences of the steps whose result is a change; one that was skipped is none."""
    return [
        {
            "tenant": step["tenant"],
            "resource": step["resource"],
            "before": step["result"]["diff"]["before"],
            "after": step["result"]["diff"]["after"],
        }
        for step in steps
        if step["result"].get("changed")
    ]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Each filter by its name."""
        return {"drift": drift}
