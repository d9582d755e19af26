#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_secrets
short_description: Manage target, scope and notifications of a configuration
version_added: 0.1.0
description:
  - Stores the target tenant of a configuration, which users are in scope, who is told of trouble, and how many
    deletions are too many. Microsoft Graph keeps these as synchronization secrets; none of them is a secret.
  - Keys that are not named keep their values; everything is written in one request.
  - Before anything is stored, the service is asked whether both tenants allow the synchronization.
options:
  service_principal_id:
    description:
      - The configuration, by the object id of its service principal, as M(entra.crosstenant.sync_app) returns it.
      - If left out, the configuration that stores O(target_tenant_id) already is meant.
      - In check mode the zero GUID stands for a configuration that does not exist yet.
    type: str
  target_tenant_id:
    description:
      - The id of the target tenant. It is stored, and without O(service_principal_id) it also selects the
        configuration.
    type: str
    required: true
  template_id:
    description:
      - The id of the application template that configurations are made from.
      - If left out, the template of the global cloud is used. Other clouds have templates of their own, so there it
        has to be given unless O(service_principal_id) is.
    type: str
  scope:
    description:
      - V(assigned) synchronizes users that are assigned to the configuration, directly or through a group.
      - V(all) synchronizes all users of the source tenant. Group synchronization is impossible then.
      - If left out, it stays as it is. A change takes effect after a restart of the job.
    type: str
    choices: [assigned, all]
  notifications:
    description:
      - Mail about a job in quarantine. A member left out stays as it is; an empty dictionary turns it off.
    type: dict
    suboptions:
      enabled:
        description: Whether mail is sent.
        type: bool
      recipients:
        description:
          - Mail addresses of people or groups. The list given replaces the one that is there.
          - Several are stored separated by commas, as the service documents no separator.
        type: list
        elements: str
  deletion_protection:
    description:
      - Stops a cycle that would delete or disable too many users at once, and puts the job in quarantine.
      - A member left out stays as it is; an empty dictionary turns it off.
    type: dict
    suboptions:
      enabled:
        description: Whether deletions are counted.
        type: bool
      threshold:
        description: How many are too many.
        type: int
  validate:
    description:
      - Whether the service is asked, before anything is stored, if both tenants allow the synchronization. That
        request changes nothing. It is sent on every run except in check mode, where the policies may be predictions.
    type: bool
    default: true
  validate_wait:
    description:
      - Seconds to go on asking while the answer is no, because policies written a moment ago take a while to be seen.
      - Used only when settings are about to be stored.
    type: float
    default: 30.0
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.sync_app
  - module: entra.crosstenant.crosstenant_partner
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Store the target, synchronize assigned users only, and stop at 100 deletions
  entra.crosstenant.sync_secrets:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    service_principal_id: "{{ app.configuration.service_principal_id }}"
    target_tenant_id: "{{ target_tenant_id }}"
    scope: assigned
    notifications:
      enabled: true
      recipients: [identity-team@contoso.example]
    deletion_protection:
      enabled: true
      threshold: 100

- name: Only ask whether the settings are as they should be
  entra.crosstenant.sync_secrets:
    target_tenant_id: "{{ target_tenant_id }}"
    scope: assigned
    validate: false
  check_mode: true
"""

RETURN = r"""
settings:
  description:
    - The stored settings, in the words of the options. In check mode as they would be. Nothing in them is secret.
  returned: success
  type: dict
  sample:
    service_principal_id: 7c9f1c2e-0000-4000-8000-000000000001
    target_tenant_id: 22222222-aaaa-4bbb-8ccc-000000000002
    authentication_type: SyncPolicy
    scope: assigned
    notifications:
      enabled: true
      recipients: [identity-team@contoso.example]
    deletion_protection:
      enabled: true
      threshold: 500
graph:
  description: The requests that the task sent to Microsoft Graph.
  returned: always
  type: dict
  contains:
    requests:
      description: How many requests were sent. A batch counts as one; sign-ins do not count.
      type: int
      sample: 2
    request_ids:
      description: The ids that the service gave them. Its support asks for them.
      type: list
      elements: str
    auth_method:
      description: How the task signed in, also where O(auth_method=auto) left it to what is set.
      type: str
      sample: client_secret
"""

from ..module_utils._arguments import SELECTOR, Arguments
from ..module_utils._resources.sync_secrets import SyncSecrets
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "target_tenant_id": {"type": "str", "required": True},
            "scope": {"type": "str", "choices": ["assigned", "all"]},
            "notifications": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "recipients": {"type": "list", "elements": "str"}},
            },
            "deletion_protection": {
                "type": "dict",
                "options": {"enabled": {"type": "bool"}, "threshold": {"type": "int"}},
            },
            "validate": {"type": "bool", "default": True},
            "validate_wait": {"type": "float", "default": 30.0},
        }
    ),
    SyncSecrets,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
