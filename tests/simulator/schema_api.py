# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of a job, and the functions bound to it (graph-api.md section 8.6)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from . import schema_rules
from .calls import Answer, Call, require_body
from .default_schema import default_schema
from .errors import GraphError
from .expression_functions import FUNCTIONS, EvaluationError, evaluate
from .expressions import ExpressionError, parse
from .job import Job
from .routing import Routes
from .scope_filters import operator_schemas
from .synchronization import BASE, JOB, find_job, sync_error
from .typecheck import check_entity, check_parameters

ROUTES = Routes("synchronization")
SCHEMA = f"{JOB}/schema"
PARSE_PARAMETERS = {
    "expression": "Edm.String",
    "testInputObject": "expressionInputObject",
    "targetAttributeDefinition": "attributeDefinition",
}


def _context(call: Call, tail: str = "schema") -> str:
    return f"servicePrincipals('{call.params['id']}')/synchronization/jobs('{call.params['job']}')/{tail}/$entity"


@ROUTES.on("GET", SCHEMA, query=("$expand",))
def get_schema(call: Call) -> Answer:
    """Without ``directories`` unless they are expanded."""
    dummy, job = find_job(call)
    if call.query.get("$expand") not in (None, "directories"):
        raise GraphError(400, "BadRequest", "Parsing OData Select and Expand failed: the property cannot be expanded.")
    schema = call.world.seen(call.tenant, "schema", job.id, job.schema)
    shown = {key: deepcopy(value) for key, value in schema.items() if key != "directories"}
    if call.query.get("$expand") == "directories":
        shown["directories"] = deepcopy(schema["directories"])
    return call.entity(_context(call), shown)


@ROUTES.on("PUT", SCHEMA, body=True)
def put_schema(call: Call) -> Answer:
    """Full replace; the next cycle is an initial one. A changed matching attribute is ``schemaInvalid``."""
    dummy, job = find_job(call)
    body = check_entity(call.api, "synchronizationSchema", require_body(call), navigation=("directories",))
    directories = [check_entity(call.api, "directoryDefinition", entry) for entry in body.get("directories") or []]
    new = deepcopy(body)
    try:
        if not new.get("synchronizationRules"):
            raise schema_rules.SchemaProblem("The schema must contain at least one synchronization rule.")
        schema_rules.completed(new)
        schema_rules.check(new, job.schema, directories or job.schema["directories"])
    except schema_rules.SchemaProblem as problem:
        # The casing of the code is UNCONFIRMED (section 17).
        raise sync_error(call, 400, "schemaInvalid", str(problem), wrapped=True) from None
    _replace(
        call,
        job,
        {"synchronizationRules": new["synchronizationRules"], "directories": directories or job.schema["directories"]},
    )
    return Answer(204)


@ROUTES.on("DELETE", SCHEMA)
def delete_schema(call: Call) -> Answer:
    """Back to the template's default; UNCONFIRMED (section 17): a switch."""
    dummy, job = find_job(call)
    if call.world.settings["schema_delete"] == "refuse":
        raise sync_error(call, 405, "MethodNotAllowed", "The schema cannot be deleted.")
    if call.world.settings["schema_delete"] == "ignore":
        return Answer(204)
    fresh = default_schema(job.id, call.world.settings)
    fresh["synchronizationRules"][0]["id"] = job.schema["synchronizationRules"][0]["id"]
    _replace(call, job, fresh)
    return Answer(204)


def _replace(call: Call, job: Job, parts: dict[str, Any]) -> None:
    """Store a schema under a new version and let an initial cycle follow."""
    call.world.replication.changed(call.tenant.id, "schema", job.id, job.schema)
    now = call.world.clock.timestamp()
    version = f"Date:{call.world.clock.iso()}, ActivityId:{call.world.new_id()}"
    job.schema = {
        "id": job.id,
        "version": version,
        "synchronizationRules": parts["synchronizationRules"],
        "directories": parts["directories"],
    }
    job.initial_cycle = True
    if job.running and job.next_cycle_at is not None:
        job.next_cycle_at = min(job.next_cycle_at, now + float(call.world.settings["initial_cycle_seconds"]))


@ROUTES.on("GET", f"{SCHEMA}/directories")
def list_directories(call: Call) -> Answer:
    """Source and target directory."""
    dummy, job = find_job(call)
    return Answer(
        200,
        {
            "@odata.context": call.context(_context(call, "schema/directories")),
            "value": deepcopy(job.schema["directories"]),
        },
    )


def _directory(call: Call, job: Job) -> dict[str, Any]:
    for directory in job.schema["directories"]:
        if directory["id"] == call.params["directory"]:
            found: dict[str, Any] = directory
            return found
    raise sync_error(call, 404, "DirectoryNotFound", f"The directory '{call.params['directory']}' was not found.")


@ROUTES.on("GET", f"{SCHEMA}/directories/{{directory}}")
def get_directory(call: Call) -> Answer:
    """One directory."""
    dummy, job = find_job(call)
    return call.entity(_context(call, "schema/directories"), deepcopy(_directory(call, job)))


@ROUTES.on("POST", f"{SCHEMA}/directories/{{directory}}/discover")
def discover(call: Call) -> Answer:
    """Discovery; stored here, which the contract leaves open (section 13)."""
    dummy, job = find_job(call)
    directory = _directory(call, job)
    directory["discoveryDateTime"] = call.world.clock.iso()
    return call.entity(_context(call, "schema/directories"), deepcopy(directory))


def _check_owner(call: Call) -> None:
    if "job" in call.params:
        find_job(call)


def _filter_operators(call: Call) -> Answer:
    """What filters may use: a read that needs a write permission (section 2)."""
    _check_owner(call)
    return Answer(
        200,
        {
            "@odata.context": call.context("Collection(microsoft.graph.filterOperatorSchema)"),
            "value": operator_schemas(),
        },
    )


def _functions(call: Call) -> Answer:
    """What expressions may use."""
    _check_owner(call)
    value = [entry.as_graph() for entry in FUNCTIONS.values()]
    return Answer(
        200,
        {"@odata.context": call.context("Collection(microsoft.graph.attributeMappingFunctionSchema)"), "value": value},
    )


def _parse_expression(call: Call) -> Answer:
    """Parse, and evaluate when a test object comes along."""
    _check_owner(call)
    body = check_parameters(call.api, PARSE_PARAMETERS, require_body(call))
    reply: dict[str, Any] = {
        "@odata.context": call.context("microsoft.graph.parseExpressionResponse"),
        "parsingSucceeded": False,
        "evaluationSucceeded": False,
        "evaluationResult": [],
        "parsedExpression": None,
        "error": None,
    }
    try:
        parsed = parse(body.get("expression") or "")
    except ExpressionError as problem:
        reply["error"] = _error("ParsingFailed", str(problem))
        return Answer(200, reply)
    reply["parsingSucceeded"], reply["parsedExpression"] = True, parsed
    test = body.get("testInputObject")
    if test:
        values = {entry["key"]: entry.get("value") for entry in test.get("properties") or []}
        try:
            value = evaluate(parsed, values.get)
            reply["evaluationResult"] = [
                str(item) for item in (value if isinstance(value, list) else [value]) if item is not None
            ]
            reply["evaluationSucceeded"] = True
        except EvaluationError as problem:
            reply["error"] = _error("EvaluationFailed", str(problem))
    return Answer(200, reply)


def _error(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "target": None, "details": [], "innerError": None}


for _owner in (JOB, f"{BASE}/templates/{{template}}", "/applications/{id}/synchronization/templates/{template}"):
    ROUTES.on("GET", f"{_owner}/schema/filterOperators")(_filter_operators)
    ROUTES.on("GET", f"{_owner}/schema/functions")(_functions)
ROUTES.on("POST", f"{SCHEMA}/parseExpression", body=True, write=False)(_parse_expression)
ROUTES.on("POST", f"{BASE}/templates/{{template}}/schema/parseExpression", body=True, write=False)(_parse_expression)
