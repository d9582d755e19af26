# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of the access settings that partners and the default policy share. PRIVATE to the collection.

Mirrored by plugins/doc_fragments/access_settings.py.
"""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from ._arguments import Spec

TARGET_CONFIGURATION: dict[str, t.Any] = {
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
USERS_AND_APPLICATIONS: Spec = {"users_and_groups": TARGET_CONFIGURATION, "applications": TARGET_CONFIGURATION}
DEVICES: dict[str, t.Any] = {
    "type": "dict",
    "options": {"mode": {"type": "str", "choices": ["allowed", "blocked"]}, "rule": {"type": "str"}},
}

ACCESS_OPTIONS: Spec = {
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
