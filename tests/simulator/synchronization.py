# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The synchronization container: templates and what all its parts share (graph-api.md section 8.1)."""

from __future__ import annotations

from typing import Any

from .applications import find_application
from .calls import Answer, Call, not_modelled
from .configuration_objects import FACTORY
from .default_schema import default_schema
from .errors import GraphError, bad_request, not_found
from .job import Job
from .routing import Key, Routes
from .tenant import ServicePrincipal
from .typecheck import is_guid

ROUTES = Routes("synchronization")
BASE = "/servicePrincipals/{id}/synchronization"
JOB = f"{BASE}/jobs/{{job}}"
LAG_ERRORS = {
    403: ("Forbidden", "Access to the resource is forbidden while it is being created."),
    404: ("Request_ResourceNotFound", "The service principal is not known to the synchronization service yet."),
    409: ("Conflict", "The synchronization configuration is being prepared."),
}


def sync_error(call: Call, status: int, code: str, message: str, wrapped: bool = False) -> GraphError:
    """An error of the synchronization service; a switch wraps them all (section 15, item 12)."""
    return GraphError(status, code, message, wrapped=wrapped or bool(call.world.settings["sync_errors_wrapped"]))


def container(call: Call) -> ServicePrincipal:
    """The service principal in front of ``/synchronization``; only its object id works here (section 7.3)."""
    key: Key = call.params["id"]
    if key.alternate:
        raise not_modelled("synchronization")
    if not is_guid(key):
        raise bad_request(f"Invalid object identifier '{key}'.")
    principal = call.tenant.service_principals.get(key.lower())
    if principal is None:
        raise not_found(key)
    if not call.world.replication.visible(call.tenant.id, "synchronization", principal.id):
        status = int(call.world.settings["replication_sync_error"])
        raise sync_error(call, status, *LAG_ERRORS[status])
    return principal


def find_job(call: Call) -> tuple[ServicePrincipal, Job]:
    """The job of the path; 404 while it is not replicated."""
    principal = container(call)
    key = str(call.params["job"])
    job = principal.jobs.get(key)
    if job is None or not call.world.replication.visible(call.tenant.id, "job", key):
        raise job_not_found(call, key)
    return principal, job


def job_not_found(call: Call, key: str) -> GraphError:
    """404 for a job; the code is UNCONFIRMED (section 17)."""
    return sync_error(call, 404, "JobNotFound", f"The synchronization job with id '{key}' was not found.")


def _template(call: Call, principal_app_id: str) -> dict[str, Any]:
    pairs = {
        "GalleryApplicationIdentifier": "aad2aadsync",
        "IsOAuthEnabled": "False",
        "IsSynchronizationAgentRequired": "False",
        "IsSynchronizationInPreview": "False",
        "SynchronizationLearnMoreIbizaFwLink": "",
    }
    if call.api == "beta":
        pairs = {key[0].lower() + key[1:]: value for key, value in pairs.items()}
    return {
        "id": FACTORY,
        "applicationId": principal_app_id,
        "default": True,
        "description": None,
        "discoverable": True,
        "factoryTag": FACTORY,
        "metadata": [{"key": key, "value": value} for key, value in pairs.items()],
    }


def _templates(call: Call, app_id: str, synchronizable: bool, object_id: str) -> list[dict[str, Any]]:
    if not synchronizable or not call.world.replication.visible(call.tenant.id, "templates", object_id):
        return []
    entry = _template(call, app_id)
    if call.query.get("$expand") == "schema":
        entry["schema"] = _template_schema(call)
    return [entry]


def _template_schema(call: Call) -> dict[str, Any]:
    schema = default_schema(FACTORY, call.world.settings)
    if call.query.get("$expand") != "directories":
        schema.pop("directories")
    return schema


def _owner(call: Call) -> tuple[str, bool, str]:
    """App id, whether it has the template, and object id, for either path family."""
    if call.route.template.startswith("/applications"):
        key: Key = call.params["id"]
        if key.alternate:
            raise not_modelled("synchronization")
        application = find_application(call, key)
        for principal in call.tenant.service_principals.values():
            if principal.properties["appId"] == application.properties["appId"]:
                return application.properties["appId"], principal.synchronizable, principal.id
        return application.properties["appId"], False, application.id
    principal = container(call)
    return principal.properties["appId"], principal.synchronizable, principal.id


def _list_templates(call: Call) -> Answer:
    """Possibly empty right after instantiation."""
    _check_expand(call, "schema")
    path = call.incoming.path.strip("/").partition("/")[2]
    return Answer(200, {"@odata.context": call.context(path), "value": _templates(call, *_owner(call))})


def _get_template(call: Call) -> Answer:
    """One template."""
    _check_expand(call, "schema")
    found = [entry for entry in _templates(call, *_owner(call)) if entry["id"] == call.params["template"]]
    if not found:
        raise sync_error(call, 404, "TemplateNotFound", f"The template '{call.params['template']}' was not found.")
    return call.entity("synchronization/templates/$entity", found[0])


def _get_template_schema(call: Call) -> Answer:
    """The schema new jobs start with."""
    _check_expand(call, "directories")
    if not [entry for entry in _templates(call, *_owner(call)) if entry["id"] == call.params["template"]]:
        raise sync_error(call, 404, "TemplateNotFound", f"The template '{call.params['template']}' was not found.")
    return call.entity("synchronization/templates/schema/$entity", _template_schema(call))


def _check_expand(call: Call, allowed: str) -> None:
    if call.query.get("$expand") not in (None, allowed):
        raise GraphError(400, "BadRequest", "Parsing OData Select and Expand failed: the property cannot be expanded.")


for _prefix in (BASE, "/applications/{id}/synchronization"):
    ROUTES.on("GET", f"{_prefix}/templates", query=("$expand",))(_list_templates)
    ROUTES.on("GET", f"{_prefix}/templates/{{template}}", query=("$expand",))(_get_template)
    ROUTES.on("GET", f"{_prefix}/templates/{{template}}/schema", query=("$expand",))(_get_template_schema)


@ROUTES.on("POST", f"{BASE}/acquireAccessToken", body=True)
def acquire_access_token(call: Call) -> Answer:
    """For OAuth connectors only (section 8.7); this template has none."""
    container(call)
    raise sync_error(call, 400, "NotSupported", "The synchronization template does not support OAuth authorization.")
