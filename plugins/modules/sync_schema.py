#!/usr/bin/python
# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sync_schema
short_description: Manage attribute mappings and scoping filters of a configuration
version_added: 0.1.0
description:
  - Says which attributes of users are synchronized, which users are in scope, and what the job may do in the target
    tenant. Microsoft Graph keeps all of it in one document, the schema of the job.
  - The schema is read, changed in the places that are named, and written in one request, and only if it differs.
    Everything that is not named stays as it is, down to what this module knows nothing about.
  - Each change of the schema starts a full resynchronization, and users who fall out of scope by it are deleted in the
    target tenant. Look at a run in check mode first, and keep RV(schema.raw) of it as a backup.
  - The admin center asks for the job to be paused before mappings are reset. This module does not pause it; use
    M(entra.crosstenant.sync_job) around it if that is wanted.
options:
  state:
    description:
      - V(present) makes the schema as the other options say.
      - V(default) resets all of it to what a new job has. No other option about the schema can be given then.
    type: str
    choices: [present, default]
    default: present
  user_type:
    description:
      - What users become in the target tenant.
      - If left out, it stays as it is. A new job makes them members.
    type: str
    choices: [member, guest]
  user_type_apply:
    description:
      - When O(user_type) is applied. V(always) also turns users around who are in the target tenant already;
        V(on_creation) leaves those as they are.
      - If left out, it stays as it is. A new job has V(on_creation).
    type: str
    choices: [always, on_creation]
  show_in_address_list:
    description:
      - Whether users appear in the address lists of the target tenant.
      - If left out, it stays as it is. A new job shows them.
    type: bool
  attribute_mappings:
    description:
      - Mappings of users, each by its target attribute. A mapping that is not named is left alone, so an empty list
        changes nothing.
      - Matching attributes, by which the service recognises users, cannot be changed, added or removed.
      - A mapping of C(userType) or C(showInAddressList) is given either here or by O(user_type) and
        O(show_in_address_list).
    type: list
    elements: dict
    suboptions:
      target:
        description:
          - The attribute of users in the target tenant. The name is case-sensitive.
          - C(otherMails) and C(proxyAddresses) do not work and are refused.
        type: str
        required: true
      source:
        description:
          - The attribute of users in the source tenant that is copied. The name is case-sensitive.
          - C(userType) and C(samAccountName) do not work and are refused.
          - Exactly one of O(attribute_mappings[].source), O(attribute_mappings[].constant) and
            O(attribute_mappings[].expression) is needed unless the mapping is to be removed.
        type: str
      constant:
        description: The text that every user gets.
        type: str
      expression:
        description:
          - An expression that computes the value, such as C(Join("@", [mailNickname], "fabrikam.example")). Attributes
            stand in brackets, text in double quotes. Names of functions are case-sensitive.
          - White space outside of quoted text does not count as a difference.
        type: str
      apply:
        description:
          - V(always), or V(on_creation) for a value that users get once, when they are created.
          - If left out, it stays as it is. A new mapping is applied always.
        type: str
        choices: [always, on_creation]
      default_value:
        description:
          - What users get at creation where the source is empty. Empty text removes it.
          - If left out, it stays as it is. A new mapping has none.
        type: str
      state:
        description: V(absent) removes the mapping. That of C(IsSoftDeleted) is needed and stays.
        type: str
        choices: [present, absent]
        default: present
  scoping_filters:
    description:
      - Which users are in scope, beside being assigned. A user is in scope if all clauses of any group hold.
      - The list given is complete. An empty list removes all groups, and so lets all assigned users in.
      - If left out, the filters stay as they are.
      - The template's own filter, which keeps external users of the source tenant out, stays in force. It is not shown,
        and it is known by looking at C(alternativeSecurityIds) only, whatever its name. Where the service keeps it
        among these groups, any one of which suffices, its clauses become a part of each of yours, and it stands alone
        again when yours are removed.
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the group, as the provisioning log shows it. No two are the same.
        type: str
        required: true
      clauses:
        description: What has to hold, all of it.
        type: list
        elements: dict
        required: true
        suboptions:
          attribute:
            description:
              - The attribute of users in the source tenant. The name is case-sensitive.
              - C(userType), C(manager), group memberships, dates and attributes with several values cannot be used.
            type: str
            required: true
          operator:
            description:
              - How it is compared, in any case and with spaces or underscores between words.
              - C(EQUALS), C(NOT EQUALS), C(IS TRUE), C(IS FALSE), C(IS NULL), C(IS NOT NULL), C(REGEX MATCH),
                C(NOT REGEX MATCH), C(GREATER_THAN), C(GREATER_THAN_OR_EQUALS), C(ENDS_WITH), C(INCLUDES), C(&) and
                C(!&) are documented. A new filter is checked against the list that the service gives.
              - An empty attribute fails every comparison but C(IS NULL), also the negative ones.
            type: str
            required: true
          values:
            description: The values to compare with, case-sensitively. Left out where the operator takes none.
            type: list
            elements: str
  target_object_actions:
    description:
      - What the job may do with users in the target tenant. A member left out stays as it is. A new job does all three.
      - With O(target_object_actions.delete=false) users who fall out of scope stay in the target tenant.
    type: dict
    suboptions:
      create:
        description: Whether users are created.
        type: bool
      update:
        description: Whether users are updated.
        type: bool
      delete:
        description: Whether users are deleted.
        type: bool
  group_mapping_enabled:
    description:
      - Whether groups are synchronized, too.
      - The target tenant has to allow it, see M(entra.crosstenant.identity_sync), and the scope has to be C(assigned),
        see M(entra.crosstenant.sync_secrets). Otherwise groups are skipped.
      - If left out, it stays as it is. A new job does not synchronize groups.
    type: bool
  schema:
    description:
      - The whole schema in Graph's own form, for what the other options do not cover, or from a backup.
      - C(synchronizationRules) replace those of the job, and so do C(directories) if they are given. All else in it,
        such as C(id) and C(version), is ignored, and rules keep the ids that the job has given them, so that the
        schema of another job can be given as well.
    type: dict
  expected_schema_version:
    description:
      - The version that the schema must have to be changed, as an earlier run returned it in RV(schema.version). If
        somebody has changed the schema since, the task fails and changes nothing.
      - Where nothing differs, the version does not matter.
    type: str
extends_documentation_fragment:
  - entra.crosstenant.auth
  - entra.crosstenant.attributes
  - entra.crosstenant.attributes.state
  - entra.crosstenant.selector
notes:
  - In check mode everything is predicted with permissions to read. Only the operators of filters and the text of
    expressions that differ stay unchecked then, since the service explains those to writers only; a warning says so.
seealso:
  - module: entra.crosstenant.sync_job
  - module: entra.crosstenant.sync_secrets
  - module: entra.crosstenant.provision_on_demand
author:
  - The entra.crosstenant authors (@entra-crosstenant)
"""

EXAMPLES = r"""
- name: Make users guests, and hide them from the address lists
  entra.crosstenant.sync_schema:
    tenant_id: "{{ source_tenant_id }}"
    client_id: "{{ source_client_id }}"
    client_secret: "{{ source_client_secret }}"
    target_tenant_id: "{{ target_tenant_id }}"
    user_type: guest
    user_type_apply: always
    show_in_address_list: false

- name: Map some attributes otherwise than by default
  entra.crosstenant.sync_schema:
    target_tenant_id: "{{ target_tenant_id }}"
    attribute_mappings:
      - target: companyName
        constant: Contoso
      - target: displayName
        expression: Join("", [displayName], " (Contoso)")
      - target: employeeId
        source: extensionAttribute1
        apply: on_creation
      - target: mobile
        state: absent

- name: Synchronize engineers of two countries, and delete nobody
  entra.crosstenant.sync_schema:
    target_tenant_id: "{{ target_tenant_id }}"
    scoping_filters:
      - name: Engineers
        clauses:
          - attribute: department
            operator: EQUALS
            values: [Engineering]
          - attribute: country
            operator: EQUALS
            values: [Norway, Sweden]
    target_object_actions:
      delete: false

- name: Note what there is
  entra.crosstenant.sync_schema:
    target_tenant_id: "{{ target_tenant_id }}"
  register: noted

- name: Put that back, unless somebody has changed it meanwhile
  entra.crosstenant.sync_schema:
    target_tenant_id: "{{ target_tenant_id }}"
    schema: "{{ noted.schema.raw }}"
    expected_schema_version: "{{ noted.schema.version }}"

- name: Begin anew
  entra.crosstenant.sync_schema:
    target_tenant_id: "{{ target_tenant_id }}"
    state: default
"""

RETURN = r"""
schema:
  description:
    - The schema, in the words of the options. In check mode as it would be; of a job that does not exist yet, only what
      is asked for.
  returned: success
  type: dict
  contains:
    service_principal_id:
      description: The configuration that the schema belongs to.
      type: str
    job_id:
      description: The id of the job that the schema belongs to.
      type: str
    version:
      description: The version that the service gives to each saved schema. In check mode the one that is there.
      type: str
    user_type:
      description: What users become. Null when it is no constant.
      type: str
      sample: member
    user_type_apply:
      description: When that is applied, V(always) or V(on_creation).
      type: str
      sample: on_creation
    show_in_address_list:
      description: Whether users appear in address lists. Null when it is no constant.
      type: bool
    attribute_mappings:
      description: All mappings of users.
      type: list
      elements: dict
      contains:
        target:
          description: The attribute in the target tenant.
          type: str
        kind:
          description: Where its value comes from, V(source), V(constant) or V(expression).
          type: str
        source:
          description: The attribute that is copied, or null.
          type: str
        constant:
          description: The text that every user gets, or null.
          type: str
        expression:
          description: The expression that computes it, or null.
          type: str
        apply:
          description: V(always) or V(on_creation). Other ways to apply a mapping are named as Graph does.
          type: str
        default_value:
          description: What users get at creation where the source is empty, or null.
          type: str
        matching:
          description: Whether the service recognises users by it.
          type: bool
    scoping_filters:
      description: The filters, without what is built in. Operators are spelled as the service does.
      type: list
      elements: dict
    target_object_actions:
      description: What the job may do, with C(create), C(update) and C(delete).
      type: dict
    group_mapping_enabled:
      description: Whether groups are synchronized. Null when the schema does not know groups.
      type: bool
    raw:
      description: The schema in Graph's form, as O(schema) takes it.
      type: dict
resynchronization:
  description: Whether the change starts a full resynchronization, or in check mode would. Every change does.
  returned: success
  type: bool
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

from ..module_utils._arguments import ONE_SELECTOR, SELECTOR, Arguments
from ..module_utils._resources.sync_schema import SyncSchema
from ..module_utils._schema_intents import OPTIONS
from ..module_utils._task import Task, run_module

APPLY = ["always", "on_creation"]
SOURCES = ("source", "constant", "expression")
TASK = Task(
    Arguments(
        options={
            **SELECTOR,
            "state": {"type": "str", "choices": ["present", "default"], "default": "present"},
            "user_type": {"type": "str", "choices": ["member", "guest"]},
            "user_type_apply": {"type": "str", "choices": APPLY},
            "show_in_address_list": {"type": "bool"},
            "attribute_mappings": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "target": {"type": "str", "required": True},
                    "source": {"type": "str"},
                    "constant": {"type": "str"},
                    "expression": {"type": "str"},
                    "apply": {"type": "str", "choices": APPLY},
                    "default_value": {"type": "str"},
                    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
                },
                "mutually_exclusive": [SOURCES],
                "required_if": [("state", "present", SOURCES, True)],
            },
            "scoping_filters": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "name": {"type": "str", "required": True},
                    "clauses": {
                        "type": "list",
                        "elements": "dict",
                        "required": True,
                        "options": {
                            "attribute": {"type": "str", "required": True},
                            "operator": {"type": "str", "required": True},
                            "values": {"type": "list", "elements": "str"},
                        },
                    },
                },
            },
            "target_object_actions": {
                "type": "dict",
                "options": {"create": {"type": "bool"}, "update": {"type": "bool"}, "delete": {"type": "bool"}},
            },
            "group_mapping_enabled": {"type": "bool"},
            "schema": {"type": "dict"},
            "expected_schema_version": {"type": "str"},
        },
        mutually_exclusive=(ONE_SELECTOR, *(("schema", intent) for intent in OPTIONS)),
        required_one_of=(ONE_SELECTOR,),
    ),
    SyncSchema,
)


def main() -> None:
    """Run as an ordinary module."""
    run_module(TASK)


if __name__ == "__main__":
    main()
