# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations of cross-tenant synchronization, found by what they mean. PRIVATE to the collection.

A configuration is the service principal of the synchronization template whose stored ``CompanyId`` is the target
tenant; names are free and repeat (graph-api.md section 7.3).
"""

from __future__ import annotations

import datetime
import json
import typing as t
from dataclasses import dataclass, field

from ._batch import BATCH_SIZE, send_together
from ._connection import ZERO_GUID, guid
from ._errors import EntraError, GraphError, InputError, doing
from ._graph import Request, quoted
from ._graph_errors import REMEDIES
from ._waiting import growing_delays

if t.TYPE_CHECKING:
    from ._graph import GraphClient
    from ._types import Tree

SYNC_TEMPLATE = "518e5f48-1fc8-4c48-9387-9fdf28b0dfe7"
JOB_TEMPLATE = "Azure2Azure"
MASKED = "*"
# Configurations of multitenant organizations belong to the Microsoft 365 admin center.
PLATFORM_PREFIX = "MTO_Sync_"
# How long after its creation the synchronization service may not know a service principal (section 13).
SETTLING = 600.0
HALF_SHOWN = 60.0
_FIELDS = "id,appId,displayName,applicationTemplateId,appRoles,appRoleAssignmentRequired,accountEnabled,notes"
_APPLICATION_FIELDS = {"$select": "id,displayName,serviceManagementReference,createdDateTime"}


@dataclass
class Configuration:
    """A configuration as it was found.

    :param settings: what it stores.
    :param application: its other half, where that was asked for and is there.
    """

    service_principal: Tree
    settings: Tree = field(default_factory=dict)
    application: Tree | None = None

    @property
    def target_tenant_id(self) -> str | None:
        """The target that it stores; None when it stores none, or shows none."""
        target = self.settings.get("CompanyId")
        return None if target in (None, "", MASKED) else str(target).lower()

    @property
    def service_principal_id(self) -> str:
        return str(self.service_principal["id"])

    @property
    def display_name(self) -> str:
        return str(self.service_principal.get("displayName"))

    @property
    def is_platforms(self) -> bool:
        """Whether the Microsoft 365 admin center keeps it, for a multitenant organization."""
        return str(self.service_principal.get("displayName", "")).startswith(PLATFORM_PREFIX)

    def __str__(self) -> str:
        return f"'{self.display_name}' (service principal {self.service_principal_id})"


def list_configurations(
    graph: GraphClient, template_id: str, *, whole: bool = False, platforms: bool = False, only_lasting: bool = False
) -> list[Configuration]:
    """All configurations of the tenant, each with what it stores.

    :param platforms: whether the platform's are among them.
    :param only_lasting: whether to pass over those that lists show and that are not there. Whoever is going to create
        one must not: it may be too young to be found.
    :param whole: whether to read their applications along with that, as long as it costs no request more.
    """
    with doing("list the cross-tenant synchronization configurations"):
        found = [Configuration(row) for row in _service_principals(graph, template_id)]
        found = [each for each in found if platforms or not each.is_platforms]
        settings = [Request("GET", secrets_path(each.service_principal_id)) for each in found]
        with_applications = whole and 2 * len(found) <= BATCH_SIZE
        applications = [application_request(each.service_principal) for each in found if with_applications]
        answers = send_together(graph, settings + applications)
        lasting = []
        for index, (each, request) in enumerate(zip(found, settings, strict=True)):
            if only_lasting and _is_gone(graph, each, answers[index]):
                continue
            each.settings = _settings_from(graph, each, request, answers[index])
            application = answers[len(found) + index] if with_applications else None
            each.application = None if isinstance(application, GraphError) else application
            lasting.append(each)
    return lasting


def _is_gone(graph: GraphClient, listed: Configuration, settings: Tree | GraphError) -> bool:
    """Whether a configuration was deleted and is listed all the same: lists are late (section 13)."""
    if not isinstance(settings, GraphError) or not settings.absent:
        return False
    return graph.find(f"/servicePrincipals/{listed.service_principal_id}", {"$select": "id"}) is None


def _settings_from(graph: GraphClient, found: Configuration, request: Request, answer: Tree | GraphError) -> Tree:
    """The settings of a configuration, as it was answered or, where it may be too young for that, asked again."""
    if isinstance(answer, GraphError):
        return read_settings(graph, found.service_principal_id)
    return settings_of(graph.all_rows(answer, request))


def application_request(service_principal: Tree) -> Request:
    """The request for a configuration's other half."""
    return Request("GET", f"/applications(appId='{service_principal['appId']}')", _APPLICATION_FIELDS)


def template_of(params: Tree) -> str:
    """The application template that configurations are made from.

    :raises InputError: it is not given, and the cloud has one of its own (graph-api.md section 0).
    """
    if params.get("template_id"):
        return guid("template_id", params["template_id"])
    if params.get("cloud", "global") != "global":
        raise InputError(
            "template_id",
            f"the synchronization template's id in cloud {params['cloud']} is not known to this collection",
            hint="Make one configuration in the admin center and give the applicationTemplateId of its application",
        )
    return SYNC_TEMPLATE


def _service_principals(graph: GraphClient, template_id: str) -> list[Tree]:
    query = {"$filter": f"applicationTemplateId eq {quoted(template_id)}", "$select": _FIELDS}
    try:
        return graph.pages("/servicePrincipals", query)
    except GraphError as error:
        if error.status != 400:
            raise
        # A filter that the service does not take as it is may be an advanced query (section 3.5).
        return graph.pages("/servicePrincipals", {**query, "$count": "true"}, advanced=True)


def find_configuration(graph: GraphClient, target: str, template_id: str) -> Configuration | None:
    """The one configuration that stores this target.

    :raises EntraError: there are two or more.
    """
    matches = [each for each in list_configurations(graph, template_id) if each.target_tenant_id == target]
    return only_one(matches, f"synchronize to {target}")


def only_one(matches: t.Sequence[Configuration], meaning: str) -> Configuration | None:
    """The match, or None.

    :raises EntraError: there are two or more; each is named.
    """
    if len(matches) > 1:
        raise EntraError(
            f"{len(matches)} configurations {meaning}: {'; '.join(str(each) for each in matches)}",
            hint="Only one is supported. Delete the others, or name the one that is meant by service_principal_id",
        )
    return matches[0] if matches else None


def selected_service_principal(graph: GraphClient, params: Tree, check_mode: bool) -> str | None:
    """The service principal id that a ``configuration selector`` means; None in check mode if there is none yet.

    :raises EntraError: it means none, or more than one.
    """
    chosen = params.get("service_principal_id")
    if chosen:
        chosen = guid("service_principal_id", chosen)
        if chosen != ZERO_GUID:
            return str(chosen)
        if check_mode:
            return None
        raise InputError(
            "service_principal_id",
            "it is the placeholder that check mode gives to configurations that do not exist yet",
            hint="Create the configuration first, with sync_app",
        )
    if not params.get("target_tenant_id"):
        raise InputError(
            "service_principal_id", "it is empty, and target_tenant_id is not given", hint="Give one of the two"
        )
    target = guid("target_tenant_id", params["target_tenant_id"])
    found = find_configuration(graph, target, template_of(params))
    if found is None and not check_mode:
        raise EntraError(
            f"no configuration synchronizes to {target}",
            hint="Create it with sync_app and sync_secrets. One that stores no target yet is named by"
            " service_principal_id",
        )
    return found.service_principal_id if found else None


def secrets_path(service_principal_id: str) -> str:
    """Where a configuration keeps its settings, which Graph calls secrets."""
    return f"{synchronization_path(service_principal_id)}/secrets"


def synchronization_path(service_principal_id: str) -> str:
    """Where everything of a configuration's provisioning is."""
    return f"/servicePrincipals/{service_principal_id}/synchronization"


def provisioning_jobs(jobs: t.Iterable[Tree]) -> list[Tree]:
    """Those of a service principal's jobs that synchronize between tenants."""
    return [job for job in jobs if job.get("templateId") == JOB_TEMPLATE]


def only_job(jobs: t.Iterable[Tree], owner: str) -> Tree | None:
    """The one of them that synchronizes between tenants; None if there is none.

    :raises EntraError: there are two or more, each of which may have brought users.
    """
    mine = provisioning_jobs(jobs)
    if len(mine) > 1:
        raise EntraError(
            f"{owner} has {len(mine)} provisioning jobs: {', '.join(str(job['id']) for job in mine)}",
            hint="One is right. Delete all but one in the admin center",
        )
    return mine[0] if mine else None


def read_settings(graph: GraphClient, service_principal_id: str) -> Tree:
    """The settings that a configuration stores, once the synchronization service knows the configuration."""
    where = secrets_path(service_principal_id)
    return settings_of(when_known(graph, service_principal_id, lambda: graph.pages(where)))


def settings_of(rows: t.Iterable[Tree]) -> Tree:
    """The settings as a dictionary; the one that is a JSON text is read (graph-api.md section 8.3)."""
    settings: Tree = {str(row.get("key")): row.get("value") for row in rows}
    text = settings.get("SyncNotificationSettings")
    if text is not None and text != MASKED:
        try:
            parsed = json.loads(text)
        except ValueError:
            parsed = None
        settings["SyncNotificationSettings"] = parsed if isinstance(parsed, dict) else None
    return settings


def when_known(graph: GraphClient, service_principal_id: str, ask: t.Callable[[], t.Any]) -> t.Any:
    """Ask the synchronization service; while the service principal is young, wait until the service knows it.

    A young one is answered with 404, 403 or 409 (graph-api.md section 13); an older one is refused for good.
    """
    delays = growing_delays()
    waited = 0.0
    while True:
        try:
            return ask()
        except GraphError as error:
            delay = next(delays)
            if not may_be_unknown_yet(error) or not graph.patience.allows(delay):
                raise
            if waited + delay > _youth(graph, service_principal_id):
                raise
        graph.patience.wait(delay)
        waited += delay


def may_be_unknown_yet(error: GraphError) -> bool:
    """Whether the synchronization service may say this of a service principal that it will know in a moment."""
    return error.status in (403, 404, 409) and error.code not in (*REMEDIES, "Authorization_RequestDenied")


def _youth(graph: GraphClient, service_principal_id: str) -> float:
    """Seconds that are worth waiting for the synchronization service to know a service principal."""
    principal = graph.find(f"/servicePrincipals/{service_principal_id}", {"$select": "id,appId"})
    if principal is None:
        return 0.0
    wanted = application_request(principal)
    application = graph.find(wanted.path, wanted.query)
    if application is None:
        # One half is shown and the other is not yet; or never again, when it was deleted by itself.
        return HALF_SHOWN
    try:
        created = datetime.datetime.strptime(str(application["createdDateTime"])[:19], "%Y-%m-%dT%H:%M:%S")
    except (KeyError, ValueError):
        return 0.0
    age = (graph.service_now.replace(tzinfo=None) - created).total_seconds()
    return SETTLING if age < SETTLING else 0.0
