# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a configuration's stored settings say (graph-api.md section 8.3). PRIVATE to the collection."""

from __future__ import annotations

import re
import typing as t

from .._configuration import MASKED
from .._properties import LEAVE, Property, as_options
from .._types import Tree

NOTIFICATIONS = "SyncNotificationSettings"


def _same_text(one: t.Any, other: t.Any) -> bool:
    return str(one).lower() == str(other).lower()


def _addresses(text: t.Any) -> list[str]:
    return [each for each in re.split(r"[;,\s]+", str(text or "")) if each]


def _same_addresses(one: t.Any, other: t.Any) -> bool:
    return {each.lower() for each in _addresses(one)} == {each.lower() for each in _addresses(other)}


STORED_SETTINGS = (
    Property("target_tenant_id", "CompanyId", same=_same_text),
    Property("authentication_type", "AuthenticationType", same=_same_text),
    Property(
        "scope",
        "SyncAll",
        lambda scope: "true" if scope == "all" else "false",
        lambda text: "all" if str(text).lower() == "true" else "assigned",
        _same_text,
    ),
    Property("notifications.enabled", f"{NOTIFICATIONS}.Enabled", cleared=False),
    Property(
        "notifications.recipients",
        f"{NOTIFICATIONS}.Recipients",
        ",".join,
        _addresses,
        _same_addresses,
        cleared="",
    ),
    Property("deletion_protection.enabled", f"{NOTIFICATIONS}.DeleteThresholdEnabled", cleared=False),
    Property(
        "deletion_protection.threshold",
        f"{NOTIFICATIONS}.DeleteThresholdValue",
        int,
        same=_same_text,
        cleared=LEAVE,
    ),
)


def without_masked(settings: Tree) -> Tree:
    """The settings without those whose values the service masks."""
    return {key: value for key, value in settings.items() if value != MASKED}


def settings_view(principal: str, settings: Tree) -> Tree:
    """The settings of a configuration as modules return them."""
    return {"service_principal_id": principal, **as_options(STORED_SETTINGS, settings)}
