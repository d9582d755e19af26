# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Provision on demand (graph-api.md section 8.5)."""

from __future__ import annotations

import json
from typing import Any

from .calls import Answer, Call, require_body
from .credential_check import check_credentials
from .errors import bad_request
from .provisioning import Plan, Run, entitled_users, import_step, plan_user
from .provisioning_cycle import sync_all
from .provisioning_entry import Outcome, Step, entry
from .provisioning_exports import carry_out, flow_managers
from .routing import Routes
from .synchronization import JOB, find_job, sync_error
from .tenant import User
from .typecheck import check_parameters

ROUTES = Routes("synchronization")
MAXIMUM_SUBJECTS = 5
STATUS_INFO = "Microsoft.Identity.Health.CPP.Common.DataContracts.SyncFabric.StatusInfo"
LITERAL = {"success": "Success", "failure": "Failure", "skipped": "Skipped", "warning": "Warning"}


@ROUTES.on("POST", f"{JOB}/provisionOnDemand", body=True)
def provision_on_demand(call: Call) -> Answer:
    """Provision one user now, running job or not; 200 does not mean success."""
    principal, job = find_job(call)
    body = check_parameters(
        call.api,
        {"parameters": "Collection(synchronizationJobApplicationParameters)"},
        require_body(call),
        required=("parameters",),
    )
    rule_id, subjects = _subjects(call, body["parameters"])
    rules = {rule["id"]: rule for rule in job.schema["synchronizationRules"]}
    if rule_id not in rules:
        raise sync_error(
            call,
            400,
            "RequestParameterInvalid",
            f"The request is invalid because the job does not include the rule '{rule_id}'.",
        )
    failure = check_credentials(call.world, call.tenant, principal.secrets)
    target = call.world.tenants.get(principal.secrets.get("CompanyId", "").lower())
    if (
        target is None
        or target.id == call.tenant.id
        or (failure is not None and failure.code.endswith(("Missing", "Credentials")))
    ):
        code, message = (failure.code, failure.message) if failure else ("ExternalTenantNotFound", "Unknown tenant.")
        raise sync_error(call, 400, code, message)
    run = Run(call.world, call.tenant, target, principal, job, full=True, on_demand=True, policy_failure=failure)
    outcomes = [_provision(run, subject) for subject in subjects]
    return _answer(call, run, outcomes)


def _subjects(call: Call, parameters: Any) -> tuple[str, list[dict[str, Any]]]:
    if not isinstance(parameters, list) or len(parameters) != 1:
        raise sync_error(call, 400, "RequestParameterInvalid", "Exactly one element is expected in 'parameters'.")
    rule_id, subjects = parameters[0].get("ruleId"), parameters[0].get("subjects")
    if not rule_id:
        raise sync_error(call, 400, "RequestParameterInvalid", "The parameter 'ruleId' is required.")
    if not subjects or len(subjects) > MAXIMUM_SUBJECTS:
        raise sync_error(
            call, 400, "RequestParameterInvalid", f"Between 1 and {MAXIMUM_SUBJECTS} subjects are expected."
        )
    for subject in subjects:
        if not subject.get("objectId") or subject.get("objectTypeName") not in ("User", "Group"):
            raise bad_request("Every subject needs 'objectId' and 'objectTypeName' User or Group.")
        if subject["objectTypeName"] == "User" and subject.get("links"):
            raise bad_request("'links' is for groups.")
    return str(rule_id), list(subjects)


def _provision(run: Run, subject: dict[str, Any]) -> Outcome:
    key = str(subject["objectId"]).lower()
    if subject["objectTypeName"] == "Group":
        # Documented as unsupported for cross-tenant synchronization (section 8.5).
        return _finished(
            run,
            Outcome("other", "skipped", key, None, kind="Group"),
            "EntityTypeNotSupported",
            "Groups are not supported on demand.",
        )
    user = run.source.users.get(key)
    if user is None:
        return _finished(
            run,
            Outcome("other", "failure", key, None),
            "EntryNotFound",
            f"The user '{key}' was not found in the source directory.",
        )
    if not sync_all(run) and key not in entitled_users(run, lagging=True):
        reason = "The user is not assigned to the application."
        plan = Plan(
            user,
            "skip",
            [import_step(user.upn), Step("EntrySynchronizationScoping", "skipped", reason)],
            skip_code="NotEffectivelyEntitled",
            reason=reason,
        )
        outcome = carry_out(run, plan)
    else:
        outcome = _carry_out(run, user)
    assert outcome is not None
    return outcome


def _carry_out(run: Run, user: User) -> Outcome | None:
    plan = plan_user(run, user)
    outcome = None if plan is None else carry_out(run, plan)
    flow_managers(run, [user.id], {user.id})
    return outcome


def _finished(run: Run, outcome: Outcome, code: str, reason: str) -> Outcome:
    outcome.error_code, outcome.reason = code, reason
    outcome.steps.append(Step("EntrySynchronizationSkip", outcome.status, reason))
    return run.log(outcome)


def _object(run: Run, outcome: Outcome) -> dict[str, Any]:
    """One object of the answer's value."""
    logged = entry(run, outcome)
    return {
        "action": outcome.action[:1].upper() + outcome.action[1:],
        "changeId": logged["changeId"],
        "startTime": logged["activityDateTime"],
        "endTime": logged["activityDateTime"],
        "reportableIdentifier": outcome.upn or outcome.source_id,
        "statusInfo": {
            "status": LITERAL[outcome.status],
            "errorCode": outcome.error_code,
            "reason": outcome.reason,
            "additionalDetails": None,
            "errorCategory": None,
            "recommendedAction": None,
        },
        "sourceIdentity": _identity(logged["sourceIdentity"]),
        "targetIdentity": _identity(logged["targetIdentity"]),
        "sourceSystem": _system(logged["sourceSystem"]),
        "targetSystem": _system(logged["targetSystem"]),
        "modifiedProperties": logged["modifiedProperties"],
        "provisioningSteps": [
            {
                "name": step["name"],
                "type": step["provisioningStepType"].capitalize(),
                "status": LITERAL[step["status"]],
                "description": step["description"],
                "timestamp": logged["activityDateTime"],
                "details": step["details"],
            }
            for step in logged["provisioningSteps"]
        ],
    }


def _identity(identity: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identity["id"],
        "type": identity["identityType"],
        "displayName": identity["displayName"],
        "details": identity["details"],
    }


def _system(system: dict[str, Any]) -> dict[str, Any]:
    return {"id": system["id"], "name": system["displayName"], "details": system["details"]}


def _answer(call: Call, run: Run, outcomes: list[Outcome]) -> Answer:
    """Both reported variants of the pair, by switch."""
    objects = [_object(run, outcome) for outcome in outcomes]
    settings = call.world.settings
    if settings["on_demand_variant"] == "A":
        worst = next((item for item in outcomes if item.status == "failure"), outcomes[0])
        result: dict[str, Any] = {"result": LITERAL[worst.status]}
        if worst.error_code:
            result["details"] = {"errorCode": worst.error_code, "errorMessage": worst.reason}
        key, value = json.dumps(result), json.dumps(objects[0])
    else:
        key, value = STATUS_INFO, json.dumps(objects)
    if settings["on_demand_empty_value"]:
        value = "{}"
    return Answer(
        200, {"@odata.context": call.context("microsoft.graph.stringKeyStringValuePair"), "key": key, "value": value}
    )
