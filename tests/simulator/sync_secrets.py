# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronization secrets (graph-api.md section 8.3)."""

from __future__ import annotations

import json
from typing import Any

from .calls import Answer, Call, require_body
from .errors import GraphError, bad_request
from .replication import ABSENT
from .routing import Routes
from .synchronization import BASE, container, sync_error
from .typecheck import check_entity

ROUTES = Routes("synchronization")
PATH = f"{BASE}/secrets"
NOTIFICATION_TYPES: dict[str, type | tuple[type, ...]] = {
    "Enabled": bool,
    "Recipients": (str, type(None)),
    "DeleteThresholdEnabled": bool,
    "DeleteThresholdValue": int,
    "HumanResourcesLookaheadQueryEnabled": bool,
}


def _shown(call: Call, secrets: dict[str, str]) -> list[dict[str, str]]:
    settings = call.world.settings
    masked = set(settings["masked_secret_keys"])
    entries = [{"key": key, "value": "*" if key in masked else value} for key, value in secrets.items()]
    entries += [dict(entry) for entry in settings["extra_secrets"] if entry["key"] not in secrets]
    if settings["secrets_order"] == "reversed":
        entries.reverse()
    elif settings["secrets_order"] == "sorted":
        entries.sort(key=lambda entry: entry["key"])
    return entries


@ROUTES.on("GET", PATH)
def get_secrets(call: Call) -> Answer:
    """Sensitive values come back as ``*``."""
    principal = container(call)
    secrets = call.world.seen(call.tenant, "secrets", principal.id, principal.secrets)
    shown = _shown(call, {} if secrets is ABSENT else secrets)
    path = f"servicePrincipals('{principal.id}')/synchronization/secrets"
    return Answer(200, {"@odata.context": call.context(path), "value": shown})


@ROUTES.on("PUT", PATH, body=True)
def put_secrets(call: Call) -> Answer:
    """Merge (default) or strict replace; an empty value removes a key, but not one whose value is JSON."""
    principal = container(call)
    body = require_body(call)
    if set(body) - {"@odata.context"} != {"value"}:
        raise bad_request("The request body must contain exactly the property 'value'.")
    if not isinstance(body["value"], list):
        raise bad_request("Property 'value' must be a collection.")
    desired: dict[str, str] = {}
    for entry in body["value"]:
        checked = check_entity(call.api, "synchronizationSecretKeyStringValuePair", entry)
        key, value = checked.get("key"), checked.get("value")
        if not isinstance(key, str) or not isinstance(value, str):
            raise bad_request("Every entry of 'value' needs 'key' and 'value'.")
        if key in desired:
            raise bad_request(f"The key '{key}' was given more than once.")
        _check_value(call, key, value)
        desired[key] = value
    old = dict(principal.secrets)
    principal.secrets = _merged(call, old, desired)
    call.world.replication.changed(call.tenant.id, "secrets", principal.id, old)
    if call.world.settings["secrets_put_status"] == 200:
        return Answer(200, {"value": _shown(call, principal.secrets)})
    return Answer(204)


def _merged(call: Call, old: dict[str, str], desired: dict[str, str]) -> dict[str, str]:
    # UNCONFIRMED whether keys that are not mentioned survive (section 17): a switch.
    result = dict(old) if call.world.settings["secrets_mode"] == "merge" else {}
    masked = set(call.world.settings["masked_secret_keys"])
    for key, value in desired.items():
        if value == "":
            result.pop(key, None)
        elif value == "*" and key in masked:
            result[key] = "*"  # the service cannot know better: a client must never write the mask back
        else:
            result[key] = value
    return result


def _check_value(call: Call, key: str, value: str) -> None:
    if key == "SyncNotificationSettings":
        check_notification_settings(value)
    if key == "SyncAll" and value.lower() not in ("true", "false", ""):
        raise sync_error(call, 400, "InvalidSecretValue", f"The value '{value}' of '{key}' is neither true nor false.")
    if key == "None":
        raise sync_error(call, 400, "InvalidSecretKey", "The key 'None' cannot be stored.")


def check_notification_settings(text: str) -> dict[str, Any]:
    """The JSON of SyncNotificationSettings; 400 wrapped ``InvalidNotificationSettings`` otherwise."""
    problem = GraphError(400, "InvalidNotificationSettings", "", wrapped=True)
    try:
        value = json.loads(text)
    except ValueError:
        raise problem from None
    if not isinstance(value, dict):
        raise problem
    for name, kind in NOTIFICATION_TYPES.items():
        if name in value and (not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool))):
            raise problem
    return value
