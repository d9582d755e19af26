#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: crosstenant_default
short_description: Manage the default cross-tenant access settings
version_added: 0.1.0
description:
  - Makes sure that the settings that are named hold by default, which is for every tenant that has no configuration of
    its own, and for each setting that a partner's configuration leaves open.
  - Settings that are not named stay as they are, down to single members.
  - The default policy is always there. It can be given back to the service, and not deleted.
  - There is no automatic consent by default, so that there is no option for it. It is a setting of single partners, see
    M(entra.crosstenant.crosstenant_partner).
  - A setting that is given back to its default becomes what the service sets in a tenant where nobody has changed
    anything. That is guest access in both directions for everybody and to everything, no direct connect, no tenant
    allowed for accounts of others, and no trust. What the service sets for O(app_service_connect_inbound),
    O(m365_collaboration_inbound) and O(m365_collaboration_outbound) is not documented, so an empty dictionary is
    refused there; O(state=reset) does it.
options:
  state:
    description:
      - V(present) makes sure that the settings named are in force.
      - V(reset) gives every setting back to the service. Nothing happens if the policy is the service's already.
        Where the service does not say so, it is if every setting that is shown is what the service sets.
    type: str
    choices: [present, reset]
    default: present
  invitation_redemption:
    description:
      - With which account a guest takes up an invitation.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions:
      primary_order:
        description:
          - The identity providers that are tried, the first one first. The list given replaces the one that is there.
        type: list
        elements: str
        choices: [azure_active_directory, external_federation, social_identity_providers]
      fallback:
        description: What is used when none of them knows the guest.
        type: str
        choices: [default_configured_idp, email_one_time_passcode, microsoft_account]
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.access_settings
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.crosstenant_partner
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Let guests in from partners only
  entra.crosstenant.crosstenant_default:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    b2b_collaboration_inbound:
      users_and_groups:
        access_type: blocked
        targets:
          - target: AllUsers
            target_type: user
      applications:
        access_type: blocked
        targets:
          - target: AllApplications
            target_type: application

- name: Trust nobody's MFA and devices by default, and leave everything else as it is
  entra.crosstenant.crosstenant_default:
    inbound_trust:
      mfa_accepted: false
      compliant_device_accepted: false
      hybrid_joined_device_accepted: false

- name: See what would change if the service took everything back
  entra.crosstenant.crosstenant_default:
    state: reset
  check_mode: true
  diff: true
"""

RETURN = r"""
default_policy:
  description:
    - The policy, in the words of the options. In check mode the policy as it would be.
    - With O(state=reset), check mode and the difference show what is documented of the service's own settings, and null
      for the rest.
  returned: success
  type: dict
  contains:
    is_service_default:
      description: Whether nothing in it differs from what the service sets.
      type: bool
    inbound_trust:
      description: As the option. The other settings likewise, each by the name of its option.
      type: dict
  sample:
    is_service_default: false
    inbound_trust:
      mfa_accepted: false
      compliant_device_accepted: false
      hybrid_joined_device_accepted: false
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

from ..module_utils._access_arguments import ACCESS_OPTIONS
from ..module_utils._arguments import Arguments
from ..module_utils._resources.default_policy import DefaultPolicy
from ..module_utils._task import Task, run_module

TASK = Task(
    Arguments(
        options={
            "state": {"type": "str", "choices": ["present", "reset"], "default": "present"},
            **ACCESS_OPTIONS,
            "invitation_redemption": {
                "type": "dict",
                "options": {
                    "primary_order": {
                        "type": "list",
                        "elements": "str",
                        "choices": ["azure_active_directory", "external_federation", "social_identity_providers"],
                    },
                    "fallback": {
                        "type": "str",
                        "choices": ["default_configured_idp", "email_one_time_passcode", "microsoft_account"],
                    },
                },
            },
        }
    ),
    DefaultPolicy,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
