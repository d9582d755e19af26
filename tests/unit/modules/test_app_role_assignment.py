# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""app_role_assignment: names are looked up before anything is written, and only differences are sent."""

from __future__ import annotations

import typing as t

import pytest
import requests
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import (
    EntraError,
    GraphError,
    InputError,
    PartlyDone,
)
from ansible_collections.entra.crosstenant.plugins.modules.app_role_assignment import TASK

from unit.conversation import Exchange, Together
from unit.factories import (
    OTHER,
    PRINCIPAL,
    PRINCIPAL_PATH,
    ROLE,
    ZERO,
    Clock,
    Tree,
    app_role,
    collection,
    error_body,
    guid,
    not_found,
    reading_configurations,
    run,
    run_four_times,
    secrets,
    service_principal,
)

ASSIGNED_TO = f"/servicePrincipals/{PRINCIPAL}/appRoleAssignedTo"
LISTED = "id,appRoleId,principalId,principalDisplayName,principalType"
USER_FIELDS = "id,displayName,userPrincipalName,userType,accountEnabled"
GROUP_FIELDS = "id,displayName,securityEnabled"
ADELE, BERTA, CARLA, DORA, TEAM = (guid(0x100 + number) for number in range(5))
OTHER_ROLE = guid(0x200)
CHOSEN: Tree = {"service_principal_id": PRINCIPAL}
ALREADY = error_body("Request_BadRequest", "Permission being assigned already exists on the object")
NO_REFERENCE = error_body("Request_BadRequest", "Not a valid reference update.")


def by_id(*ids: str) -> Tree:
    return {**CHOSEN, "principals": [{"object_id": each} for each in ids]}


def row(principal: str, role: str = ROLE, number: int = 0) -> Tree:
    """An assignment as Graph lists it."""
    return {
        "id": f"assignment-{principal}-{role}-{number}",
        "appRoleId": role,
        "principalId": principal,
        "principalDisplayName": f"Name of {principal}",
        "principalType": "User",
    }


def roles(*offered: Tree) -> Exchange:
    principal = {"id": PRINCIPAL, "appRoles": list(offered) or [app_role()]}
    return Exchange("GET", PRINCIPAL_PATH, query={"$select": "id,appRoles"}, reply=principal)


def listing(*rows: Tree) -> Exchange:
    return Exchange("GET", f"/v1.0{ASSIGNED_TO}", query={"$top": "999", "$select": LISTED}, reply=collection(*rows))


def body(principal: str, role: str = ROLE) -> Tree:
    return {"principalId": principal, "resourceId": PRINCIPAL, "appRoleId": role}


def adding(principal: str, role: str = ROLE, **more: t.Any) -> Exchange:
    return Exchange("POST", f"/v1.0{ASSIGNED_TO}", json=body(principal, role), **{"status": 201, "reply": {}, **more})


def removing(principal: str, role: str = ROLE, **more: t.Any) -> Exchange:
    path = f"/v1.0{ASSIGNED_TO}/{row(principal, role)['id']}"
    return Exchange("DELETE", path, **{"status": 204, **more})


def reply(position: int, status: int = 201, answer: t.Any = None) -> Tree:
    return {"id": str(position), "status": status, **({} if answer is None else {"body": answer})}


def batch(*items: Tree, replies: t.Sequence[Tree] = (), start: int = 0, **more: t.Any) -> Exchange:
    wanted = [{"id": str(start + at), **item} for at, item in enumerate(items)]
    answer: Tree = {} if more else {"reply": {"responses": list(replies)}}
    return Exchange("POST", "/v1.0/$batch", json={"requests": wanted}, **answer, **more)


def post_item(principal: str) -> Tree:
    headers = {"Content-Type": "application/json"}
    return {"method": "POST", "url": ASSIGNED_TO, "headers": headers, "body": body(principal)}


def delete_item(principal: str, role: str = ROLE) -> Tree:
    return {"method": "DELETE", "url": f"{ASSIGNED_TO}/{row(principal, role)['id']}"}


def counts(values: Tree) -> list[int]:
    found = values["assignments"]
    return [found[name] for name in ("added", "removed", "unchanged", "total")]


def partly(*exchanges: Exchange | Together, clock: Clock | None = None, **params: t.Any) -> PartlyDone:
    with pytest.raises(PartlyDone) as raised:
        run(TASK, {**CHOSEN, **params}, *exchanges, clock=clock)
    return raised.value


# Present, absent, exact


def test_one_that_is_missing_is_assigned() -> None:
    runs = run_four_times(
        TASK,
        by_id(ADELE, BERTA),
        before=[roles(), listing(row(BERTA), row(CARLA))],
        writing=[adding(ADELE)],
        after=[roles(), listing(row(ADELE), row(BERTA), row(CARLA))],
    )
    assert runs.diff == ({}, {"assignments": [{"object_id": ADELE, "name": ADELE}]})
    assert counts(runs.check.values) == counts(runs.do.values) == [1, 0, 1, 3]
    assert counts(runs.again.values) == counts(runs.again_in_check.values) == [0, 0, 2, 3]
    assert [each["object_id"] for each in runs.do.values["principals"]] == [ADELE, BERTA]


def test_several_that_are_missing_are_assigned_in_one_batch() -> None:
    runs = run_four_times(
        TASK,
        by_id(ADELE, BERTA, CARLA),
        before=[roles(), listing(row(CARLA))],
        writing=[batch(post_item(ADELE), post_item(BERTA), replies=[reply(1), reply(0)])],
        after=[roles(), listing(row(ADELE), row(BERTA), row(CARLA))],
    )
    assert counts(runs.check.values) == counts(runs.do.values) == [2, 0, 1, 3]


def test_more_than_twenty_take_more_envelopes() -> None:
    ids = [guid(0x300 + at) for at in range(25)]
    first = batch(*map(post_item, ids[:20]), replies=[reply(at) for at in range(20)])
    second = batch(*map(post_item, ids[20:]), replies=[reply(at) for at in range(20, 25)], start=20)
    result = run(TASK, by_id(*ids), roles(), listing(), Together(first, second))
    assert counts(result.values) == [25, 0, 0, 25]


def test_those_named_absent_lose_every_assignment_and_others_none() -> None:
    rows = [row(ADELE), row(ADELE, OTHER_ROLE), row(BERTA)]
    runs = run_four_times(
        TASK,
        {**by_id(ADELE, CARLA), "state": "absent"},
        before=[roles(), listing(*rows)],
        writing=[batch(delete_item(ADELE), delete_item(ADELE, OTHER_ROLE), replies=[reply(0, 204), reply(1, 204)])],
        after=[roles(), listing(row(BERTA))],
    )
    assert runs.diff == ({"assignments": [{"object_id": ADELE, "name": ADELE}]}, {})
    assert counts(runs.check.values) == counts(runs.do.values) == [0, 1, 1, 1]


def test_those_named_absent_from_a_role_lose_that_role_only() -> None:
    run(
        TASK,
        {**by_id(ADELE), "state": "absent", "app_role": ROLE.upper()},
        listing(row(ADELE), row(ADELE, OTHER_ROLE)),
        removing(ADELE),
    )


def test_exactly_those_named_stay() -> None:
    runs = run_four_times(
        TASK,
        {**by_id(ADELE, BERTA), "state": "exact"},
        before=[roles(), listing(row(BERTA), row(CARLA))],
        writing=[adding(ADELE), removing(CARLA)],
        after=[roles(), listing(row(ADELE), row(BERTA))],
    )
    assert runs.diff == (
        {"assignments": [{"object_id": CARLA, "name": f"Name of {CARLA}"}]},
        {"assignments": [{"object_id": ADELE, "name": ADELE}]},
    )
    assert counts(runs.check.values) == counts(runs.do.values) == [1, 1, 1, 2]


def test_exactly_nobody_removes_everybody() -> None:
    runs = run_four_times(
        TASK,
        {**CHOSEN, "principals": [], "state": "exact"},
        before=[roles(), listing(row(ADELE), row(BERTA))],
        writing=[batch(delete_item(ADELE), delete_item(BERTA), replies=[reply(0, 204), reply(1, 204)])],
        after=[roles(), listing()],
    )
    assert counts(runs.do.values) == [0, 2, 0, 0]


def test_one_with_another_role_is_given_the_right_one() -> None:
    runs = run_four_times(
        TASK,
        {**by_id(ADELE), "state": "exact"},
        before=[roles(), listing(row(ADELE, OTHER_ROLE))],
        writing=[adding(ADELE), removing(ADELE, OTHER_ROLE)],
        after=[roles(), listing(row(ADELE))],
    )
    assert counts(runs.check.values) == counts(runs.do.values)
    added, removed, unchanged, total = counts(runs.do.values)
    assert (added, removed, total) == (1, 1, 1)
    assert unchanged >= 0


@pytest.mark.parametrize(("limit", "refused"), [(1, True), (2, False), (0, True), (None, False)])
@pytest.mark.parametrize("check_mode", [False, True])
def test_no_more_than_allowed_are_removed(limit: int | None, refused: bool, check_mode: bool) -> None:
    params = {**CHOSEN, "principals": [], "state": "exact", "max_removals": limit}
    reads = [roles(), listing(row(ADELE), row(BERTA))]
    if refused:
        with pytest.raises(EntraError, match=f"2 assignments .* max_removals allows {limit}; nothing was changed"):
            run(TASK, params, *reads, check_mode=check_mode)
        return
    writes = [batch(delete_item(ADELE), delete_item(BERTA), replies=[reply(0, 204), reply(1, 204)])]
    assert run(TASK, params, *reads, *([] if check_mode else writes), check_mode=check_mode).changed


def test_all_pages_of_the_list_are_read() -> None:
    link = f"https://graph.microsoft.com/v1.0{ASSIGNED_TO}?$skiptoken=a"
    query = {"$top": "999", "$select": LISTED}
    first = Exchange("GET", f"/v1.0{ASSIGNED_TO}", query=query, reply=collection(row(BERTA), next_link=link))
    second = Exchange("GET", f"/v1.0{ASSIGNED_TO}", query={"$skiptoken": "a"}, reply=collection(row(ADELE)))
    assert counts(run(TASK, by_id(ADELE), roles(), first, second).values) == [0, 0, 1, 2]


# Names


def user(name: str, found: str | None, **facts: t.Any) -> Exchange:
    path, query = f"/v1.0/users/{name}", {"$select": USER_FIELDS}
    if found is None:
        return not_found("GET", path, query=query)
    return Exchange("GET", path, query=query, reply={"id": found, "userType": "Member", **facts})


def group(name: str, *found: str) -> Exchange:
    query = {"$filter": f"displayName eq '{name}'", "$select": GROUP_FIELDS}
    return Exchange("GET", "/v1.0/groups", query=query, reply=collection(*({"id": each} for each in found)))


def named(*principals: Tree) -> Tree:
    return {**CHOSEN, "principals": list(principals)}


def test_users_and_groups_are_named_as_people_name_them() -> None:
    runs = run_four_times(
        TASK,
        named({"user": "adele@contoso.example"}, {"group": "The team's"}),
        before=[user("adele@contoso.example", ADELE.upper()), group("The team''s", TEAM), roles(), listing()],
        writing=[batch(post_item(ADELE), post_item(TEAM), replies=[reply(0), reply(1)])],
        after=[
            user("adele@contoso.example", ADELE),
            group("The team''s", TEAM),
            roles(),
            listing(row(ADELE), row(TEAM)),
        ],
    )
    assert runs.do.after["assignments"] == [
        {"object_id": ADELE, "name": "adele@contoso.example"},
        {"object_id": TEAM, "name": "The team's"},
    ]


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("berta_fabrikam.example#EXT#@contoso.example", "berta_fabrikam.example%23EXT%23@contoso.example"),
        (ADELE, ADELE),
    ],
)
def test_a_user_name_with_odd_characters_is_encoded(name: str, sent: str) -> None:
    assert not run(TASK, named({"user": name}), user(sent, ADELE), roles(), listing(row(ADELE))).changed


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("$o'hara#EXT#@c.example", "%24o''hara%23EXT%23@c.example"),
        ("o'hara@contoso.example", "o''hara@contoso.example"),
        ("a(b)@contoso.example", "a%28b%29@contoso.example"),
    ],
)
def test_a_user_name_that_cannot_stand_in_a_path_is_written_as_a_key(name: str, key: str) -> None:
    with pytest.raises(InputError, match="there is no user"):
        run(
            TASK,
            named({"user": name}),
            not_found("GET", f"/v1.0/users('{key}')", query={"$select": USER_FIELDS}),
        )


@pytest.mark.parametrize("name", [".", ".."])
def test_a_name_that_would_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="is no name"):
        run(TASK, named({"user": name}))


def test_a_group_may_be_named_by_its_id() -> None:
    found = Exchange("GET", f"/v1.0/groups/{TEAM}", query={"$select": GROUP_FIELDS}, reply={"id": TEAM})
    assert not run(TASK, named({"group": TEAM}), found, roles(), listing(row(TEAM))).changed


def test_one_that_is_named_twice_counts_once() -> None:
    params = named({"user": "a@x.example"}, {"object_id": ADELE.upper()}, {"object_id": ADELE})
    result = run(TASK, params, user("a@x.example", ADELE), roles(), listing(), adding(ADELE))
    assert counts(result.values) == [1, 0, 0, 1]
    assert len(result.values["principals"]) == 1


def test_more_than_two_names_are_looked_up_in_one_batch() -> None:
    items = [
        {"method": "GET", "url": f"/users/a%23b@x.example?$select={USER_FIELDS}"},
        {"method": "GET", "url": f"/users/b@x.example?$select={USER_FIELDS}"},
        {
            "method": "GET",
            "url": f"/groups?$filter=displayName%20eq%20%27R%26D%27&$select={GROUP_FIELDS}",
        },
    ]
    found = [reply(0, 200, {"id": ADELE}), reply(2, 200, collection({"id": TEAM})), reply(1, 200, {"id": BERTA})]
    result = run(
        TASK,
        named({"user": "a#b@x.example"}, {"user": "b@x.example"}, {"group": "R&D"}),
        batch(*items, replies=found),
        roles(),
        listing(row(ADELE), row(BERTA), row(TEAM)),
    )
    assert counts(result.values) == [0, 0, 3, 3]


@pytest.mark.parametrize("check_mode", [False, True])
def test_all_names_that_lead_nowhere_are_told_before_anything_is_written(check_mode: bool) -> None:
    params = named({"user": "nobody@x.example"}, {"object_id": ADELE}, {"group": "Nothing"})
    with pytest.raises(InputError) as raised:
        run(TASK, params, user("nobody@x.example", None), group("Nothing"), check_mode=check_mode)
    text = raised.value.explanation()
    assert "there is no user 'nobody@x.example'" in text
    assert "there is no group 'Nothing'" in text
    assert raised.value.option == "principals"


def test_all_names_that_lead_nowhere_are_told_when_they_are_many() -> None:
    names = [f"u{at}@x.example" for at in range(3)]
    items = [{"method": "GET", "url": f"/users/{name}?$select={USER_FIELDS}"} for name in names]
    replies = [reply(0, 404, error_body("X")), reply(1, 200, {"id": ADELE}), reply(2, 404, error_body("X"))]
    with pytest.raises(InputError) as raised:
        run(TASK, named(*({"user": name} for name in names)), batch(*items, replies=replies))
    assert names[0] in raised.value.message
    assert names[1] not in raised.value.message
    assert names[2] in raised.value.message


def test_a_name_that_several_groups_bear_is_refused_and_they_are_named() -> None:
    with pytest.raises(InputError) as raised:
        run(TASK, named({"group": "Team"}), group("Team", TEAM, DORA))
    assert TEAM in raised.value.message
    assert DORA in raised.value.message
    assert "object_id" in raised.value.hint


def test_names_that_may_not_be_looked_up_are_a_failure_and_not_unknown() -> None:
    denied = Exchange(
        "GET",
        "/v1.0/users/a@x.example",
        query={"$select": USER_FIELDS},
        status=403,
        reply=error_body("Authorization_RequestDenied"),
    )
    with pytest.raises(GraphError) as raised:
        run(TASK, named({"user": "a@x.example"}), denied)
    text = raised.value.explanation()
    assert text.startswith("Could not look up the principals")
    assert "User.ReadBasic.All" in text


@pytest.mark.parametrize("principal", [{}, {"user": ""}, {"user": "a@x.example", "group": "Team"}])
def test_a_principal_is_named_in_exactly_one_way(principal: Tree) -> None:
    with pytest.raises(InputError, match="principals: .* exactly one of"):
        run(TASK, named(principal))


def test_an_object_id_is_a_guid() -> None:
    with pytest.raises(InputError, match="principals.object_id: 'adele' is not a GUID"):
        run(TASK, by_id("adele"))


def test_a_guest_is_assigned_with_a_warning() -> None:
    exchanges = [user("g@x.example", ADELE, userType="Guest"), roles(), listing(row(ADELE))]
    result = run(TASK, named({"user": "g@x.example"}), *exchanges)
    assert "g@x.example" in result.warnings[0]
    absent = {**named({"user": "g@x.example"}), "state": "absent"}
    assert run(TASK, absent, exchanges[0], roles(), listing()).warnings == []


# Roles


def test_a_role_is_named_by_its_name() -> None:
    offered = [app_role(), app_role(OTHER_ROLE, "Reader", value="read")]
    for name in ("Reader", "read"):
        result = run(TASK, {**by_id(ADELE), "app_role": name}, roles(*offered), listing(row(ADELE, OTHER_ROLE)))
        assert not result.changed


def test_a_role_that_is_not_offered_is_refused_with_those_that_are() -> None:
    with pytest.raises(InputError, match="app_role: .* no role 'Writer'") as raised:
        run(TASK, {**by_id(ADELE), "app_role": "Writer"}, roles())
    assert "msiam_access" in raised.value.hint


def test_an_application_without_roles_takes_the_default_access() -> None:
    nothing = Exchange("GET", PRINCIPAL_PATH, query={"$select": "id,appRoles"}, reply={"id": PRINCIPAL, "appRoles": []})
    run(TASK, by_id(ADELE), nothing, listing(), adding(ADELE, ZERO))


# What the service refuses


@pytest.mark.parametrize("status", [400, 409])
@pytest.mark.parametrize(
    "answer", [ALREADY, error_body("Request_MultipleObjectsWithSameKeyValue", "EntitlementGrant entry already exists.")]
)
def test_one_that_is_assigned_already_is_unchanged(status: int, answer: Tree) -> None:
    result = run(TASK, by_id(ADELE), roles(), listing(), adding(ADELE, status=status, reply=answer))
    assert not result.changed
    assert counts(result.values) == [0, 0, 1, 1]
    assert result.after == {}


def test_one_whose_assignment_somebody_else_removed_is_not_counted() -> None:
    result = run(
        TASK,
        {**by_id(ADELE), "state": "absent"},
        roles(),
        listing(row(ADELE), row(BERTA)),
        removing(ADELE, status=404, reply=error_body("Request_ResourceNotFound")),
    )
    assert not result.changed
    assert counts(result.values) == [0, 0, 1, 1]


def test_single_failures_are_told_with_what_was_done() -> None:
    missing = error_body("Request_ResourceNotFound", "No such principal.")
    denied = error_body("Authorization_RequestDenied", "Insufficient.")
    error = partly(
        roles(),
        listing(row(DORA)),
        batch(
            post_item(ADELE),
            post_item(BERTA),
            post_item(CARLA),
            replies=[reply(0), reply(1, 403, denied), reply(2, 400, ALREADY)],
        ),
        principals=by_id(ADELE, BERTA, CARLA, DORA)["principals"],
    )
    assert error.changed
    assert counts(error.values) == [1, 0, 2, 3]
    (failure,) = error.values["assignments"]["failed"]
    assert (failure["object_id"], failure["status"], failure["code"]) == (BERTA, 403, "Authorization_RequestDenied")
    assert "AppRoleAssignment.ReadWrite.All" in failure["hint"]
    assert "1 of 4" in error.message
    assert error.details()["code"] == "PartlyDone"
    assert missing["error"]["message"] not in error.message


def test_a_single_one_that_is_refused_is_a_failure_without_a_change() -> None:
    error = partly(
        roles(),
        listing(),
        adding(ADELE, status=403, reply=error_body("Authorization_RequestDenied")),
        principals=[{"object_id": ADELE}],
    )
    assert not error.changed
    assert counts(error.values) == [0, 0, 0, 0]
    assert "AppRoleAssignment.ReadWrite.All together with Application.Read.All" in error.explanation()


def test_a_failed_removal_does_not_touch_the_counts_of_those_wanted() -> None:
    error = partly(
        roles(),
        listing(row(ADELE), row(BERTA)),
        removing(BERTA, status=403, reply=error_body("Authorization_RequestDenied")),
        principals=[{"object_id": ADELE}],
        state="exact",
    )
    assert counts(error.values) == [0, 0, 1, 2]


def test_a_principal_that_is_not_replicated_yet_is_tried_again() -> None:
    clock = Clock()
    early = adding(ADELE, status=400, reply=NO_REFERENCE)
    result = run(TASK, by_id(ADELE), roles(), listing(), early, listing(), early, listing(), adding(ADELE), clock=clock)
    assert counts(result.values) == [1, 0, 0, 1]
    assert clock.waits == [0.5, 1.0]


def test_a_principal_that_never_shows_is_a_failure() -> None:
    clock = Clock()
    early = adding(ADELE, status=404, reply=error_body("Request_ResourceNotFound"))
    error = partly(roles(), listing(), *[early, listing()] * 5, early, clock=clock, principals=[{"object_id": ADELE}])
    assert sum(clock.waits) <= 20
    assert error.values["assignments"]["failed"][0]["status"] == 404


def test_a_lost_answer_to_an_assignment_that_was_carried_out_assigns_nothing_twice() -> None:
    lost = adding(ADELE, error=requests.ConnectionError("reset"))
    result = run(TASK, by_id(ADELE), roles(), listing(), lost, listing(row(ADELE)))
    assert counts(result.values) == [1, 0, 0, 1]


def test_a_lost_answer_to_an_assignment_that_was_not_carried_out_is_tried_again() -> None:
    lost = adding(ADELE, status=504, reply="")
    result = run(TASK, by_id(ADELE), roles(), listing(), lost, listing(), adding(ADELE))
    assert counts(result.values) == [1, 0, 0, 1]


def test_a_lost_batch_is_looked_for_and_only_what_is_missing_is_sent_again() -> None:
    lost = batch(post_item(ADELE), post_item(BERTA), error=requests.ConnectionError("reset"))
    result = run(TASK, by_id(ADELE, BERTA), roles(), listing(), lost, listing(row(BERTA)), adding(ADELE))
    assert counts(result.values) == [2, 0, 0, 2]


def test_one_that_is_throttled_inside_a_batch_is_sent_again_alone() -> None:
    clock = Clock()
    throttled = {"id": "1", "status": 429, "headers": {"Retry-After": "4"}, "body": error_body("TooManyRequests")}
    again = Exchange(
        "POST",
        "/v1.0/$batch",
        json={"requests": [{"id": "1", **post_item(BERTA)}]},
        reply={"responses": [reply(1)]},
    )
    result = run(
        TASK,
        by_id(ADELE, BERTA),
        roles(),
        listing(),
        batch(post_item(ADELE), post_item(BERTA), replies=[reply(0), throttled]),
        again,
        clock=clock,
    )
    assert counts(result.values) == [2, 0, 0, 2]
    assert 4.0 in clock.waits


def test_a_batch_that_is_refused_does_not_hide_what_was_done_before() -> None:
    denied = error_body("Authorization_RequestDenied", "Insufficient.")
    error = partly(
        roles(),
        listing(row(DORA)),
        batch(post_item(ADELE), post_item(BERTA), status=403, reply=denied),
        removing(DORA),
        principals=by_id(ADELE, BERTA)["principals"],
        state="exact",
    )
    assert error.changed
    assert counts(error.values) == [0, 1, 0, 0]


def test_a_lost_answer_to_a_removal_is_looked_for() -> None:
    params = {**by_id(ADELE), "state": "absent"}
    lost = removing(ADELE, error=requests.ConnectionError("reset"))
    done = run(TASK, params, roles(), listing(row(ADELE)), lost, listing())
    assert counts(done.values) == [0, 1, 0, 0]
    not_done = run(TASK, params, roles(), listing(row(ADELE)), lost, listing(row(ADELE)), removing(ADELE))
    assert counts(not_done.values) == [0, 1, 0, 0]


def test_what_an_earlier_try_of_ours_did_is_counted_though_the_list_lags() -> None:
    gone = error_body("Request_ResourceNotFound")
    removal = run(
        TASK,
        {**by_id(ADELE), "state": "absent"},
        roles(),
        listing(row(ADELE)),
        removing(ADELE, error=requests.ConnectionError("reset")),
        listing(row(ADELE)),
        removing(ADELE, status=404, reply=gone),
    )
    assert (removal.changed, counts(removal.values)) == (True, [0, 1, 0, 0])
    addition = run(
        TASK,
        by_id(ADELE),
        roles(),
        listing(),
        adding(ADELE, status=504, reply=""),
        listing(),
        adding(ADELE, status=400, reply=ALREADY),
    )
    assert (addition.changed, counts(addition.values)) == (True, [1, 0, 0, 1])


# Which configuration


def test_a_configuration_that_does_not_exist_yet_is_predicted() -> None:
    params = {"target_tenant_id": OTHER, "principals": [{"object_id": ADELE}]}
    result = run(TASK, params, *reading_configurations(), check_mode=True)
    assert counts(result.values) == [1, 0, 0, 1]
    result = run(TASK, {**by_id(ADELE), "service_principal_id": ZERO}, check_mode=True)
    assert result.changed
    with pytest.raises(EntraError, match="no configuration"):
        run(TASK, params, *reading_configurations())


def test_the_configuration_is_found_by_its_target() -> None:
    params = {"target_tenant_id": OTHER, "principals": [{"object_id": ADELE}]}
    found = reading_configurations((service_principal(), secrets()))
    assert not run(TASK, params, *found, roles(), listing(row(ADELE))).changed


def test_what_was_returned_can_be_given_again() -> None:
    exchanges = [roles(), listing(row(ADELE))]
    returned = run(TASK, by_id(ADELE), *exchanges).values["principals"]
    assert not run(
        TASK, {**CHOSEN, "principals": [{"object_id": each["object_id"]} for each in returned]}, *exchanges
    ).changed
