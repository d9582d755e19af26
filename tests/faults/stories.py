# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that things go wrong with."""

from __future__ import annotations

import json
from typing import Any

from requests import Session

from faults.driver import Options, Story
from integration.tenants import (
    ADELE,
    ALEX,
    DIEGO,
    NOTIFICATIONS,
    SOURCE,
    SYNC_NAME,
    TARGET,
    add_configuration,
    allow_synchronization,
    secrets,
)
from simulator import Simulator

PARTNERS = "/policies/crossTenantAccessPolicy/partners"
SYNC = "/servicePrincipals/{id}/synchronization"
POST_PARTNER = f"POST {PARTNERS}"
PATCH_PARTNER = f"PATCH {PARTNERS}/{{id}}"
DELETE_PARTNER = f"DELETE {PARTNERS}/{{id}}"
PUT_POLICY = f"PUT {PARTNERS}/{{id}}/identitySynchronization"
PATCH_POLICY = f"PATCH {PARTNERS}/{{id}}/identitySynchronization"
DELETE_POLICY = f"DELETE {PARTNERS}/{{id}}/identitySynchronization"
INSTANTIATE = "POST /applicationTemplates/{id}/instantiate"
DELETE_APP = "DELETE /applications/{id}"
PATCH_APP = "PATCH /applications/{id}"
PATCH_PRINCIPAL = "PATCH /servicePrincipals/{id}"
POST_JOB = f"POST {SYNC}/jobs"
START = f"POST {SYNC}/jobs/{{id}}/start"
PAUSE = f"POST {SYNC}/jobs/{{id}}/pause"
RESTART = f"POST {SYNC}/jobs/{{id}}/restart"
DELETE_JOB = f"DELETE {SYNC}/jobs/{{id}}"
PUT_SECRETS = f"PUT {SYNC}/secrets"
PUT_SCHEMA = f"PUT {SYNC}/jobs/{{id}}/schema"
DELETE_SCHEMA = f"DELETE {SYNC}/jobs/{{id}}/schema"
ASSIGN = "POST /servicePrincipals/{id}/appRoleAssignedTo"
UNASSIGN = "DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}"
ON_DEMAND = f"POST {SYNC}/jobs/{{id}}/provisionOnDemand"


def _nothing(dummy: Simulator) -> Options:
    return {}


def _partner(sim: Simulator, consent: bool | None) -> Options:
    settings = {"inboundAllowed": None, "outboundAllowed": consent}
    sim.set_partner(SOURCE.id, TARGET.id, automaticUserConsentSettings=settings)
    return {}


def _source_as_partner(sim: Simulator) -> Options:
    sim.set_partner(TARGET.id, SOURCE.id)
    return {}


def _policy(sim: Simulator, allowed: bool) -> Options:
    _source_as_partner(sim)
    sim.set_identity_sync(TARGET.id, SOURCE.id, userSyncInbound={"isSyncAllowed": allowed})
    return {}


def configuration(sim: Simulator, **entry: Any) -> Options:
    """A configuration whose both tenants agree, named by its id."""
    allow_synchronization(sim)
    return {"service_principal_id": add_configuration(sim, **entry)}


def _renamed(sim: Simulator) -> Options:
    configuration(sim, display_name="another name")
    return {}


def _changed_schema(sim: Simulator) -> Options:
    """A job whose users become guests."""
    options = configuration(sim, job="created")
    principal = options["service_principal_id"]
    (job,) = sim.state()[SOURCE.id]["servicePrincipals"][principal]["jobs"].values()
    rules = job["schema"]["synchronizationRules"]
    (user_type,) = (
        entry
        for entry in rules[0]["objectMappings"][0]["attributeMappings"]
        if entry["targetAttributeName"] == "userType"
    )
    user_type["source"] = {"type": "Constant", "name": "Guest", "expression": '"Guest"', "parameters": []}
    address = f"{sim.graph_url}/v1.0/servicePrincipals/{principal}/synchronization/jobs/{job['id']}/schema"
    with Session() as session:
        session.headers["Authorization"] = f"Bearer {sim.issue_token(SOURCE.id, SOURCE.client('automation'))}"
        session.put(address, json={"synchronizationRules": rules}, timeout=10).raise_for_status()
        while "Guest" not in session.get(address, timeout=10).text:
            continue
    sim.clear_requests()
    return options


def _there(sim: Simulator) -> Options:
    configuration(sim)
    return {}


def _started(sim: Simulator) -> Options:
    configuration(sim, job="started")
    return {}


def _held_back(sim: Simulator) -> Options:
    settings = json.dumps({**NOTIFICATIONS, "DeleteThresholdValue": 1})
    stored = secrets(SyncNotificationSettings=settings)
    options = configuration(sim, job="started", assignments=[ADELE], secrets=stored)
    sim.advance(2400)
    sim.unassign(SOURCE.id, options["service_principal_id"], ADELE)
    sim.advance(2400)
    return options


PARTNER_OPTIONS: dict[str, Any] = {"partner_tenant_id": TARGET.id, "automatic_user_consent": {"outbound_allowed": True}}
PARTNER_GONE = {"partner_tenant_id": TARGET.id, "state": "absent"}
POLICY_OPTIONS: dict[str, Any] = {"partner_tenant_id": SOURCE.id, "user_sync_inbound_allowed": True}
APP_OPTIONS = {"target_tenant_id": TARGET.id, "display_name": SYNC_NAME}
SECRETS_OPTIONS: dict[str, Any] = {
    "target_tenant_id": TARGET.id,
    "scope": "assigned",
    "deletion_protection": {"enabled": True, "threshold": 500},
}
ONE, THREE = ([{"user": user} for user in users] for users in ([ADELE], [ADELE, ALEX, DIEGO]))

MAKE_PARTNER = Story("a partner is made", "crosstenant_partner", PARTNER_OPTIONS, _nothing)
CHANGE_PARTNER = Story("a partner is changed", "crosstenant_partner", PARTNER_OPTIONS, lambda sim: _partner(sim, False))
DROP_PARTNER = Story("a partner is deleted", "crosstenant_partner", PARTNER_GONE, lambda sim: _partner(sim, True))
MAKE_POLICY = Story("a policy is made", "identity_sync", POLICY_OPTIONS, _source_as_partner, TARGET)
CHANGE_POLICY = Story("a policy is changed", "identity_sync", POLICY_OPTIONS, lambda sim: _policy(sim, False), TARGET)
DROP_POLICY = Story(
    "a policy is deleted",
    "identity_sync",
    {"partner_tenant_id": SOURCE.id, "state": "absent"},
    lambda sim: _policy(sim, True),
    TARGET,
)
MAKE_APP = Story("a configuration is made", "sync_app", APP_OPTIONS, _nothing)
MAKE_APP_OPEN = Story(
    "an open configuration is made", "sync_app", {**APP_OPTIONS, "app_role_assignment_required": False}, _nothing
)
CHANGE_APP = Story("a configuration is renamed", "sync_app", APP_OPTIONS, _renamed)
CLOSE = Story(
    "a tenant is closed",
    "sync_closure",
    {"partner_tenant_id": SOURCE.id, "direction": "inbound"},
    lambda sim: _policy(sim, True),
    TARGET,
)
RETIRE = Story("a retirement is begun", "sync_retirement", {"target_tenant_id": TARGET.id}, _there)
WITHDRAW = Story(
    "users are withdrawn",
    "sync_retirement",
    {"target_tenant_id": TARGET.id, "state": "withdrawn"},
    _started,
)
DROP_APP = Story("a configuration is deleted", "sync_app", {**APP_OPTIONS, "state": "absent"}, _there)
MAKE_JOB = Story("a job is made", "sync_job", {}, configuration)
MAKE_AND_START_JOB = Story("a job is made and started", "sync_job", {"state": "started"}, configuration)
START_JOB = Story("a job is started", "sync_job", {"state": "started"}, lambda sim: configuration(sim, job="created"))
PAUSE_JOB = Story("a job is paused", "sync_job", {"state": "paused"}, lambda sim: configuration(sim, job="started"))
RESTART_JOB = Story(
    "a job is restarted", "sync_job", {"state": "restarted"}, lambda sim: configuration(sim, job="created")
)
ALLOW_DELETES = Story(
    "held-back deletions are allowed", "sync_job", {"state": "restarted", "allow_deletes": True}, _held_back
)
DROP_JOB = Story("a job is deleted", "sync_job", {"state": "absent"}, lambda sim: configuration(sim, job="started"))
STORE = Story("settings are stored", "sync_secrets", SECRETS_OPTIONS, lambda sim: configuration(sim, secrets={}))
CHANGE_STORED = Story(
    "settings are changed",
    "sync_secrets",
    SECRETS_OPTIONS,
    lambda sim: configuration(sim, secrets=secrets(SyncAll="true")),
)
ASSIGN_ONE = Story("a user is assigned", "app_role_assignment", {"principals": ONE}, configuration)
ASSIGN_THREE = Story("three users are assigned", "app_role_assignment", {"principals": THREE}, configuration)
UNASSIGN_ONE = Story(
    "a user is unassigned",
    "app_role_assignment",
    {"principals": ONE, "state": "absent"},
    lambda sim: configuration(sim, assignments=[ADELE, ALEX]),
)
UNASSIGN_THREE = Story(
    "three users are unassigned",
    "app_role_assignment",
    {"principals": THREE, "state": "absent"},
    lambda sim: configuration(sim, assignments=[ADELE, ALEX, DIEGO]),
)
CHANGE_SCHEMA = Story(
    "a schema is changed",
    "sync_schema",
    {
        "user_type": "guest",
        "attribute_mappings": [{"target": "city", "expression": "ToUpper([city])"}],
        "scoping_filters": [
            {
                "name": "Engineers",
                "clauses": [{"attribute": "department", "operator": "EQUALS", "values": ["Engineering"]}],
            }
        ],
    },
    lambda sim: configuration(sim, job="created"),
)
RESET_SCHEMA = Story("a schema is reset", "sync_schema", {"state": "default"}, _changed_schema)
PROVISION = Story(
    "a user is provisioned",
    "provision_on_demand",
    {"users": [ADELE], "wait_for_assignment": 300},
    lambda sim: configuration(sim, job="created", assignments=[ADELE]),
)

# All that converge; those after them act anew each time.
CONVERGING = (
    MAKE_PARTNER,
    CHANGE_PARTNER,
    DROP_PARTNER,
    MAKE_POLICY,
    CHANGE_POLICY,
    DROP_POLICY,
    MAKE_APP,
    MAKE_APP_OPEN,
    CHANGE_APP,
    DROP_APP,
    CLOSE,
    RETIRE,
    WITHDRAW,
    MAKE_JOB,
    MAKE_AND_START_JOB,
    START_JOB,
    PAUSE_JOB,
    DROP_JOB,
    STORE,
    CHANGE_STORED,
    ASSIGN_ONE,
    ASSIGN_THREE,
    UNASSIGN_ONE,
    UNASSIGN_THREE,
    CHANGE_SCHEMA,
    RESET_SCHEMA,
)
STORIES = (*CONVERGING, RESTART_JOB, PROVISION)

# The first that each writes: a method, and a pattern of the path.
WRITES: dict[Story, tuple[str, str]] = {
    MAKE_PARTNER: ("POST", "/partners$"),
    CHANGE_PARTNER: ("PATCH", "/partners/[^/]+$"),
    DROP_PARTNER: ("DELETE", "/partners/[^/]+$"),
    MAKE_POLICY: ("PUT", "/identitySynchronization$"),
    CHANGE_POLICY: ("PATCH", "/identitySynchronization$"),
    DROP_POLICY: ("DELETE", "/identitySynchronization$"),
    MAKE_APP: ("POST", "/instantiate$"),
    MAKE_APP_OPEN: ("POST", "/instantiate$"),
    CHANGE_APP: ("PATCH", "/applications/"),
    DROP_APP: ("DELETE", "/applications/"),
    CLOSE: ("DELETE", "/identitySynchronization$"),
    RETIRE: ("PATCH", "/servicePrincipals/"),
    WITHDRAW: ("POST", "/restart$"),
    MAKE_JOB: ("POST", "/jobs$"),
    MAKE_AND_START_JOB: ("POST", "/jobs$"),
    START_JOB: ("POST", "/start$"),
    PAUSE_JOB: ("POST", "/pause$"),
    RESTART_JOB: ("POST", "/restart$"),
    ALLOW_DELETES: ("POST", "/restart$"),
    DROP_JOB: ("DELETE", "/jobs/"),
    STORE: ("PUT", "/secrets$"),
    CHANGE_STORED: ("PUT", "/secrets$"),
    ASSIGN_ONE: ("POST", "/appRoleAssignedTo$"),
    ASSIGN_THREE: ("POST", "/appRoleAssignedTo$"),
    UNASSIGN_ONE: ("DELETE", "/appRoleAssignedTo/"),
    UNASSIGN_THREE: ("DELETE", "/appRoleAssignedTo/"),
    CHANGE_SCHEMA: ("PUT", "/schema$"),
    RESET_SCHEMA: ("DELETE", "/schema$"),
    PROVISION: ("POST", "/provisionOnDemand$"),
}
