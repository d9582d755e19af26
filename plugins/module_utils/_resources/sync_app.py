# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The application that holds a cross-tenant synchronization (graph-api.md section 7). PRIVATE to the collection."""

from __future__ import annotations

import typing as t

from .._configuration import (
    JOB_TEMPLATE,
    MASKED,
    Configuration,
    application_request,
    list_configurations,
    may_be_unknown_yet,
    only_one,
    synchronization_path,
    template_of,
)
from .._connection import ZERO_GUID, guid
from .._engine import Resource
from .._errors import GraphError
from .._properties import Change
from .._tenants import refuse_own_tenant
from .._types import Tree
from .._waiting import ask_until
from .configuration_view import CONFIGURATION_SETTINGS, configuration_identity

if t.TYPE_CHECKING:
    from .._graph import GraphClient

# Seconds after which the steps to come may find out themselves what keeps the synchronization service.
KNOWN_WITHIN = 120.0


class SyncApp(Resource):
    """A configuration: an application and its service principal, made from the synchronization template."""

    noun = "configuration"
    key = "configuration"
    properties = CONFIGURATION_SETTINGS
    visible_within = 300
    doubt = 120

    def __init__(self, params: Tree) -> None:
        # An empty name, such as an optional question delivers, is no name.
        super().__init__({**params, "display_name": (params.get("display_name") or "").strip() or None})
        self.target = guid("target_tenant_id", params["target_tenant_id"])
        self.template = template_of(params)
        self.shown_at = 0.0
        self.name = self.params["display_name"] or f"Cross-tenant sync to {self.target}"

    @property
    def title(self) -> str:
        return f"the {self.noun} for target {self.target}"

    def verify(self, graph: GraphClient) -> None:
        refuse_own_tenant(graph, "target_tenant_id", self.target)

    def blank(self) -> Tree:
        """What the template makes (section 7.2)."""
        principal = {
            "id": ZERO_GUID,
            "appId": ZERO_GUID,
            "displayName": self.name,
            "accountEnabled": True,
            "appRoleAssignmentRequired": True,
        }
        return {"servicePrincipal": principal, "application": {"id": ZERO_GUID}}

    def identity(self, current: Tree) -> Tree:
        return configuration_identity(self.target, current)

    def read(self, graph: GraphClient) -> Tree | None:
        absent = self.params.get("state") == "absent"
        configurations = list_configurations(graph, self.template, whole=True, only_lasting=absent)
        found = self._mine(configurations)
        if found is None:
            if not self.warnings:
                self.warnings += _doubts(configurations)
            return None
        if found.application is None:
            return self._with_application(graph, found.service_principal)
        return {"servicePrincipal": found.service_principal, "application": found.application}

    def _mine(self, configurations: t.Sequence[Configuration]) -> Configuration | None:
        """The configuration of this target; else the one that a run left behind before it could store the target."""
        matches = [each for each in configurations if each.target_tenant_id == self.target]
        unfinished = [
            each for each in configurations if each.target_tenant_id is None and each.display_name == self.name
        ]
        return only_one(matches, f"synchronize to {self.target}") or only_one(
            unfinished, f"are named '{self.name}' and store no target"
        )

    def _with_application(self, graph: GraphClient, principal: Tree) -> Tree:
        wanted = application_request(principal)
        application = graph.find(wanted.path, wanted.query)
        return {"servicePrincipal": principal, "application": application}

    def create(self, graph: GraphClient, body: Tree) -> Tree:
        """Instantiate the template; not idempotent, so a lost answer is looked for (section 7.2)."""
        wanted = {"displayName": self.name}
        reference = (body.get("application") or {}).get("serviceManagementReference")
        if reference:
            wanted["serviceManagementReference"] = reference
        made = graph.post(f"/applicationTemplates/{self.template}/instantiate", wanted)
        for half in made.values():
            if isinstance(half, dict) and "id" not in half:
                half["id"] = half.get("objectId")
        return {"servicePrincipal": made["servicePrincipal"], "application": made["application"]}

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        after = {change.row.path: change.after for change in changes}
        application, principal = (
            {path.split(".")[1]: value for path, value in after.items() if path.startswith(half)}
            for half in ("application.", "servicePrincipal.")
        )
        if "displayName" in principal:
            application["displayName"] = principal["displayName"]
        if application and current.get("application"):
            graph.patch(f"/applications/{current['application']['id']}", application)
        if principal:
            graph.patch(f"/servicePrincipals/{current['servicePrincipal']['id']}", principal)

    def reread(self, graph: GraphClient, written: Tree) -> Tree | None:
        """By id, which shows it before lists do; and not before the synchronization service knows it (section 13)."""
        principal_id = written["servicePrincipal"]["id"]
        principal = graph.find(f"/servicePrincipals/{principal_id}")
        if principal is None or self.params.get("state") == "absent":
            return principal
        now = graph.patience.now()
        self.shown_at = self.shown_at or now
        in_time = now - self.shown_at < KNOWN_WITHIN
        if in_time and not self._is_known(graph, principal_id):
            return None
        shown = self._with_application(graph, principal)
        if shown["application"] is None and written.get("application"):
            return None if in_time else {**shown, "application": written["application"]}
        return shown

    @staticmethod
    def _is_known(graph: GraphClient, principal_id: str) -> bool:
        """Whether the synchronization service offers its template for it yet (section 8.1)."""
        try:
            templates = graph.pages(f"{synchronization_path(principal_id)}/templates")
        except GraphError as error:
            if not may_be_unknown_yet(error):
                raise
            return False
        return any(JOB_TEMPLATE in (each.get("id"), each.get("factoryTag")) for each in templates)

    def delete(self, graph: GraphClient, current: Tree) -> None:
        """Delete the application, and with it the service principal (section 7.3)."""
        principal_id = current["servicePrincipal"]["id"]
        if current.get("application"):
            graph.delete(f"/applications/{current['application']['id']}")
        else:
            graph.delete(f"/servicePrincipals/{principal_id}")
        if self.params.get("purge"):
            for each in (current.get("application"), current["servicePrincipal"]):
                if each:
                    self._purge(graph, f"/directory/deletedItems/{each['id']}")

    def _purge(self, graph: GraphClient, path: str) -> None:
        """Remove it from the deleted items, where it shows a moment after its deletion."""
        shown, dummy = ask_until(lambda: graph.find(path), lambda found: found is not None, graph.patience, 10)
        if shown is not None:
            graph.delete(path)


def _doubts(configurations: t.Sequence[Configuration]) -> list[str]:
    """A warning of those whose target cannot be seen, any of which may be the one that was looked for (section 8.3)."""
    hidden = [str(each) for each in configurations if each.settings.get("CompanyId") == MASKED]
    if not hidden:
        return []
    return [
        f"The service masks the target of {'; '.join(hidden)}: if one of them is meant, give its name as display_name."
    ]
