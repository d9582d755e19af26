# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every body that the collection sends is one that Microsoft's own client could have sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils._task import perform

from contract.official import essence, parsed, part, serialized, unknown
from integration.harness import Player, Request
from integration.pair import ROLE, pair
from integration.tenants import ADELE, ALEX, CHRISTIE, SOURCE, SYNC_NAME, TARGET, Tenant
from simulator import Simulator

pytestmark = pytest.mark.filterwarnings("default")
MODULES = "ansible_collections.entra.crosstenant.plugins.modules"
JOBS = "service_principals.item.synchronization.jobs"
PARTNER = "models.cross_tenant_access_policy_configuration_partner.CrossTenantAccessPolicyConfigurationPartner"
DEFAULT_POLICY = "models.cross_tenant_access_policy_configuration_default.CrossTenantAccessPolicyConfigurationDefault"
IDENTITY_SYNC = "models.cross_tenant_identity_sync_policy_partner.CrossTenantIdentitySyncPolicyPartner"

# What the client sends to each address.
MODELS = (
    (r"POST /policies/crossTenantAccessPolicy/partners", PARTNER),
    (r"PATCH /policies/crossTenantAccessPolicy/partners/{id}", PARTNER),
    (r"PATCH /policies/crossTenantAccessPolicy/default", DEFAULT_POLICY),
    (r"(PUT|PATCH) /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization", IDENTITY_SYNC),
    (
        r"POST /applicationTemplates/{id}/instantiate",
        "application_templates.item.instantiate.instantiate_post_request_body.InstantiatePostRequestBody",
    ),
    (r"PATCH /applications/{id}", "models.application.Application"),
    (r"PATCH /servicePrincipals/{id}", "models.service_principal.ServicePrincipal"),
    (r"POST /servicePrincipals/{id}/appRoleAssignedTo", "models.app_role_assignment.AppRoleAssignment"),
    (r"POST /servicePrincipals/{id}/synchronization/jobs", "models.synchronization_job.SynchronizationJob"),
    (
        r"POST /servicePrincipals/{id}/synchronization/jobs/validateCredentials",
        f"{JOBS}.validate_credentials.validate_credentials_post_request_body.ValidateCredentialsPostRequestBody",
    ),
    (
        r"POST /servicePrincipals/{id}/synchronization/jobs/{id}/restart",
        f"{JOBS}.item.restart.restart_post_request_body.RestartPostRequestBody",
    ),
    (
        r"POST /servicePrincipals/{id}/synchronization/jobs/{id}/provisionOnDemand",
        f"{JOBS}.item.provision_on_demand.provision_on_demand_post_request_body.ProvisionOnDemandPostRequestBody",
    ),
    (
        r"PUT /servicePrincipals/{id}/synchronization/secrets",
        "service_principals.item.synchronization.secrets.secrets_put_request_body.SecretsPutRequestBody",
    ),
    (
        r"POST /servicePrincipals/{id}/synchronization/jobs/{id}/schema/parseExpression",
        f"{JOBS}.item.schema.parse_expression.parse_expression_post_request_body.ParseExpressionPostRequestBody",
    ),
    (
        r"PUT /servicePrincipals/{id}/synchronization/jobs/{id}/schema",
        "models.synchronization_schema.SynchronizationSchema",
    ),
)
FILTER = {"name": "a", "clauses": [{"attribute": "city", "operator": "EQUALS", "values": ["Oslo"]}]}
UPPER = {"target": "city", "expression": "ToUpper([city])"}
# Group synchronization is in beta only, and so unknown to a client of v1.0.
BETA_ONLY = {".groupSyncInbound"}

ALLOWED = {"access_type": "allowed", "targets": [{"target": "AllUsers", "target_type": "user"}]}
APPLICATIONS = {"access_type": "blocked", "targets": [{"target": "AllApplications", "target_type": "application"}]}
BOTH = {"users_and_groups": ALLOWED, "applications": APPLICATIONS}
EVERY_SETTING: dict[str, Any] = {
    "automatic_user_consent": {"inbound_allowed": True, "outbound_allowed": False},
    "inbound_trust": {"mfa_accepted": True, "compliant_device_accepted": False, "hybrid_joined_device_accepted": True},
    "b2b_collaboration_inbound": BOTH,
    "b2b_collaboration_outbound": BOTH,
    "b2b_direct_connect_inbound": BOTH,
    "b2b_direct_connect_outbound": BOTH,
    "tenant_restrictions": BOTH,
    "app_service_connect_inbound": {"applications": APPLICATIONS},
    "m365_collaboration_inbound": {"users": ALLOWED},
    "m365_collaboration_outbound": {"users_and_groups": ALLOWED},
}


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """The two untouched tenants of the simulator's seed."""
    with Simulator() as simulator:
        yield simulator


def model_for(line: str) -> str:
    """The client's model of what is sent to an address."""
    found = [model for pattern, model in MODELS if re.fullmatch(pattern.replace("{", r"\{").replace("}", r"\}"), line)]
    assert found, f"{line}: which model of the client is this? Add it to MODELS"
    return found[0]


def assert_the_client_could_have_sent(requests: list[Request], at_least: set[str]) -> None:
    """Each body is understood whole, and written again as it was."""
    sent = {each.line for each in requests}
    assert at_least <= sent, at_least - sent
    for each in requests:
        if each.body is None:
            continue
        body = parsed(model_for(each.line), with_one_flag(each.body))
        left_over = set(unknown(body)) - (BETA_ONLY if each.api == "beta" else set())
        assert left_over == set(), f"{each.line}: {each.body}"
        assert essence(serialized(body)) == essence(with_one_flag(each.body)), each.line
        for name, value in each.body.items():
            assert value is not None or name in body.get_field_deserializers(), f"{each.line}: {name}"


# Properties that hold several flags, and the client's model of one.
FLAGS = {
    "resetScope": "models.synchronization_job_restart_scope.SynchronizationJobRestartScope",
    "flowTypes": "models.object_flow_types.ObjectFlowTypes",
}


def with_one_flag(body: Any) -> Any:
    """The same without several flags in one text: documented, but lost by the client, which knows each by itself."""
    if isinstance(body, list):
        return [with_one_flag(each) for each in body]
    if not isinstance(body, dict):
        return body
    for name in FLAGS.keys() & body.keys():
        known = {each.value for each in part(FLAGS[name])}
        assert set(re.split(", ?", body[name])) <= known, body
    return {name: with_one_flag(value) for name, value in body.items() if name not in FLAGS}


def written(sim: Simulator) -> list[Request]:
    """What was written, each part of a batch by itself."""
    requests = [Request.of(each) for each in sim.requests()]
    return [each for each in requests if each.write or each.path.endswith("/parseExpression")]


def carry_out(sim: Simulator, tenant: Tenant, module: str, **given: Any) -> dict[str, Any]:
    """What a task comes to, which is no failure."""
    work = import_module(f"{MODULES}.{module}").TASK
    checked = ArgumentSpecValidator(work.arguments.spec, **work.arguments.rules).validate(
        {**tenant.access(sim), **given}
    )
    assert not checked.errors.messages, checked.errors.messages
    result = perform(work, checked.validated_parameters, False)
    assert not result.get("failed"), result
    return result


def test_what_the_role_sends(sim: Simulator, tmp_path: Path) -> None:
    play = Player(sim, tmp_path)
    wanted = [{"user": ADELE}, {"user": ALEX}, {"user": CHRISTIE}, {"group": "Engineering"}]
    run = play(ROLE, vars=pair(sim, principals=wanted, test_users=[ADELE], group_sync=True, scope="assigned"))
    assert run.changed
    assert_the_client_could_have_sent(
        written(sim),
        {
            "POST /policies/crossTenantAccessPolicy/partners",
            "PUT /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization",
            "POST /applicationTemplates/{id}/instantiate",
            "POST /servicePrincipals/{id}/synchronization/jobs",
            "POST /servicePrincipals/{id}/synchronization/jobs/validateCredentials",
            "PUT /servicePrincipals/{id}/synchronization/secrets",
            "POST /servicePrincipals/{id}/appRoleAssignedTo",
            "POST /servicePrincipals/{id}/synchronization/jobs/{id}/provisionOnDemand",
            "POST /servicePrincipals/{id}/synchronization/jobs/{id}/start",
        },
    )


def test_what_the_modules_for_policies_send(sim: Simulator) -> None:
    partner = {"partner_tenant_id": SOURCE.id}
    carry_out(sim, TARGET, "crosstenant_partner", **partner, inbound_trust={"mfa_accepted": True})
    carry_out(sim, TARGET, "crosstenant_partner", **partner, **EVERY_SETTING)
    carry_out(sim, TARGET, "crosstenant_partner", **partner, inbound_trust={}, b2b_collaboration_inbound={})
    sync = {**partner, "user_sync_inbound_allowed": True, "display_name": "From Contoso"}
    carry_out(sim, TARGET, "identity_sync", **sync)
    carry_out(sim, TARGET, "identity_sync", **{**sync, "user_sync_inbound_allowed": False})
    carry_out(sim, TARGET, "identity_sync", **sync, state="absent")
    carry_out(sim, TARGET, "crosstenant_partner", **partner, state="absent")
    assert_the_client_could_have_sent(
        written(sim),
        {
            "PATCH /policies/crossTenantAccessPolicy/partners/{id}",
            "PATCH /policies/crossTenantAccessPolicy/partners/{id}/identitySynchronization",
        },
    )


def test_what_the_module_for_the_default_policy_sends(sim: Simulator) -> None:
    settings = {name: value for name, value in EVERY_SETTING.items() if name != "automatic_user_consent"}
    order = ["azure_active_directory", "external_federation", "social_identity_providers"]
    redemption = {"primary_order": order, "fallback": "email_one_time_passcode"}
    carry_out(sim, TARGET, "crosstenant_default", **settings, invitation_redemption=redemption)
    carry_out(sim, TARGET, "crosstenant_default", inbound_trust={}, tenant_restrictions={}, invitation_redemption={})
    carry_out(sim, TARGET, "crosstenant_default", state="reset")
    assert_the_client_could_have_sent(
        written(sim),
        {
            "PATCH /policies/crossTenantAccessPolicy/default",
            "POST /policies/crossTenantAccessPolicy/default/resetToSystemDefault",
        },
    )


def test_what_the_modules_for_a_configuration_send(sim: Simulator) -> None:
    target = {"target_tenant_id": TARGET.id}
    carry_out(
        sim,
        TARGET,
        "crosstenant_partner",
        partner_tenant_id=SOURCE.id,
        automatic_user_consent={"inbound_allowed": True},
    )
    carry_out(sim, TARGET, "identity_sync", partner_tenant_id=SOURCE.id, user_sync_inbound_allowed=True)
    carry_out(
        sim,
        SOURCE,
        "crosstenant_partner",
        partner_tenant_id=TARGET.id,
        automatic_user_consent={"outbound_allowed": True},
    )
    app = carry_out(sim, SOURCE, "sync_app", **target, display_name=SYNC_NAME, service_management_reference="4711")
    chosen = {"service_principal_id": app["configuration"]["service_principal_id"]}
    carry_out(sim, SOURCE, "sync_job", **chosen)
    carry_out(
        sim,
        SOURCE,
        "sync_secrets",
        **chosen,
        **target,
        scope="all",
        notifications={"enabled": True, "recipients": ["team@contoso.example"]},
        deletion_protection={"enabled": True, "threshold": 100},
    )
    more = {"account_enabled": False, "app_role_assignment_required": False, "service_management_reference": "4712"}
    carry_out(sim, SOURCE, "sync_app", **target, display_name="Renamed", **more)
    carry_out(sim, SOURCE, "sync_app", **target, display_name="Renamed", account_enabled=True)
    carry_out(
        sim, SOURCE, "app_role_assignment", **chosen, principals=[{"user": ADELE}, {"group": "Sales"}, {"user": ALEX}]
    )
    carry_out(sim, SOURCE, "app_role_assignment", **chosen, principals=[], state="exact")
    carry_out(sim, SOURCE, "app_role_assignment", **chosen, principals=[{"user": ADELE}])
    for state in ("started", "paused", "restarted"):
        carry_out(sim, SOURCE, "sync_job", **chosen, state=state)
    for scope in (["full"], ["escrows", "watermark"], ["quarantine_state", "connector_data_store"]):
        carry_out(sim, SOURCE, "sync_job", **chosen, state="restarted", reset_scope=scope, allow_dangerous_reset=True)
    schema = {"user_type": "guest", "scoping_filters": [FILTER], "target_object_actions": {"delete": False}}
    carry_out(sim, SOURCE, "sync_schema", **chosen, **schema, attribute_mappings=[UPPER])
    carry_out(sim, SOURCE, "sync_schema", **chosen, state="default")
    carry_out(sim, SOURCE, "sync_job", **chosen, state="absent")
    carry_out(sim, SOURCE, "sync_app", **target, state="absent", purge=True)
    assert_the_client_could_have_sent(
        written(sim),
        {
            "PATCH /applications/{id}",
            "PATCH /servicePrincipals/{id}",
            "POST /servicePrincipals/{id}/synchronization/jobs/{id}/restart",
            "POST /servicePrincipals/{id}/appRoleAssignedTo",
            "PUT /servicePrincipals/{id}/synchronization/secrets",
        },
    )
