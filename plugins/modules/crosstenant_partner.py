#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: crosstenant_partner
short_description: Manage the cross-tenant access settings for a partner tenant
version_added: 0.1.0
description:
  - Makes sure that a tenant has a configuration for a partner tenant, with the settings that are named.
  - Settings that are not named stay as they are, down to single members. In particular the trust in the partner's MFA
    and devices survives any run that does not name O(inbound_trust).
  - For cross-tenant synchronization the target tenant needs
    O(automatic_user_consent.inbound_allowed=true) for the source, and the source tenant
    O(automatic_user_consent.outbound_allowed=true) for the target.
options:
  partner_tenant_id:
    description:
      - The partner tenant, as its id or one of its verified domains.
      - A domain is looked up, which takes the permission C(CrossTenantInformation.ReadBasic.All); without it the login
        endpoint is asked.
      - The tenant that the task works in is refused.
    type: str
    required: true
  state:
    description:
      - V(present) makes sure that the configuration exists with the settings named.
      - V(absent) deletes it, and with it every setting for this partner. Delete its identity synchronization first.
    type: str
    choices: [present, absent]
    default: present
  automatic_user_consent:
    description:
      - Whether users need not be asked for consent, which synchronized users cannot give.
      - A member left out stays as it is.
    type: dict
    suboptions:
      inbound_allowed:
        description: Consent is given for the partner's users here. Needed in the target tenant.
        type: bool
      outbound_allowed:
        description: Consent is given for this tenant's users at the partner. Needed in the source tenant.
        type: bool
  inbound_trust:
    description:
      - Which claims from the partner count as if they were made here.
      - Mind that a dictionary whose only member is omitted arrives empty.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      mfa_accepted:
        description: Multifactor authentication at the partner counts.
        type: bool
      compliant_device_accepted:
        description: Devices that the partner manages as compliant count.
        type: bool
      hybrid_joined_device_accepted:
        description: Devices that are hybrid joined at the partner count.
        type: bool
  b2b_collaboration_inbound:
    description:
      - Which of the partner's users may be guests here, and for what.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  b2b_collaboration_outbound:
    description:
      - Which of this tenant's users may be guests at the partner, and for what.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  b2b_direct_connect_inbound:
    description:
      - Which of the partner's users may use shared channels here.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  b2b_direct_connect_outbound:
    description:
      - Which of this tenant's users may use shared channels at the partner.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  tenant_restrictions:
    description:
      - What this tenant's users may do at the partner with accounts of the partner. Global cloud only.
      - A member left out stays as it is. An empty dictionary returns the whole setting to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
      devices:
        description: Which devices are used to tell. The service stores it without acting on it.
        type: dict
        suboptions:
          mode:
            description: Whether devices that match the rule are let in or kept out.
            type: str
            choices: [allowed, blocked]
          rule:
            description: The rule that devices are matched with.
            type: str
  app_service_connect_inbound:
    description:
      - Which applications may be connected to from the partner. Global cloud only.
      - An empty dictionary returns it to the default policy.
    type: dict
    suboptions:
      applications:
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The applications. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  m365_collaboration_inbound:
    description:
      - Which of the partner's users may collaborate here in Microsoft 365. Global cloud only.
      - An empty dictionary returns it to the default policy.
    type: dict
    suboptions:
      users:
        description: Which users it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
  m365_collaboration_outbound:
    description:
      - Which of this tenant's users may collaborate at the partner in Microsoft 365. Global cloud only.
      - An empty dictionary returns it to the default policy.
    type: dict
    suboptions:
      users_and_groups:
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions:
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: The users and groups. Their order does not matter.
            type: list
            elements: dict
            required: true
            suboptions:
              target:
                description: An object id, or a word of Graph's such as V(AllUsers) or V(AllApplications).
                type: str
                required: true
              target_type:
                description: What the target is.
                type: str
                choices: [user, group, application]
                required: true
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
seealso:
  - module: entra.crosstenant.identity_sync
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Let users of the source tenant be synchronized without a consent prompt
  entra.crosstenant.crosstenant_partner:
    tenant_id: "{{ target_tenant_id }}"
    client_id: "{{ target_client_id }}"
    client_secret: "{{ target_client_secret }}"
    partner_tenant_id: "{{ source_tenant_id }}"
    automatic_user_consent:
      inbound_allowed: true

- name: Trust the partner's MFA, and leave everything else as it is
  entra.crosstenant.crosstenant_partner:
    partner_tenant_id: fabrikam.example
    inbound_trust:
      mfa_accepted: true

- name: See what would change, without changing it
  entra.crosstenant.crosstenant_partner:
    partner_tenant_id: "{{ source_tenant_id }}"
    b2b_collaboration_inbound:
      users_and_groups:
        access_type: allowed
        targets:
          - target: AllUsers
            target_type: user
  check_mode: true
  diff: true
"""

RETURN = r"""
partner:
  description:
    - The configuration, in the words of the options. A setting that follows the default policy is null.
    - In check mode the configuration as it would be.
    - Null with O(state=absent).
  returned: success
  type: dict
  sample:
    partner_tenant_id: 11111111-aaaa-4bbb-8ccc-000000000001
    automatic_user_consent:
      inbound_allowed: true
      outbound_allowed: null
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

from ..module_utils._arguments import Arguments
from ..module_utils._resources.partner import Partner
from ..module_utils._task import Task, run_module

TARGET_CONFIGURATION = {
    "type": "dict",
    "options": {
        "access_type": {"type": "str", "choices": ["allowed", "blocked"], "required": True},
        "targets": {
            "type": "list",
            "elements": "dict",
            "required": True,
            "options": {
                "target": {"type": "str", "required": True},
                "target_type": {"type": "str", "choices": ["user", "group", "application"], "required": True},
            },
        },
    },
}
USERS_AND_APPLICATIONS = {"users_and_groups": TARGET_CONFIGURATION, "applications": TARGET_CONFIGURATION}
DEVICES = {
    "type": "dict",
    "options": {"mode": {"type": "str", "choices": ["allowed", "blocked"]}, "rule": {"type": "str"}},
}

TASK = Task(
    Arguments(
        options={
            "partner_tenant_id": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "automatic_user_consent": {
                "type": "dict",
                "options": {"inbound_allowed": {"type": "bool"}, "outbound_allowed": {"type": "bool"}},
            },
            "inbound_trust": {
                "type": "dict",
                "options": {
                    "mfa_accepted": {"type": "bool"},
                    "compliant_device_accepted": {"type": "bool"},
                    "hybrid_joined_device_accepted": {"type": "bool"},
                },
            },
            "b2b_collaboration_inbound": {"type": "dict", "options": USERS_AND_APPLICATIONS},
            "b2b_collaboration_outbound": {"type": "dict", "options": USERS_AND_APPLICATIONS},
            "b2b_direct_connect_inbound": {"type": "dict", "options": USERS_AND_APPLICATIONS},
            "b2b_direct_connect_outbound": {"type": "dict", "options": USERS_AND_APPLICATIONS},
            "tenant_restrictions": {"type": "dict", "options": {**USERS_AND_APPLICATIONS, "devices": DEVICES}},
            "app_service_connect_inbound": {"type": "dict", "options": {"applications": TARGET_CONFIGURATION}},
            "m365_collaboration_inbound": {"type": "dict", "options": {"users": TARGET_CONFIGURATION}},
            "m365_collaboration_outbound": {"type": "dict", "options": {"users_and_groups": TARGET_CONFIGURATION}},
        }
    ),
    Partner,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
