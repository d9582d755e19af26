# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of a connection, completed from the environment."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._arguments import CONNECTION

DOCUMENTATION = r"""
name: with_environment
short_description: Complete connection options from environment variables
version_added: 0.1.0
author:
  - The entra.crosstenant authors (@entra-crosstenant)
description:
  - For each connection option of this collection that is not given, takes the environment variable of a prefix and the
    option's name in capitals. Options that are neither given nor set stay out, and an empty text counts as not given.
  - The role C(cross_tenant_sync) uses it to tell source and target apart.
options:
  _input:
    description: Connection options. Other keys are kept.
    type: dict
    required: true
  prefix:
    description: What the names of the variables begin with, such as V(ENTRA_SOURCE_).
    type: str
    required: true
  required:
    description: Options that must be given or set.
    type: list
    elements: str
    default: []
positional: prefix, required
"""

EXAMPLES = r"""
- name: Sign in to the source tenant with what the environment holds
  entra.crosstenant.permission_info:
  module_defaults:
    group/entra.crosstenant.graph: "{{ {} | entra.crosstenant.with_environment('ENTRA_SOURCE_') }}"
"""

RETURN = r"""
_value:
  description: The options that are given or set.
  type: dict
"""


def with_environment(options: t.Mapping[str, t.Any], prefix: str, required: t.Collection[str] = ()) -> dict[str, t.Any]:
    """The options, completed from the variables of a prefix.

    :raises AnsibleFilterError: one that is required is neither given nor set.
    """
    found = {name: os.environ.get(prefix + name.upper()) for name in CONNECTION}
    given = {name: value for name, value in options.items() if value not in ("", None)}
    complete = {**{name: value for name, value in found.items() if value}, **given}
    for name in required:
        if name not in complete:
            raise AnsibleFilterError(f"{name} is not given, and {prefix}{name.upper()} is not set")
    return complete


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Each filter by its name."""
        return {"with_environment": with_environment}
