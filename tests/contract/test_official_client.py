# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's own client reads and writes the simulator for every resource that the collection uses."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils._task import perform

from contract.official import client_of, part, unknown
from integration.tenants import ADELE, SOURCE, STRANGER, SYNC_NAME, TARGET, set_up_pair
from simulator import Simulator

pytestmark = pytest.mark.filterwarnings("default")
SYNC_TEMPLATE = "518e5f48-1fc8-4c48-9387-9fdf28b0dfe7"
JOB_TEMPLATE = "Azure2Azure"
Scenario = Callable[[Any], Awaitable[None]]


@pytest.fixture
def sim() -> Iterator[Simulator]:
    """The two untouched tenants of the simulator's seed, without properties that no published type declares."""
    with Simulator(settings={"undeclared_partner_properties": False}) as simulator:
        yield simulator


def carry_out(scenario: Scenario, sim: Simulator, tenant: Any = SOURCE) -> None:
    """Play a scenario as the automation app of a tenant; the client understood every answer whole."""

    async def play() -> None:
        await scenario(client_of(sim, tenant.id, tenant.client("automation")))

    asyncio.run(play())
    refused = [each for each in sim.requests(kind="graph") if each["status"] >= 400]
    assert [(each["method"], each["path"], each["status"]) for each in refused] == []


def understood(thing: Any) -> Any:
    """The same, once it is sure that the client knows all of it but OData's annotations."""
    assert thing is not None
    assert [
        name for name in unknown(thing) if ".@odata." not in name and "@odata." not in name.rpartition("]")[2]
    ] == []
    return thing


def pair(key: str, value: str) -> Any:
    """A synchronization secret."""
    secret = part("models.synchronization_secret_key_string_value_pair.SynchronizationSecretKeyStringValuePair")()
    secret.key = part("models.synchronization_secret.SynchronizationSecret")(key)
    secret.value = value
    return secret


def test_partners_are_made_read_changed_and_deleted(sim: Simulator) -> None:
    async def scenario(client: Any) -> None:
        model = part(
            "models.cross_tenant_access_policy_configuration_partner.CrossTenantAccessPolicyConfigurationPartner"
        )
        consent = part("models.inbound_outbound_policy_configuration.InboundOutboundPolicyConfiguration")
        trust = part("models.cross_tenant_access_policy_inbound_trust.CrossTenantAccessPolicyInboundTrust")
        partners = client.policies.cross_tenant_access_policy.partners
        body = model(tenant_id=STRANGER, automatic_user_consent_settings=consent(outbound_allowed=True))
        made = understood(await partners.post(body))
        assert made.tenant_id == STRANGER
        one = partners.by_cross_tenant_access_policy_configuration_partner_tenant_id(STRANGER)
        await one.patch(model(inbound_trust=trust(is_mfa_accepted=True)))
        found = understood(await one.get())
        assert found.inbound_trust.is_mfa_accepted is True
        assert found.automatic_user_consent_settings.outbound_allowed is True
        assert [each.tenant_id for each in understood(await partners.get()).value] == [STRANGER]
        await one.delete()
        assert understood(await partners.get()).value == []
        default = understood(await client.policies.cross_tenant_access_policy.default.get())
        assert default.is_service_default is True

    carry_out(scenario, sim)


def test_identity_synchronization_is_put_read_and_deleted(sim: Simulator) -> None:
    sim.set_partner(TARGET.id, SOURCE.id)

    async def scenario(client: Any) -> None:
        model = part("models.cross_tenant_identity_sync_policy_partner.CrossTenantIdentitySyncPolicyPartner")
        inbound = part("models.cross_tenant_user_sync_inbound.CrossTenantUserSyncInbound")
        partners = client.policies.cross_tenant_access_policy.partners
        policy = partners.by_cross_tenant_access_policy_configuration_partner_tenant_id(
            SOURCE.id
        ).identity_synchronization
        await policy.put(model(display_name="From Contoso", user_sync_inbound=inbound(is_sync_allowed=True)))
        found = understood(await policy.get())
        assert (found.display_name, found.user_sync_inbound.is_sync_allowed) == ("From Contoso", True)
        # The client has no PATCH for it.
        await policy.delete()

    carry_out(scenario, sim, TARGET)


def test_the_template_is_instantiated_and_both_halves_are_read_changed_and_deleted(sim: Simulator) -> None:
    async def scenario(client: Any) -> None:
        package = "application_templates.item.instantiate.instantiate_post_request_body.InstantiatePostRequestBody"
        template = client.application_templates.by_application_template_id(SYNC_TEMPLATE)
        assert understood(await template.get()).id == SYNC_TEMPLATE
        made = understood(await template.instantiate.post(part(package)(display_name=SYNC_NAME)))
        principal = client.service_principals.by_service_principal_id(made.service_principal.id)
        application = client.applications.by_application_id(made.application.id)
        await application.patch(part("models.application.Application")(display_name="Renamed"))
        await principal.patch(part("models.service_principal.ServicePrincipal")(account_enabled=False))
        found = understood(await principal.get())
        assert found.account_enabled is False
        assert str(found.application_template_id) == SYNC_TEMPLATE
        assert "msiam_access" in [role.display_name for role in found.app_roles]
        assert understood(await application.get()).display_name == "Renamed"
        assert len(understood(await client.service_principals.get()).value) >= 1
        by_app_id = client.applications_with_app_id(made.application.app_id)
        assert understood(await by_app_id.get()).id == made.application.id
        await application.delete()

    carry_out(scenario, sim)


def test_jobs_are_made_started_paused_restarted_and_deleted(sim: Simulator) -> None:
    principal_id = set_up_pair(sim, job="absent")

    async def scenario(client: Any) -> None:
        synchronization = client.service_principals.by_service_principal_id(principal_id).synchronization
        assert [each.id for each in understood(await synchronization.templates.get()).value] == [JOB_TEMPLATE]
        model = part("models.synchronization_job.SynchronizationJob")
        made = understood(await synchronization.jobs.post(model(template_id=JOB_TEMPLATE)))
        job = synchronization.jobs.by_synchronization_job_id(made.id)
        await job.start.post()
        assert understood(await job.get()).schedule.state.value == "Active"
        await job.pause.post()
        base = "service_principals.item.synchronization.jobs.item"
        criteria = part("models.synchronization_job_restart_criteria.SynchronizationJobRestartCriteria")()
        scope = part("models.synchronization_job_restart_scope.SynchronizationJobRestartScope")
        criteria.reset_scope = scope.Full
        await job.restart.post(
            part(f"{base}.restart.restart_post_request_body.RestartPostRequestBody")(criteria=criteria)
        )
        assert [each.id for each in understood(await synchronization.jobs.get()).value] == [made.id]
        schema = understood(await job.schema.get())
        assert schema.synchronization_rules[0].object_mappings[0].source_object_name == "User"
        # The client has a PATCH for it, which the service refuses, and no PUT, which is documented.
        await job.delete()

    carry_out(scenario, sim)


def carried_out(sim: Simulator, module: str, **given: Any) -> dict[str, Any]:
    """What a task of this collection comes to in the source tenant."""
    work = import_module(f"ansible_collections.entra.crosstenant.plugins.modules.{module}").TASK
    checked = ArgumentSpecValidator(work.arguments.spec, **work.arguments.rules).validate(
        {**SOURCE.access(sim), **given}
    )
    return perform(work, checked.validated_parameters, False)


def test_secrets_are_put_and_credentials_validated(sim: Simulator) -> None:
    principal_id = set_up_pair(sim)

    async def scenario(client: Any) -> None:
        synchronization = client.service_principals.by_service_principal_id(principal_id).synchronization
        base = "service_principals.item.synchronization"
        secrets = [pair("AuthenticationType", "SyncPolicy"), pair("CompanyId", TARGET.id), pair("SyncAll", "true")]
        await synchronization.secrets.put(
            part(f"{base}.secrets.secrets_put_request_body.SecretsPutRequestBody")(value=secrets)
        )
        validate = f"{base}.jobs.validate_credentials.validate_credentials_post_request_body"
        body = part(f"{validate}.ValidateCredentialsPostRequestBody")(
            use_saved_credentials=False, template_id=JOB_TEMPLATE, credentials=secrets[:2]
        )
        await synchronization.jobs.validate_credentials.post(body)

    carry_out(scenario, sim)
    # The client cannot read secrets.
    found = carried_out(sim, "sync_secrets", service_principal_id=principal_id, target_tenant_id=TARGET.id, scope="all")
    assert found["changed"] is False


def test_a_user_is_provisioned_on_demand_and_is_in_the_log(sim: Simulator) -> None:
    principal_id = set_up_pair(sim)

    async def scenario(client: Any) -> None:
        synchronization = client.service_principals.by_service_principal_id(principal_id).synchronization
        job = synchronization.jobs.by_synchronization_job_id((await synchronization.jobs.get()).value[0].id)
        rule = (await job.schema.get()).synchronization_rules[0]
        user = understood(await client.users.by_user_id(ADELE).get())
        subject = part("models.synchronization_job_subject.SynchronizationJobSubject")
        parameters = part("models.synchronization_job_application_parameters.SynchronizationJobApplicationParameters")
        base = "service_principals.item.synchronization.jobs.item.provision_on_demand"
        body = part(f"{base}.provision_on_demand_post_request_body.ProvisionOnDemandPostRequestBody")()
        body.parameters = [parameters(rule_id=rule.id, subjects=[subject(object_id=user.id, object_type_name="User")])]
        answer = understood(await job.provision_on_demand.post(body))
        assert answer.key or answer.value
        log = understood(await client.audit_logs.provisioning.get())
        assert user.id in [each.source_identity.id for each in log.value]

    carry_out(scenario, sim)


def test_users_and_groups_are_assigned_and_their_assignments_removed(sim: Simulator) -> None:
    principal_id = set_up_pair(sim, assignments=[])

    async def scenario(client: Any) -> None:
        users, groups = understood(await client.users.get()).value, understood(await client.groups.get()).value
        principal = client.service_principals.by_service_principal_id(principal_id)
        role = next(each for each in (await principal.get()).app_roles if each.display_name == "msiam_access")
        model = part("models.app_role_assignment.AppRoleAssignment")
        for each in (users[0].id, groups[0].id):
            body = model(principal_id=each, resource_id=principal_id, app_role_id=role.id)
            understood(await principal.app_role_assigned_to.post(body))
        rows = understood(await principal.app_role_assigned_to.get()).value
        assert {str(row.principal_id) for row in rows} == {users[0].id, groups[0].id}
        for row in rows:
            await principal.app_role_assigned_to.by_app_role_assignment_id(row.id).delete()
        assert understood(await principal.app_role_assigned_to.get()).value == []

    carry_out(scenario, sim)


def test_tenants_are_found(sim: Simulator) -> None:
    async def scenario(client: Any) -> None:
        relations = client.tenant_relationships
        by_id = relations.find_tenant_information_by_tenant_id_with_tenant_id(STRANGER)
        assert understood(await by_id.get()).tenant_id == STRANGER
        by_name = relations.find_tenant_information_by_domain_name_with_domain_name(TARGET.domain)
        assert understood(await by_name.get()).tenant_id == TARGET.id

    carry_out(scenario, sim)
