# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the options that say which configuration is meant."""

from __future__ import annotations


class ModuleDocFragment:
    """The ``selector`` fragment, the twin of ``SELECTOR`` in module_utils/_arguments.py."""

    DOCUMENTATION = r"""
options:
  service_principal_id:
    description:
      - The configuration, by the object id of its service principal, as M(entra.crosstenant.sync_app) returns it.
      - In check mode the zero GUID stands for a configuration that does not exist yet.
    type: str
  target_tenant_id:
    description:
      - The configuration, by the id of the target tenant that it stores. Names are not looked at, since they are free
        and repeat.
      - Two configurations for one target are refused; both are named in the message.
    type: str
  template_id:
    description:
      - The id of the application template that configurations are made from.
      - If left out, the template of the global cloud is used. Other clouds have templates of their own, so there it
        has to be given when O(target_tenant_id) is used.
    type: str
"""
