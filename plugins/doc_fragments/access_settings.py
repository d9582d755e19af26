# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the access settings that partners and the default policy share."""

from __future__ import annotations


class ModuleDocFragment:
    """The ``access_settings`` fragment, the twin of ``ACCESS_OPTIONS`` in module_utils/_access_arguments.py."""

    DOCUMENTATION = r"""
options:
  inbound_trust:
    description:
      - Which claims from other tenants count as if they were made here.
      - Mind that a dictionary whose only member is omitted arrives empty.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions:
      mfa_accepted:
        description: Multifactor authentication at home counts.
        type: bool
      compliant_device_accepted:
        description: Devices that the home tenant manages as compliant count.
        type: bool
      hybrid_joined_device_accepted:
        description: Devices that are hybrid joined at home count.
        type: bool
  b2b_collaboration_inbound:
    description:
      - Which users of other tenants may be guests here, and for what.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions: &users_and_applications
      users_and_groups: &users_and_groups
        description: Which users and groups it holds for. The list given replaces the one that is there.
        type: dict
        suboptions: &target_configuration
          access_type:
            description: Whether the targets are let in or kept out.
            type: str
            choices: [allowed, blocked]
            required: true
          targets:
            description: Whom or what it holds for. Their order does not matter.
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
      applications: &applications
        description: Which applications it holds for. The list given replaces the one that is there.
        type: dict
        suboptions: *target_configuration
  b2b_collaboration_outbound:
    description:
      - Which of this tenant's users may be guests in other tenants, and for what.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions: *users_and_applications
  b2b_direct_connect_inbound:
    description:
      - Which users of other tenants may use shared channels here.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions: *users_and_applications
  b2b_direct_connect_outbound:
    description:
      - Which of this tenant's users may use shared channels in other tenants.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions: *users_and_applications
  tenant_restrictions:
    description:
      - What may be done from here with accounts that other tenants have issued.
      - Only the global cloud has it; in another O(cloud) it is refused before anything is sent.
      - A member left out stays as it is. An empty dictionary gives the whole setting back to its default.
    type: dict
    suboptions:
      users_and_groups: *users_and_groups
      applications: *applications
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
      - Which applications may be connected to from other tenants.
      - Only the global cloud has it; in another O(cloud) it is refused before anything is sent.
      - If left out, it stays as it is. An empty dictionary gives it back to its default.
    type: dict
    suboptions:
      applications: *applications
  m365_collaboration_inbound:
    description:
      - Which users of other tenants may collaborate here in Microsoft 365.
      - Only the global cloud has it; in another O(cloud) it is refused before anything is sent.
      - If left out, it stays as it is. An empty dictionary gives it back to its default.
    type: dict
    suboptions:
      users:
        description: Which users it holds for. The list given replaces the one that is there.
        type: dict
        suboptions: *target_configuration
  m365_collaboration_outbound:
    description:
      - Which of this tenant's users may collaborate in other tenants in Microsoft 365.
      - Only the global cloud has it; in another O(cloud) it is refused before anything is sent.
      - If left out, it stays as it is. An empty dictionary gives it back to its default.
    type: dict
    suboptions:
      users_and_groups: *users_and_groups
"""
