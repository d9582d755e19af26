# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Switches of the simulator; every one the contract leaves open has its place here (see README.md)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

DEFAULTS: dict[str, Any] = {
    # transport
    "latency_ms": 0,
    # tokens (graph-api.md section 2)
    "token_lifetime": 3599,
    "accept_expired_tokens": False,
    # permissions (graph-api.md section 2)
    "enforce_permissions": True,
    "application_readwrite_all_may_assign": False,
    "get_by_ids_with_type_permissions": False,
    "secrets_readable_with_synchronization_read": True,
    "owned_by_restart_refused": True,
    # paging (graph-api.md section 3.4)
    "page_size": {"default": 100, "appRoleAssignments": 100, "provisioning": 100, "partners": 100},
    "empty_first_page": False,
    # batching (graph-api.md section 3.6)
    "batch_response_order": "reversed",
    # throttling (graph-api.md section 3.7)
    "throttle": {
        "writes": {"enabled": False, "limit": 3000, "window": 150.0},
        "resource_units": {"enabled": False, "limit": 3500, "window": 10.0},
        "reports": {"enabled": True, "limit": 5, "window": 10.0},
        "on_demand": {"enabled": True, "limit": 5, "window": 10.0},
        "retry_after": "seconds",
    },
    # eventual consistency (graph-api.md section 13): kind -> {"reads": n, "seconds": s}
    "replication": {},
    "replication_sync_error": 404,
    # the tenant (graph-api.md section 6): ids of service plans
    "service_plans": ["eec0eb4f-6444-4f95-aba0-50c24d67f998"],
    # policies (graph-api.md sections 4 and 5)
    "undeclared_partner_properties": True,
    "partner_delete_refusal_status": 400,
    "nested_policy_patch": "replace",
    # applications (graph-api.md section 7)
    "instantiate_shape": "current",
    "service_management_reference_required": False,
    "restored_service_principal_keeps_job": False,
    # synchronization (graph-api.md section 8)
    "second_job": "create",
    "paused_schedule_state": "Disabled",
    "secrets_mode": "merge",
    "secrets_order": "stored",
    "secrets_put_status": 204,
    "masked_secret_keys": [
        "Password",
        "SecretToken",
        "AppKey",
        "ClientSecret",
        "ConsumerSecret",
        "TokenKey",
        "Oauth2AccessToken",
        "Oauth2RefreshToken",
        "Oauth2ClientSecret",
        "Oauth2AuthorizationCode",
        "ConnectionString",
    ],
    "extra_secrets": [],
    "validate_failure_status": 400,
    "validate_failure_code": "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
    "sync_errors_wrapped": False,
    "on_demand_variant": "B",
    "on_demand_empty_value": False,
    "schema_delete": "reset",
    "default_filter_location": "inputFilterGroups",
    "product_name": "Microsoft Entra ID",
    "rule_id": "random",
    # assignments (graph-api.md section 9)
    "duplicate_assignment": "permission",
    "assigned_to_filter_principal_id": False,
    # provisioning engine
    "initial_cycle_seconds": 1200,
    "progress_pages": 0,
    "escrow_minimum": 5000,
    "provisioning_log_delay_seconds": 0,
    "provisioning_log_shape": "metadata",
    "provisioning_filter_or": True,
}

CHOICES: dict[str, tuple[Any, ...]] = {
    "batch_response_order": ("as_sent", "reversed", "shuffled"),
    "replication_sync_error": (403, 404, 409),
    "nested_policy_patch": ("replace", "merge"),
    "instantiate_shape": ("current", "legacy"),
    "second_job": ("create", "conflict"),
    "paused_schedule_state": ("Disabled", "Paused"),
    "secrets_mode": ("merge", "replace"),
    "secrets_order": ("stored", "reversed", "sorted"),
    "secrets_put_status": (200, 204),
    "on_demand_variant": ("A", "B"),
    "schema_delete": ("reset", "refuse", "ignore"),
    "default_filter_location": ("inputFilterGroups", "groups"),
    "rule_id": ("random", "fixed"),
    "provisioning_log_shape": ("metadata", "resource_page"),
    "duplicate_assignment": ("permission", "entitlement", "entitlement_409"),
}


class SettingsError(ValueError):
    """An unknown setting or value: a typing error in a test must not pass silently."""


class Settings:
    """A checked dictionary of switches."""

    def __init__(self, changes: dict[str, Any] | None = None) -> None:
        self._values = deepcopy(DEFAULTS)
        if changes:
            self.update(changes)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def as_dict(self) -> dict[str, Any]:
        """A copy of all values."""
        return deepcopy(self._values)

    def update(self, changes: dict[str, Any]) -> None:
        """Merge ``changes``; raises :class:`SettingsError` for what does not exist."""
        for name, value in changes.items():
            if name not in DEFAULTS:
                raise SettingsError(f"unknown setting {name!r}")
            if name in CHOICES and value not in CHOICES[name]:
                raise SettingsError(f"setting {name!r} must be one of {CHOICES[name]}, not {value!r}")
            if isinstance(DEFAULTS[name], bool) and not isinstance(value, bool):
                raise SettingsError(f"setting {name!r} must be true or false, not {value!r}")
            if name == "replication":
                self._values[name] = _replication(value)
            elif isinstance(DEFAULTS[name], dict):
                _merge(self._values[name], value, name, open_ended=name == "page_size")
            else:
                self._values[name] = deepcopy(value)


REPLICATION_KINDS = (
    "application",
    "servicePrincipal",
    "synchronization",
    "templates",
    "job",
    "secrets",
    "schema",
    "partner",
    "identitySynchronization",
    "defaultPolicy",
    "policyPropagation",
    "assignment",
    "assignmentEvaluation",
    "user",
    "group",
)


def _replication(value: Any) -> dict[str, dict[str, float]]:
    result: dict[str, dict[str, float]] = {}
    for kind, lag in dict(value).items():
        if kind not in REPLICATION_KINDS:
            raise SettingsError(f"unknown replication kind {kind!r}")
        if set(lag) - {"reads", "seconds"}:
            raise SettingsError(f"replication of {kind!r} takes reads and seconds, not {sorted(lag)}")
        result[kind] = dict(lag)
    return result


def _merge(into: dict[str, Any], changes: Any, path: str, open_ended: bool) -> None:
    if not isinstance(changes, dict):
        raise SettingsError(f"setting {path!r} must be a dictionary")
    for key, value in changes.items():
        if key not in into and not open_ended:
            raise SettingsError(f"unknown setting {path}.{key}")
        if isinstance(into.get(key), dict):
            _merge(into[key], value, f"{path}.{key}", open_ended)
        else:
            into[key] = value
