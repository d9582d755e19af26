# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sync_app: one configuration for one target, found by what it means."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    EntraError,
    GraphError,
    InputError,
    LostAnswer,
    WaitedTooLong,
)
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.sync_app import KNOWN_WITHIN, SyncApp
from ansible_collections.entra.crosstenant.plugins.modules.sync_app import TASK

from unit.conversation import Exchange, Together
from unit.factories import (
    APP,
    APPLICATION,
    APPLICATION_FIELDS,
    HOME,
    JOB_TEMPLATE,
    OTHER,
    PRINCIPAL,
    PRINCIPAL_FIELDS,
    PRINCIPAL_PATH,
    PRINCIPALS_PATH,
    ROLE,
    SYNC_TEMPLATE,
    SYNCHRONIZATION,
    ZERO,
    Clock,
    Tree,
    app_role,
    asks_within,
    collection,
    error_body,
    guid,
    not_found,
    reading_configurations,
    reading_settings,
    reading_together,
    run,
    run_four_times,
    secrets,
    service_principal,
)

NAMED = {"target_tenant_id": OTHER, "display_name": "Fabrikam"}
APPLICATION_PATH = f"/v1.0/applications/{APPLICATION}"
INSTANTIATE = f"/v1.0/applicationTemplates/{SYNC_TEMPLATE}/instantiate"
TEMPLATES = f"{SYNCHRONIZATION}/templates"
UNFINISHED = secrets(None)


def application(name: str = "Fabrikam", **more: t.Any) -> Tree:
    return {"id": APPLICATION, "displayName": name, "serviceManagementReference": None, **more}


def reading_application(found: Tree | None = None, app_id: str = APP, **refused: t.Any) -> Exchange:
    answer = refused or {"reply": found or application()}
    return Exchange("GET", f"/v1.0/applications(appId='{app_id}')", query={"$select": APPLICATION_FIELDS}, **answer)


NO_APPLICATION = reading_application(status=404, reply=error_body("Request_ResourceNotFound", "It is not there."))


def looking(*found: tuple[Tree, Tree], application: Exchange | None = None) -> list[Exchange]:
    """Configurations are looked for, whose applications are read along with their settings."""
    return reading_configurations(*found, applications=[application or reading_application()] * len(found))


def reading(principal: Tree | None = None, stored: Tree | None = None, app: Tree | None = None) -> list[Exchange]:
    """A configuration is found."""
    found = (principal or service_principal(), stored or secrets())
    return looking(found, application=reading_application(app))


def rereading(principal: Tree | None = None, app: Tree | None = None) -> list[Exchange]:
    """What was written is read by its id."""
    return [
        Exchange("GET", PRINCIPAL_PATH, reply=principal or service_principal()),
        Exchange("GET", TEMPLATES, reply=collection({"id": JOB_TEMPLATE, "factoryTag": JOB_TEMPLATE})),
        reading_application(app),
    ]


def instantiating(name: str = "Fabrikam", body: Tree | None = None, **more: t.Any) -> Exchange:
    made = {"@odata.context": "x", "application": application(name), "servicePrincipal": service_principal(name=name)}
    return Exchange(
        "POST", INSTANTIATE, json={"displayName": name, **(body or {})}, **{"status": 201, "reply": made, **more}
    )


def view(**more: t.Any) -> Tree:
    return {
        "service_principal_id": PRINCIPAL,
        "application_id": APPLICATION,
        "app_id": APP,
        "app_role_id": ROLE,
        "target_tenant_id": OTHER,
        "display_name": "Fabrikam",
        "account_enabled": True,
        "app_role_assignment_required": True,
        "service_management_reference": None,
        **more,
    }


def test_a_configuration_is_made_once() -> None:
    runs = run_four_times(
        TASK,
        NAMED,
        before=reading_configurations(),
        writing=[instantiating(), *rereading()],
        after=reading(),
    )
    assert runs.do.values["configuration"] == runs.again.values["configuration"] == view()
    # The ids that nobody knows yet are the zero GUID, which other modules take in check mode.
    assert runs.check.values["configuration"] == view(
        service_principal_id=ZERO, application_id=ZERO, app_id=ZERO, app_role_id=ZERO
    )
    assert runs.do.after["target_tenant_id"] == OTHER
    assert runs.do.after["display_name"] == "Fabrikam"


def test_a_configuration_without_a_name_is_named_after_its_target() -> None:
    name = f"Cross-tenant sync to {OTHER}"
    runs = run_four_times(
        TASK,
        {"target_tenant_id": OTHER},
        before=reading_configurations(),
        writing=[instantiating(name), *rereading(service_principal(name=name))],
        after=reading(service_principal(name="Any name will do")),
    )
    assert runs.do.values["configuration"]["display_name"] == name


def test_a_configuration_is_found_by_its_target_and_renamed() -> None:
    old, renamed = service_principal(name="Old name"), service_principal()
    runs = run_four_times(
        TASK,
        NAMED,
        before=reading(old, secrets(OTHER.upper()), application("Old name")),
        writing=[
            Exchange("PATCH", APPLICATION_PATH, json={"displayName": "Fabrikam"}, status=204),
            Exchange("PATCH", PRINCIPAL_PATH, json={"displayName": "Fabrikam"}, status=204),
            *rereading(renamed),
        ],
        after=reading(renamed),
    )
    assert runs.diff == ({"display_name": "Old name"}, {"display_name": "Fabrikam"})
    assert runs.check.values == runs.do.values == runs.again.values


def test_a_configuration_of_the_wanted_name_for_another_target_is_not_taken() -> None:
    other = service_principal(guid(60))
    result = run(TASK, NAMED, *looking((other, secrets(guid(61)))), check_mode=True)
    assert result.changed
    assert result.values["configuration"]["service_principal_id"] == ZERO


def test_a_configuration_left_behind_unfinished_is_taken_over() -> None:
    result = run(TASK, NAMED, *reading(stored=UNFINISHED))
    assert not result.changed
    assert result.values["configuration"]["service_principal_id"] == PRINCIPAL


@pytest.mark.parametrize("stored", [secrets(None), secrets(""), secrets("*"), collection()])
def test_a_configuration_that_shows_no_target_is_unfinished(stored: Tree) -> None:
    assert not run(TASK, NAMED, *reading(stored=stored)).changed


def test_an_unfinished_configuration_of_another_name_is_left_alone() -> None:
    other = service_principal(name="Somebody's")
    assert run(TASK, NAMED, *looking((other, UNFINISHED)), check_mode=True).changed


def test_one_of_another_name_whose_target_is_masked_is_warned_of() -> None:
    other = service_principal(name="Somebody's")
    result = run(TASK, NAMED, *looking((other, secrets("*"))), check_mode=True)
    assert result.changed
    assert [each for each in result.warnings if "Somebody's" in each and "display_name" in each]


def test_a_finished_configuration_comes_before_an_unfinished_one() -> None:
    unfinished = service_principal(guid(60))
    finished = service_principal()
    result = run(TASK, NAMED, *looking((unfinished, UNFINISHED), (finished, secrets())))
    assert result.values["configuration"]["service_principal_id"] == PRINCIPAL


@pytest.mark.parametrize("stored", [secrets(), UNFINISHED], ids=["finished", "unfinished"])
@pytest.mark.parametrize("state", ["present", "absent"])
@pytest.mark.parametrize("check_mode", [False, True])
def test_two_that_match_are_refused_and_both_are_named(stored: Tree, state: str, check_mode: bool) -> None:
    two = [service_principal(guid(60)), service_principal(guid(61))]
    with pytest.raises(EntraError) as raised:
        run(
            TASK,
            {**NAMED, "state": state},
            *looking(*[(each, stored) for each in two]),
            check_mode=check_mode,
        )
    text = raised.value.explanation()
    assert guid(60) in text
    assert guid(61) in text


def test_what_belongs_to_the_platform_is_not_even_looked_into() -> None:
    platform = service_principal(guid(60), f"MTO_Sync_{OTHER}")
    listing = Exchange(
        "GET",
        PRINCIPALS_PATH,
        query={"$filter": f"applicationTemplateId eq '{SYNC_TEMPLATE}'", "$select": PRINCIPAL_FIELDS},
        reply=collection(platform),
    )
    assert run(TASK, NAMED, listing, check_mode=True).values["configuration"]["service_principal_id"] == ZERO


def several(count: int) -> tuple[list[tuple[Tree, Tree]], list[Exchange]]:
    """So many configurations, each with its settings and its application; the last is the one of this target."""
    apps = [guid(0x500 + at) for at in range(count - 1)] + [APP]
    others = [
        (service_principal(guid(0x600 + at), appId=app), secrets(guid(0x700 + at))) for at, app in enumerate(apps[:-1])
    ]
    found = [*others, (service_principal(), secrets())]
    # Each application has a name of its own, so that none can be taken for another.
    names = [f"C{at}" for at in range(count - 1)] + ["Fabrikam"]
    return found, [reading_application(application(name), app) for name, app in zip(names, apps, strict=True)]


@pytest.mark.parametrize("count", [1, 2, 3, 10])
def test_all_candidates_are_read_in_one_batch_with_their_applications(count: int) -> None:
    found, applications = several(count)
    listing, batch = reading_configurations(*found, applications=applications)
    assert batch.path == "/v1.0/$batch"
    result = run(TASK, NAMED, listing, batch)
    assert not result.changed
    assert result.values["configuration"] == view()


def test_applications_that_would_take_another_batch_are_not_read_but_for_the_one_that_is_meant() -> None:
    found, applications = several(11)
    assert not run(TASK, NAMED, *reading_configurations(*found), applications[-1]).changed


def test_the_settings_of_more_than_a_batch_holds_take_two() -> None:
    found, applications = several(21)
    listing, whole = reading_configurations(*found)
    items, answers = whole.json["requests"], whole.reply["responses"]
    first, second = (
        Exchange(
            "POST",
            whole.path,
            json={"requests": items[part]},
            reply={"responses": [each for each in answers if each["id"] in {item["id"] for item in items[part]}]},
        )
        for part in (slice(20), slice(20, None))
    )
    assert not run(TASK, NAMED, listing, Together(first, second), applications[-1]).changed


@pytest.mark.parametrize("status", [403, 404])
def test_settings_that_a_batch_cannot_read_are_read_alone(status: int) -> None:
    found, applications = several(3)
    settings = [reading_settings(principal["id"], stored) for principal, stored in found]
    refused = Exchange("GET", settings[-1].path, status=status, reply=error_body("UnknownError"))
    listing = reading_configurations(*found)[0]
    batch = reading_together(*settings[:-1], refused, *applications)
    assert not run(TASK, NAMED, listing, batch, settings[-1]).changed


def test_settings_that_cannot_be_read_are_a_failure_and_make_no_second_configuration() -> None:
    listing = reading_configurations((service_principal(), {}))[0]
    denied = Exchange("GET", f"{SYNCHRONIZATION}/secrets", status=401, reply=error_body("UnknownError", ""))
    with pytest.raises(GraphError) as raised:
        run(TASK, NAMED, listing, reading_together(denied, reading_application()), denied)
    assert "Synchronization.Read.All" in raised.value.explanation()


def test_a_batch_that_is_refused_as_a_whole_is_read_one_by_one() -> None:
    listing, batch = reading()
    refused = Exchange("POST", batch.path, json=batch.json, status=403, reply=error_body("Forbidden"))
    settings = reading_settings(PRINCIPAL, secrets())
    assert not run(TASK, NAMED, listing, refused, settings, reading_application()).changed


def test_an_application_that_a_batch_does_not_find_is_looked_for_alone() -> None:
    found = (service_principal(), secrets())
    # It shows in the meantime; or never, when it was deleted by itself.
    late = run(TASK, NAMED, *looking(found, application=NO_APPLICATION), reading_application())
    gone = run(TASK, NAMED, *looking(found, application=NO_APPLICATION), NO_APPLICATION)
    assert (late.changed, gone.changed) == (False, False)
    assert late.values["configuration"] == view()
    assert gone.values["configuration"] == view(application_id=None)


def test_an_application_that_may_not_be_read_is_a_failure_and_not_taken_for_gone() -> None:
    denied = reading_application(status=403, reply=error_body("Authorization_RequestDenied", "Insufficient."))
    with pytest.raises(GraphError) as raised:
        run(TASK, NAMED, *looking((service_principal(), secrets()), application=denied), denied)
    assert raised.value.status == 403
    assert "Application.Read.All" in raised.value.explanation()


@pytest.mark.parametrize("status", [403, 404])
def test_an_application_that_is_another_configurations_is_not_looked_for(status: int) -> None:
    found, applications = several(2)
    refused = reading_application(None, guid(0x500), status=status, reply=error_body("Authorization_RequestDenied"))
    assert not run(TASK, NAMED, *reading_configurations(*found, applications=[refused, applications[1]])).changed


# Making one


def test_the_older_answer_that_says_object_id_is_understood() -> None:
    older: Tree = {
        "application": {"objectId": APPLICATION, "appId": APP, "displayName": "Fabrikam"},
        "servicePrincipal": {"objectId": PRINCIPAL, "appId": APP, "displayName": "Fabrikam"},
    }
    result = run(TASK, NAMED, *reading_configurations(), instantiating(reply=older), *rereading())
    assert result.values["configuration"] == view()


def test_a_reference_that_the_tenant_demands_goes_with_the_creation() -> None:
    reference = {"serviceManagementReference": "SM-1"}
    made = {"application": application(**reference), "servicePrincipal": service_principal()}
    runs = run_four_times(
        TASK,
        {**NAMED, "service_management_reference": "SM-1"},
        before=reading_configurations(),
        writing=[instantiating(body=reference, reply=made), *rereading(app=application(**reference))],
        after=reading(app=application(**reference)),
    )
    assert runs.do.values["configuration"]["service_management_reference"] == "SM-1"


def test_what_the_creation_cannot_say_is_set_once_the_new_one_can_be_read() -> None:
    disabled = service_principal(accountEnabled=False)
    runs = run_four_times(
        TASK,
        {**NAMED, "account_enabled": False},
        before=reading_configurations(),
        writing=[
            instantiating(),
            not_found("GET", PRINCIPAL_PATH),
            *rereading(),
            Exchange("PATCH", PRINCIPAL_PATH, json={"accountEnabled": False}, status=204),
            *rereading(disabled),
        ],
        after=reading(disabled),
    )
    assert runs.do.values["configuration"]["account_enabled"] is False


SEEN = Exchange("GET", PRINCIPAL_PATH, reply=service_principal())
UNKNOWN = Exchange("GET", TEMPLATES, status=404, reply=error_body("UnknownError", "No such thing."))


def test_a_new_configuration_is_waited_for_until_the_synchronization_service_knows_it() -> None:
    clock = Clock()
    result = run(
        TASK,
        NAMED,
        *reading_configurations(),
        instantiating(),
        not_found("GET", PRINCIPAL_PATH),
        *[SEEN, UNKNOWN],
        *[SEEN, Exchange("GET", TEMPLATES, reply=collection())],
        *rereading(),
        clock=clock,
    )
    assert result.values["configuration"] == view()
    assert clock.waits == [0.5, 1.0, 2.0]


def test_a_synchronization_service_that_takes_minutes_is_left_to_the_next_task() -> None:
    clock = Clock()
    asked = asks_within(KNOWN_WITHIN)
    result = run(
        TASK,
        NAMED,
        *reading_configurations(),
        instantiating(),
        *[SEEN, UNKNOWN] * asked,
        SEEN,
        reading_application(),
        clock=clock,
    )
    assert result.values["configuration"] == view()
    assert sum(clock.waits) >= KNOWN_WITHIN


def test_a_synchronization_service_that_refuses_the_caller_is_not_waited_for() -> None:
    clock = Clock()
    denied = Exchange("GET", TEMPLATES, status=401, reply=error_body("UnknownError", ""))
    with pytest.raises(GraphError) as raised:
        run(TASK, NAMED, *reading_configurations(), instantiating(), SEEN, denied, clock=clock)
    assert "Synchronization.Read.All" in raised.value.hint
    assert clock.waits == []


def test_a_new_configuration_that_never_shows_is_a_failure_that_says_so() -> None:
    clock = Clock()
    with pytest.raises(WaitedTooLong) as raised:
        run(
            TASK,
            NAMED,
            *reading_configurations(),
            instantiating(),
            *[not_found("GET", PRINCIPAL_PATH)] * 5,
            clock=clock,
            connecting={"max_wait": 10},
        )
    assert "was created" in raised.value.message
    assert sum(clock.waits) <= 10


def test_a_lost_answer_to_an_instantiation_that_was_carried_out_makes_no_second_application() -> None:
    lost = instantiating(error=requests.ReadTimeout("too slow"))
    result = run(
        TASK,
        NAMED,
        *reading_configurations(),
        lost,
        *reading_configurations(),
        *reading(stored=UNFINISHED),
        *rereading(),
    )
    assert result.changed
    assert result.values["configuration"] == view()


def test_a_lost_answer_to_an_instantiation_that_was_not_carried_out_is_tried_again() -> None:
    lost = instantiating(status=503, reply=error_body("ServiceUnavailable"))
    looks = [each for dummy in range(asks_within(SyncApp.doubt)) for each in reading_configurations()]
    result = run(TASK, NAMED, *reading_configurations(), lost, *looks, instantiating(), *rereading())
    assert result.changed


def test_an_instantiation_whose_answer_is_always_lost_is_given_up() -> None:
    lost = instantiating(status=503, reply=error_body("ServiceUnavailable"))
    looks = [each for dummy in range(asks_within(SyncApp.doubt)) for each in reading_configurations()]
    with pytest.raises(LostAnswer):
        run(TASK, NAMED, *reading_configurations(), *[lost, *looks] * 3)


def test_a_role_of_its_own_is_told_from_the_others() -> None:
    roles = [
        app_role(guid(80), "User"),
        app_role(guid(81), "Off", isEnabled=False),
        app_role(guid(82), "Daemon", allowedMemberTypes=["Application"]),
        app_role(),
    ]
    for offered, role in ((roles, ROLE), (roles[:3], guid(80)), (roles[1:3], ZERO), ([], ZERO)):
        result = run(TASK, NAMED, *reading(service_principal(appRoles=offered)))
        assert result.values["configuration"]["app_role_id"] == role


def test_an_application_that_shows_later_than_its_other_half_is_waited_for() -> None:
    clock = Clock()
    result = run(
        TASK,
        NAMED,
        *reading_configurations(),
        instantiating(),
        *rereading()[:2],
        NO_APPLICATION,
        *rereading(),
        clock=clock,
    )
    assert result.values["configuration"] == view()
    assert clock.waits == [0.5]


# Changing one


def test_properties_of_both_halves_are_changed_where_they_live() -> None:
    params = {
        **NAMED,
        "app_role_assignment_required": False,
        "service_management_reference": "SM-2",
    }
    after = service_principal(appRoleAssignmentRequired=False)
    app = application(serviceManagementReference="SM-2")
    runs = run_four_times(
        TASK,
        params,
        before=reading(),
        writing=[
            Exchange("PATCH", APPLICATION_PATH, json={"serviceManagementReference": "SM-2"}, status=204),
            Exchange("PATCH", PRINCIPAL_PATH, json={"appRoleAssignmentRequired": False}, status=204),
            *rereading(after, app),
        ],
        after=reading(after, app=app),
    )
    assert runs.check.values == runs.do.values


def test_a_configuration_whose_application_is_gone_can_still_be_renamed() -> None:
    old, new = service_principal(name="Old"), service_principal()
    result = run(
        TASK,
        NAMED,
        *looking((old, secrets()), application=NO_APPLICATION),
        NO_APPLICATION,
        Exchange("PATCH", PRINCIPAL_PATH, json={"displayName": "Fabrikam"}, status=204),
        *rereading(new)[:2],
        NO_APPLICATION,
    )
    assert result.values["configuration"] == view(application_id=None)


# Removing one


ABSENT = {**NAMED, "state": "absent"}
DELETING = Exchange("DELETE", APPLICATION_PATH, status=204)


def test_a_configuration_is_deleted_with_its_application() -> None:
    runs = run_four_times(
        TASK,
        ABSENT,
        before=reading(),
        writing=[
            DELETING,
            Exchange("GET", PRINCIPAL_PATH, reply=service_principal()),
            not_found("GET", PRINCIPAL_PATH),
        ],
        after=reading_configurations(),
    )
    assert runs.do.before == view()
    assert runs.check.values == runs.do.values == {"configuration": None}


def test_a_configuration_without_an_application_is_deleted_itself() -> None:
    run(
        TASK,
        ABSENT,
        *looking((service_principal(), secrets()), application=NO_APPLICATION),
        NO_APPLICATION,
        Exchange("DELETE", PRINCIPAL_PATH, status=204),
        not_found("GET", PRINCIPAL_PATH),
    )


def test_an_application_that_somebody_else_deleted_is_deleted() -> None:
    assert run(
        TASK, ABSENT, *reading(), not_found("DELETE", APPLICATION_PATH), not_found("GET", PRINCIPAL_PATH)
    ).changed


def test_purging_removes_both_halves_from_the_deleted_items() -> None:
    bins = [f"/v1.0/directory/deletedItems/{each}" for each in (APPLICATION, PRINCIPAL)]
    clock = Clock()
    run(
        TASK,
        {**ABSENT, "purge": True},
        *reading(),
        DELETING,
        # The first shows a moment later.
        not_found("GET", bins[0]),
        Exchange("GET", bins[0], reply={"id": APPLICATION}),
        Exchange("DELETE", bins[0], status=204),
        Exchange("GET", bins[1], reply={"id": PRINCIPAL}),
        Exchange("DELETE", bins[1], status=204),
        not_found("GET", PRINCIPAL_PATH),
        clock=clock,
    )
    assert clock.waits == [0.5]


# What cannot be


def test_a_tenant_is_not_its_own_target() -> None:
    with pytest.raises(InputError, match="target_tenant_id"):
        run(TASK, {"target_tenant_id": HOME})


@pytest.mark.parametrize("target", ["fabrikam.example", "x"])
def test_a_target_is_named_by_its_id(target: str) -> None:
    with pytest.raises(InputError, match="target_tenant_id: .* is not a GUID"):
        run(TASK, {"target_tenant_id": target})


def test_another_cloud_needs_a_template_of_its_own() -> None:
    with pytest.raises(InputError, match="template_id: .*usgov"):
        run(TASK, {**NAMED, "cloud": "usgov"})
    template = guid(90)
    found = reading_configurations(template=template)
    assert run(TASK, {**NAMED, "cloud": "usgov", "template_id": template.upper()}, *found, check_mode=True).changed


def test_an_instantiation_that_is_refused_names_the_permission() -> None:
    denied = instantiating(status=403, reply=error_body("Authorization_RequestDenied", "Insufficient privileges."))
    with pytest.raises(GraphError) as raised:
        run(TASK, NAMED, *reading_configurations(), denied)
    text = raised.value.explanation()
    assert text.startswith(f"Could not create the configuration for target {OTHER} in tenant {HOME}: ")
    assert "Application.ReadWrite.All" in text
