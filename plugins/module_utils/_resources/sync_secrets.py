# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a configuration stores: target, scope, notifications (graph-api.md section 8.3). PRIVATE to the collection.

Graph calls them secrets; none of them is one.
"""

from __future__ import annotations

import json
import typing as t

from .._configuration import (
    JOB_TEMPLATE,
    MASKED,
    read_settings,
    secrets_path,
    selected_service_principal,
    synchronization_path,
    when_known,
)
from .._connection import ZERO_GUID, guid
from .._engine import Resource, converge
from .._errors import GraphError, InputError, doing
from .._properties import Change, Property, applied
from .._types import Result, Tree
from .._waiting import ask_until
from .stored_settings import NOTIFICATIONS, STORED_SETTINGS, settings_view, without_masked

if t.TYPE_CHECKING:
    from .._graph import GraphClient

# What the portal and the how-to write where nothing is stored yet.
NEW_NOTIFICATIONS = {
    "Enabled": False,
    "Recipients": "",
    "DeleteThresholdEnabled": False,
    "DeleteThresholdValue": 500,
    "HumanResourcesLookaheadQueryEnabled": False,
}
POLICY_CODES = (
    "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure",
    "AzureDirectoryB2BManagementPolicyCheckFailure",
)


class SyncSecrets(Resource):
    """The stored settings of a configuration. Keys that are not named keep their values."""

    noun = "synchronization settings"
    key = "settings"
    properties = STORED_SETTINGS

    def __init__(self, params: Tree) -> None:
        self.target = guid("target_tenant_id", params["target_tenant_id"])
        fixed = {"target_tenant_id": self.target, "authentication_type": "SyncPolicy", "state": "present"}
        super().__init__({**params, **fixed})
        threshold = (params.get("deletion_protection") or {}).get("threshold")
        if threshold is not None and threshold < 1:
            raise InputError("deletion_protection.threshold", f"{threshold} is no number of deletions to stop at")
        self.principal: str | None = None
        self.masked: set[str] = set()
        self.notified = False

    @property
    def title(self) -> str:
        return f"the {self.noun} of the configuration for target {self.target}"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        self.principal = selected_service_principal(graph, self.params, check_mode)
        result = converge(self, graph, check_mode)
        if not result.changed and not check_mode:
            # A change was preceded by the same test, in update().
            self._validate(graph, wait=0)
        return result

    def view(self, current: Tree) -> Tree:
        return settings_view(self.principal or ZERO_GUID, current)

    def read(self, graph: GraphClient) -> Tree | None:
        """Every configuration has settings, if only an empty list; one that is only predicted has none."""
        if self.principal is None:
            return {}
        settings = read_settings(graph, self.principal)
        self.notified = bool(settings.get(NOTIFICATIONS))
        self.masked = {key for key, value in settings.items() if value == MASKED}
        return without_masked(settings)

    def desired(self) -> dict[Property, t.Any]:
        """What the user named, without what the service masks: that cannot be compared (section 8.3).

        Where no notifications are stored and some are named, the rest of them is stored as new.
        """
        desired = super().desired()
        if not self.notified and any(row.path.startswith(NOTIFICATIONS) for row in desired):
            for row in self.properties:
                if row.path.startswith(NOTIFICATIONS):
                    desired.setdefault(row, NEW_NOTIFICATIONS[row.path.split(".")[1]])
        unseen = sorted(row.option for row in desired if row.path.split(".")[0] in self.masked)
        if unseen:
            self.warnings.append(f"The service masks {', '.join(unseen)}: whether it is as wanted cannot be seen.")
        return {row: value for row, value in desired.items() if row.option not in unseen}

    def reread(self, graph: GraphClient, written: Tree) -> Tree | None:
        """What the service masks of it is as it was written."""
        shown = self.read(graph) or {}
        return {**{key: written.get(key) for key in self.masked}, **shown}

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        """Test the connection, then store everything in one request: PUT replaces (section 8.3)."""
        self._validate(graph, wait=self.params["validate_wait"])
        after = applied(current, changes)
        if "CompanyId" in self.masked:
            after["CompanyId"] = self.target
        if "AuthenticationType" in self.masked:
            after["AuthenticationType"] = "SyncPolicy"
        if after.get(NOTIFICATIONS) is not None:
            defaults = {} if current.get(NOTIFICATIONS) else NEW_NOTIFICATIONS
            after[NOTIFICATIONS] = json.dumps({**defaults, **after[NOTIFICATIONS]})
        rows = [{"key": key, "value": value} for key, value in after.items() if value is not None]
        principal = str(self.principal)
        when_known(graph, principal, lambda: graph.put(secrets_path(principal), {"value": rows}))

    def _validate(self, graph: GraphClient, wait: float) -> None:
        """Ask the service whether both tenants allow the synchronization (section 8.4); it changes nothing.

        :param wait: seconds that policies written a moment ago may need to be seen.
        """
        if not self.params["validate"]:
            return
        principal = str(self.principal)
        path = f"{synchronization_path(principal)}/jobs/validateCredentials"
        body = {
            "useSavedCredentials": False,
            "templateId": JOB_TEMPLATE,
            "credentials": [
                {"key": "CompanyId", "value": self.target},
                {"key": "AuthenticationType", "value": "SyncPolicy"},
            ],
        }

        def refusal() -> GraphError | None:
            try:
                when_known(graph, principal, lambda: graph.post(path, body, repeatable=True))
            except GraphError as error:
                if error.code not in POLICY_CODES:
                    raise
                return error
            return None

        with doing(f"test the connection to target {self.target}"):
            error, dummy = ask_until(refusal, lambda error: error is None, graph.patience, wait)
            if error is not None:
                raise error
