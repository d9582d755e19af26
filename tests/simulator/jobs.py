# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Synchronization jobs and their actions (graph-api.md sections 8.2 and 8.4)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .calls import Answer, Call, require_body
from .configuration_objects import FACTORY, make_job
from .credential_check import check_credentials
from .errors import bad_request
from .job import Job, placeholder_execution
from .odata import selected
from .replication import ABSENT
from .routing import Routes
from .synchronization import BASE, JOB, container, find_job, job_not_found, sync_error
from .tenant import ServicePrincipal
from .typecheck import check_entity, check_parameters

ROUTES = Routes("synchronization")
VALIDATE_PARAMETERS = {
    "applicationIdentifier": "Edm.String",
    "templateId": "Edm.String",
    "useSavedCredentials": "Edm.Boolean",
    "credentials": "Collection(synchronizationSecretKeyStringValuePair)",
}

SELECTABLE = {"id", "templateId", "schedule", "status", "synchronizationJobSettings", "schema"}


def _entity(call: Call, principal: ServicePrincipal, shown: dict[str, Any], status: int = 200) -> Answer:
    return call.entity(f"servicePrincipals('{principal.id}')/synchronization/jobs/$entity", shown, status)


def _shown(call: Call, job: Job) -> dict[str, Any]:
    return job.as_graph(call.world.clock.timestamp(), int(call.world.settings["progress_pages"]))


@ROUTES.on("GET", f"{BASE}/jobs", query=("$select",))
def list_jobs(call: Call) -> Answer:
    """All jobs; server-side ``$filter`` is UNCONFIRMED and refused here."""
    principal = container(call)
    names = call.query.select(SELECTABLE)
    value = []
    for job in principal.jobs.values():
        shown = call.world.seen(call.tenant, "job", job.id, _shown(call, job))
        if shown is not ABSENT:
            value.append(selected(shown, names))
    path = f"servicePrincipals('{principal.id}')/synchronization/jobs"
    return Answer(200, {"@odata.context": call.context(path), "value": value})


@ROUTES.on("POST", f"{BASE}/jobs", body=True)
def create_job(call: Call) -> Answer:
    """Not idempotent; whether a second job of one template conflicts is UNCONFIRMED: a switch."""
    principal = container(call)
    body = check_entity(
        call.api,
        "synchronizationJob",
        require_body(call),
        read_only=("id", "schedule", "status", "synchronizationJobSettings"),
    )
    template = body.get("templateId")
    if not template:
        raise bad_request("Property 'templateId' is required.")
    if template != FACTORY or not principal.synchronizable:
        raise sync_error(
            call, 400, "RequestParameterInvalid", f"The template '{template}' is not available for this application."
        )
    if not call.world.replication.visible(call.tenant.id, "templates", principal.id):
        raise sync_error(call, 404, "TemplateNotFound", f"The template '{template}' was not found.")
    if principal.jobs and call.world.settings["second_job"] == "conflict":
        raise sync_error(call, 409, "Conflict", "A synchronization job for this template exists already.")
    job = make_job(call.tenant, principal, call.world.settings, call.world.clock.timestamp())
    call.world.replication.changed(call.tenant.id, "job", job.id, ABSENT)
    return _entity(call, principal, job.as_graph(), 201)


@ROUTES.on("GET", JOB, query=("$select", "$expand"))
def get_job(call: Call) -> Answer:
    """One job with its status."""
    principal = container(call)
    key = str(call.params["job"])
    job = principal.jobs.get(key)
    current = None if job is None else _shown(call, job)
    shown = call.world.seen(call.tenant, "job", key, current)
    if shown is None or shown is ABSENT:
        raise job_not_found(call, key)
    if call.query.get("$expand") == "schema" and job is not None:
        shown = {**shown, "schema": {k: v for k, v in job.schema.items() if k != "directories"}}
    return _entity(call, principal, selected(shown, call.query.select(SELECTABLE)))


@ROUTES.on("DELETE", JOB)
def delete_job(call: Call) -> Answer:
    """State is lost; target users stay."""
    principal, job = find_job(call)
    call.world.replication.changed(call.tenant.id, "job", job.id, job.as_graph())
    del principal.jobs[job.id]
    return Answer(204)


@ROUTES.on("POST", f"{JOB}/start")
def start_job(call: Call) -> Answer:
    """Allowed on a running job, but counted: a client must not do it (section 15, item 4)."""
    dummy, job = find_job(call)
    _note(call, job)
    job.start_calls += 1
    if not job.running or job.status_code == "Quarantine":
        begin(job, call.world.clock.timestamp(), float(call.world.settings["initial_cycle_seconds"]))
    return Answer(204)


@ROUTES.on("POST", f"{JOB}/pause")
def pause_job(call: Call) -> Answer:
    """State is kept."""
    dummy, job = find_job(call)
    _note(call, job)
    job.schedule_state = str(call.world.settings["paused_schedule_state"])
    job.status_code = "Paused"
    job.next_cycle_at = None
    return Answer(204)


@ROUTES.on("POST", f"{JOB}/restart", body=None)
def restart_job(call: Call) -> Answer:
    """Reset what ``resetScope`` names and start; without criteria as the portal does."""
    dummy, job = find_job(call)
    criteria = None
    if call.body is not None:
        parameters = check_parameters(call.api, {"criteria": "synchronizationJobRestartCriteria"}, require_body(call))
        criteria = parameters.get("criteria")
    text = (criteria or {}).get("resetScope") or "QuarantineState, Watermark, Escrows"
    scopes = {part.strip() for part in text.split(",")}
    _note(call, job)
    reset(job, scopes)
    begin(job, call.world.clock.timestamp(), float(call.world.settings["initial_cycle_seconds"]))
    return Answer(204)


def begin(job: Job, now: float, delay: float) -> None:
    """Put a job to work; quarantine is lifted for now."""
    job.schedule_state = "Active"
    job.started_at = now
    job.next_cycle_at = now + delay
    job.quarantine = None
    if job.initial_cycle:
        job.status_code = "NotRun"
        if job.last_execution is None:
            job.last_execution = placeholder_execution()
    else:
        job.status_code = "Active"


def reset(job: Job, scopes: set[str]) -> None:
    """What a restart forgets (section 8.2)."""
    if "Full" in scopes:
        scopes = scopes | {"ConnectorDataStore", "Escrows", "Watermark", "QuarantineState"}
    if "ConnectorDataStore" in scopes:
        job.links.clear()
    if "Escrows" in scopes:
        job.escrows.clear()
    if "Watermark" in scopes:
        job.initial_cycle = True
        job.sync_all = None
    if "QuarantineState" in scopes:
        job.quarantine = None
        job.quarantine_since = None
        job.failures = 0
    if "ForceDeletes" in scopes:
        job.force_deletes = True


def _note(call: Call, job: Job) -> None:
    call.world.replication.changed(call.tenant.id, "job", job.id, deepcopy(job.as_graph()))


@ROUTES.on("POST", f"{BASE}/jobs/validateCredentials", body=True, write=False)
def validate_collection(call: Call) -> Answer:
    """The form that works before any job exists."""
    principal = container(call)
    return _validate(call, principal, template_needed=True)


@ROUTES.on("POST", f"{JOB}/validateCredentials", body=True, write=False)
def validate_job(call: Call) -> Answer:
    """The form bound to a job."""
    principal, dummy = find_job(call)
    return _validate(call, principal, template_needed=False)


def _validate(call: Call, principal: ServicePrincipal, template_needed: bool) -> Answer:
    body = check_parameters(call.api, VALIDATE_PARAMETERS, require_body(call))
    template = body.get("templateId")
    if (template_needed or template is not None) and template != FACTORY:
        raise sync_error(
            call, 400, "RequestParameterInvalid", f"The template '{template}' is not available for this application."
        )
    if body.get("useSavedCredentials"):
        secrets = dict(principal.secrets)
    else:
        secrets = {entry["key"]: entry.get("value") or "" for entry in body.get("credentials") or [] if "key" in entry}
    failure = check_credentials(call.world, call.tenant, secrets, lagging=True)
    if failure:
        # The status is UNCONFIRMED (section 8.4): a switch.
        raise sync_error(call, int(call.world.settings["validate_failure_status"]), failure.code, failure.message)
    return Answer(204)
