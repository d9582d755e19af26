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
from hypothesis import given
from hypothesis import strategies as st

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


def row(principal: str, role: str = ROLE, number: int = 0, **more: t.Any) -> Tree:
    """An assignment as Graph lists it."""
    return {
        "id": f"assignment-{principal}-{role}-{number}",
        "appRoleId": role,
        "principalId": principal,
        "principalDisplayName": f"Name of {principal}",
        "principalType": "User",
        **more,
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


def user_item(name: str) -> Tree:
    return {"method": "GET", "url": f"/users/{name}?$select={USER_FIELDS}"}


def group_item(name: str) -> Tree:
    return {"method": "GET", "url": f"/groups?$filter=displayName%20eq%20%27{name}%27&$select={GROUP_FIELDS}"}


def inside(group_id: str, *names: str, **more: t.Any) -> Exchange:
    """How the groups inside a group are read."""
    path = f"/v1.0/groups/{group_id}/members/microsoft.graph.group"
    found = collection(*({"id": guid(0x400 + at), "displayName": name} for at, name in enumerate(names)))
    return Exchange("GET", path, query={"$select": "id,displayName"}, **{"reply": found, **more})


def named(*principals: Tree) -> Tree:
    return {**CHOSEN, "principals": list(principals)}


def test_users_and_groups_are_named_as_people_name_them() -> None:
    items = [user_item("adele@contoso.example"), group_item("The%20team%27%27s")]
    looked_up = batch(*items, replies=[reply(1, 200, collection({"id": TEAM})), reply(0, 200, {"id": ADELE.upper()})])
    runs = run_four_times(
        TASK,
        named({"user": "adele@contoso.example"}, {"group": "The team's"}),
        before=[looked_up, roles(), listing(), inside(TEAM)],
        writing=[batch(post_item(ADELE), post_item(TEAM), replies=[reply(0), reply(1)])],
        after=[looked_up, roles(), listing(row(ADELE), row(TEAM))],
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


def test_several_names_are_looked_up_in_one_batch() -> None:
    items = [user_item("a%23b@x.example"), user_item("b@x.example"), group_item("R%26D")]
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
    replies = [reply(0, 404, error_body("Request_ResourceNotFound")), reply(1, 200, collection())]
    looked_up = batch(user_item("nobody@x.example"), group_item("Nothing"), replies=replies)
    with pytest.raises(InputError) as raised:
        run(TASK, params, looked_up, check_mode=check_mode)
    text = raised.value.explanation()
    assert "there is no user 'nobody@x.example'" in text
    assert "there is no group 'Nothing'" in text
    assert raised.value.option == "principals"


def test_all_names_that_lead_nowhere_are_told_when_they_are_many() -> None:
    names = [f"u{at}@x.example" for at in range(3)]
    items = [user_item(name) for name in names]
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


# Those assigned in vain


@pytest.mark.parametrize(
    "facts",
    [
        {"userType": "Guest"},
        {"userType": "guest", "userPrincipalName": None},
        {"userType": "Member", "userPrincipalName": "b_fabrikam.example#EXT#@contoso.example"},
        {"userType": None, "userPrincipalName": "b_fabrikam.example#ext#@contoso.example"},
    ],
)
def test_who_comes_from_another_tenant_is_assigned_with_a_warning(facts: Tree) -> None:
    exchanges = [user("g@x.example", ADELE, **facts), roles(), listing(row(ADELE))]
    (warning,) = run(TASK, named({"user": "g@x.example"}), *exchanges).warnings
    assert "never synchronized: g@x.example" in warning
    absent = {**named({"user": "g@x.example"}), "state": "absent"}
    assert run(TASK, absent, exchanges[0], roles(), listing()).warnings == []


def test_a_user_who_is_like_most_is_not_warned_of() -> None:
    facts = {"userType": None, "userPrincipalName": "g@x.example", "accountEnabled": True}
    exchanges = [user("g@x.example", ADELE, **facts), roles(), listing(row(ADELE))]
    assert run(TASK, named({"user": "g@x.example"}), *exchanges).warnings == []


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_disabled_user_stays_in_the_target_tenant_when_he_is_unassigned(check_mode: bool) -> None:
    found = user("d@x.example", ADELE, accountEnabled=False)
    params = named({"user": "d@x.example"})
    (assigned,) = run(TASK, params, found, roles(), listing(row(ADELE)), check_mode=check_mode).warnings
    assert "not deleted there" in assigned
    writes = [] if check_mode else [removing(ADELE)]
    absent = {**params, "state": "absent"}
    (warning,) = run(TASK, absent, found, roles(), listing(row(ADELE)), *writes, check_mode=check_mode).warnings
    assert "stay in the target tenant" in warning
    assert "d@x.example" in warning
    assert run(TASK, absent, found, roles(), listing(), check_mode=check_mode).warnings == []


def test_a_group_that_is_not_security_enabled_is_warned_of() -> None:
    query = {"$select": GROUP_FIELDS}
    found = Exchange("GET", f"/v1.0/groups/{TEAM}", query=query, reply={"id": TEAM, "securityEnabled": False})
    (warning,) = run(TASK, named({"group": TEAM}), found, roles(), listing(row(TEAM))).warnings
    assert "security-enabled" in warning


NESTED = "Members of groups inside groups are not in scope: Team contains Inner, Other."


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_group_that_is_added_is_looked_into_for_groups(check_mode: bool) -> None:
    reads = [group("Team", TEAM), roles(), listing(), inside(TEAM, "Inner", "Other")]
    writes = [] if check_mode else [adding(TEAM)]
    result = run(TASK, named({"group": "Team"}), *reads, *writes, check_mode=check_mode)
    assert result.warnings == [NESTED]
    (principal,) = result.values["principals"]
    assert principal == {"object_id": TEAM, "name": "Team", "type": "group"}
    handed_on = {**CHOSEN, "principals": [principal]}
    assert run(TASK, handed_on, *reads[1:], *writes, check_mode=check_mode).warnings == [NESTED]


@pytest.mark.parametrize("status", [400, 404, 405, 501])
def test_a_service_that_does_not_filter_members_by_type_is_asked_for_all_of_them(status: int) -> None:
    members = [
        {"@odata.type": "#microsoft.graph.user", "id": ADELE, "displayName": "Adele"},
        {"@odata.type": "#microsoft.graph.group", "id": DORA, "displayName": "Inner"},
        {"@odata.type": "#microsoft.graph.group", "id": CARLA, "displayName": "Other"},
    ]
    path, query = f"/v1.0/groups/{TEAM}/members", {"$select": "id,displayName"}
    refused = inside(TEAM, status=status, reply=error_body("Request_UnsupportedQuery"))
    everybody = Exchange("GET", path, query=query, reply=collection(*members))
    reads = [group("Team", TEAM), roles(), listing(), refused, everybody]
    assert run(TASK, named({"group": "Team"}), *reads, adding(TEAM)).warnings == [NESTED]


def test_a_group_that_may_not_be_looked_into_is_assigned_with_a_warning() -> None:
    refused = inside(TEAM, status=403, reply=error_body("Authorization_RequestDenied"))
    result = run(TASK, named({"group": "Team"}), group("Team", TEAM), roles(), listing(), refused, adding(TEAM))
    assert result.changed
    assert result.warnings == ["Whether groups contain groups could not be read: Team (Authorization_RequestDenied)."]


def test_an_empty_first_page_of_inner_groups_is_not_the_end() -> None:
    path = f"/v1.0/groups/{TEAM}/members/microsoft.graph.group"
    empty = collection(next_link=f"https://graph.microsoft.com{path}?$skiptoken=a")
    pages = [
        inside(TEAM, reply=empty),
        inside(TEAM, reply=empty),
        Exchange("GET", path, query={"$skiptoken": "a"}, reply=inside(TEAM, "Inner", "Other").reply),
    ]
    reads = [group("Team", TEAM), roles(), listing(), *pages]
    assert run(TASK, named({"group": "Team"}), *reads, adding(TEAM)).warnings == [NESTED]


def phone(user_id: str, state: str | None = None, **more: t.Any) -> Exchange:
    path = f"/v1.0/users/{user_id}/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7"
    if state is None and not more:
        return not_found("GET", path)
    return Exchange("GET", path, **{"reply": {"phoneNumber": "+1 5550100", "smsSignInState": state}, **more})


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(("state", "warned"), [("ready", 1), ("Ready", 1), ("notEnabled", 0), (None, 0)])
def test_users_who_sign_in_by_sms_are_warned_of_when_asked_for(
    state: str | None, warned: int, check_mode: bool
) -> None:
    params = {**named({"user": "a@x.example"}), "check_sign_in_methods": True}
    reads = [user("a@x.example", ADELE), roles(), listing(row(ADELE)), phone(ADELE, state)]
    warnings = run(TASK, params, *reads, check_mode=check_mode).warnings
    assert len(warnings) == warned
    assert all("SMS" in each and "a@x.example" in each and "5550100" not in each for each in warnings)


def test_of_many_users_the_first_tells_whether_sign_in_methods_may_be_read() -> None:
    params = {**by_id(ADELE, BERTA, CARLA, DORA), "check_sign_in_methods": True}
    reads = [roles(), listing(*map(row, (ADELE, BERTA, CARLA, DORA)))]
    denied = phone(ADELE, status=403, reply=error_body("Authorization_RequestDenied"))
    (warning,) = run(TASK, params, *reads, denied).warnings
    assert "UserAuthenticationMethod.Read.All" in warning
    path = "/users/{}/authentication/phoneMethods/3179e48a-750b-4051-897c-87b9720928f7"
    items = [{"method": "GET", "url": path.format(each)} for each in (BERTA, CARLA, DORA)]
    # What is given by its object id may be a group, which is no user and is not warned of.
    replies = [
        reply(0, 404, error_body("Request_ResourceNotFound")),
        reply(1, 400, error_body("Request_BadRequest")),
        reply(2, 200, {"smsSignInState": "ready"}),
    ]
    (warning,) = run(TASK, params, *reads, phone(ADELE), batch(*items, replies=replies)).warnings
    assert DORA in warning
    assert not any(each in warning for each in (ADELE, BERTA, CARLA))


@pytest.mark.parametrize("kind", ["User", "Group", "ServicePrincipal", None])
def test_the_principals_returned_may_be_given_to_the_next_task(kind: str | None) -> None:
    params = by_id(ADELE, BERTA)
    current = listing(row(ADELE, principalType=kind), row(BERTA, principalType="User"))
    found = run(TASK, params, roles(), current).values["principals"]
    first: Tree = {"object_id": ADELE, "name": ADELE}
    known = {"type": kind.lower()} if kind in ("User", "Group") else {}
    assert found == [{**first, **known}, {"object_id": BERTA, "name": BERTA, "type": "user"}]
    assert not run(TASK, {**params, "principals": found}, roles(), current).changed


# How many lose their scope


def person(user_id: str) -> Tree:
    return {"@odata.type": "#microsoft.graph.user", "id": user_id}


def members(group_id: str, *people: str, **more: t.Any) -> Exchange:
    """How the members of one group are counted."""
    query, rows = {"$select": "id", "$top": "999"}, map(person, people)
    return Exchange("GET", f"/v1.0/groups/{group_id}/members", query=query, **{"reply": collection(*rows), **more})


def members_together(found: dict[str, list[Tree]]) -> Exchange:
    """How the members of several groups are counted."""
    items = [{"method": "GET", "url": f"/groups/{each}/members?$select=id&$top=999"} for each in found]
    return batch(*items, replies=[reply(at, 200, collection(*rows)) for at, rows in enumerate(found.values())])


def team(**more: t.Any) -> Tree:
    return row(TEAM, **{"principalType": "Group", "principalDisplayName": "Team", **more})


NOBODY = {**CHOSEN, "principals": [], "state": "exact"}


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_group_counts_as_its_direct_members(check_mode: bool) -> None:
    reads = [roles(), listing(team(), row(DORA)), members(TEAM, ADELE, BERTA, CARLA)]
    with pytest.raises(EntraError) as raised:
        run(TASK, {**NOBODY, "max_removals": 3}, *reads, check_mode=check_mode)
    assert "4 users would lose their scope with 2 assignments (Team with 3, Name of " in raised.value.message
    writes = [batch(delete_item(TEAM), delete_item(DORA), replies=[reply(0, 204), reply(1, 204)])]
    result = run(TASK, {**NOBODY, "max_removals": 4}, *reads, *([] if check_mode else writes), check_mode=check_mode)
    assert result.values["assignments"]["affected_users"] == 4
    assert counts(result.values) == [0, 2, 0, 0]


def test_only_users_are_counted_each_once_and_whoever_stays_by_name_is_not() -> None:
    inner = {"@odata.type": "#microsoft.graph.group", "id": guid(0x500)}
    untyped = {"id": CARLA.upper()}
    others = (BERTA, CARLA, guid(0x501))
    found = [members_together({TEAM: [person(ADELE), person(BERTA), inner, untyped], DORA: [*map(person, others)]})]
    second = row(DORA, principalType="group")
    params = {**by_id(ADELE), "state": "exact", "max_removals": 3}
    reads = [roles(), listing(row(ADELE), team(), second), *found]
    removed = batch(delete_item(TEAM), delete_item(DORA), replies=[reply(0, 204), reply(1, 204)])
    assert run(TASK, params, *reads, removed).values["assignments"]["affected_users"] == 3
    with pytest.raises(EntraError, match="3 users would lose their scope with 2 assignments"):
        run(TASK, {**params, "max_removals": 2}, *reads)


def test_whoever_gets_another_role_loses_nothing() -> None:
    params = {**by_id(ADELE, TEAM), "state": "exact", "max_removals": 0}
    rows = [row(ADELE, OTHER_ROLE), team(), row(TEAM, OTHER_ROLE, principalType="Group")]
    removed = batch(
        delete_item(ADELE, OTHER_ROLE), delete_item(TEAM, OTHER_ROLE), replies=[reply(0, 204), reply(1, 204)]
    )
    result = run(TASK, params, roles(), listing(*rows), adding(ADELE), removed)
    assert result.values["assignments"]["affected_users"] == 0


def test_whoever_does_not_get_the_other_role_keeps_the_one_he_has() -> None:
    error = partly(
        roles(),
        listing(row(ADELE, OTHER_ROLE), row(BERTA)),
        adding(ADELE, status=403, reply=error_body("Authorization_RequestDenied")),
        removing(BERTA),
        principals=[{"object_id": ADELE}],
        state="exact",
    )
    assert counts(error.values) == [0, 1, 0, 1]


def test_all_pages_of_members_are_counted() -> None:
    link = f"https://graph.microsoft.com/v1.0/groups/{TEAM}/members?$skiptoken=a"
    pages = [
        members(TEAM, reply=collection(next_link=link)),
        Exchange("GET", f"/v1.0/groups/{TEAM}/members", query={"$skiptoken": "a"}, reply=collection({"id": ADELE})),
    ]
    result = run(TASK, {**NOBODY, "max_removals": 1}, roles(), listing(team()), *pages, removing(TEAM))
    assert result.values["assignments"]["affected_users"] == 1


def test_the_members_of_many_groups_are_read_in_one_batch() -> None:
    groups = [guid(0x600 + at) for at in range(4)]
    items = [{"method": "GET", "url": f"/groups/{each}/members?$select=id&$top=999"} for each in groups]
    link = f"https://graph.microsoft.com/v1.0/groups/{groups[1]}/members?$skiptoken=a"
    replies = [
        reply(0, 200, collection({"id": ADELE})),
        reply(1, 200, collection({"id": BERTA}, next_link=link)),
        reply(2, 404, error_body("Request_ResourceNotFound")),
        reply(3, 200, collection()),
    ]
    rest = Exchange(
        "GET", f"/v1.0/groups/{groups[1]}/members", query={"$skiptoken": "a"}, reply=collection({"id": DORA})
    )
    again = members(groups[1], reply=collection({"id": BERTA}, next_link=link))
    rows = [row(each, principalType="Group") for each in groups]
    reads = [roles(), listing(*rows), batch(*items, replies=replies), again, rest]
    removed = batch(*map(delete_item, groups), replies=[reply(at, 204) for at in range(4)])
    # A group that is gone stands for itself.
    result = run(TASK, {**NOBODY, "max_removals": 4}, *reads, removed)
    assert result.values["assignments"]["affected_users"] == 4


@pytest.mark.parametrize("check_mode", [False, True])
def test_members_that_may_not_be_counted_are_a_failure_and_not_a_guess(check_mode: bool) -> None:
    denied = members(TEAM, status=403, reply=error_body("Authorization_RequestDenied"))
    with pytest.raises(GraphError) as raised:
        run(TASK, {**NOBODY, "max_removals": 99}, roles(), listing(team()), denied, check_mode=check_mode)
    text = raised.value.explanation()
    assert text.startswith("Could not count the members of the groups")
    assert "GroupMember.Read.All" in text


def test_nobody_is_counted_without_a_limit_or_without_removals() -> None:
    unlimited = run(TASK, NOBODY, roles(), listing(team()), removing(TEAM))
    assert "affected_users" not in unlimited.values["assignments"]
    kept = run(TASK, {**by_id(TEAM), "state": "exact", "max_removals": 0}, roles(), listing(team()))
    assert kept.values["assignments"]["affected_users"] == 0


def test_a_limit_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="max_removals"):
        run(TASK, {**NOBODY, "max_removals": -1})


@given(st.data())
def test_the_guard_counts_whoever_loses_the_scope(data: st.DataObject) -> None:
    people = [guid(0x700 + at) for at in range(6)]
    groups = [guid(0x800 + at) for at in range(2)]
    inside_of = {each: data.draw(st.sets(st.sampled_from(people))) for each in groups}
    assigned = data.draw(st.lists(st.sampled_from([*people, *groups]), unique=True))
    wanted = data.draw(st.lists(st.sampled_from(people), unique=True))
    limit = data.draw(st.integers(0, 6))
    rows = [row(each, principalType="Group" if each in groups else "User") for each in assigned]
    gone = [each for each in assigned if each not in wanted]
    kept = set(assigned) & set(wanted)
    lost = {user for each in gone for user in inside_of.get(each, {each})} - kept
    asked = {each: [person(user) for user in inside_of[each]] for each in gone if each in groups}
    counted = [members_together(asked)] if len(asked) > 1 else [members(each, *inside_of[each]) for each in asked]
    reads = [roles(), listing(*rows), *counted]
    params = {**by_id(*wanted), "state": "exact", "max_removals": limit}
    if len(lost) > limit:
        with pytest.raises(EntraError, match=f"^{len(lost)} users would lose"):
            run(TASK, params, *reads, check_mode=True)
    else:
        values = run(TASK, params, *reads, check_mode=True).values
        assert values["assignments"]["affected_users"] == len(lost)


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


def test_a_role_that_cannot_be_assigned_is_refused_before_anything_is_written() -> None:
    disabled = app_role(OTHER_ROLE, "Reader", isEnabled=False)
    for_apps = app_role(guid(0x201), "Daemon", allowedMemberTypes=["Application"])
    offered = roles(app_role(), disabled, for_apps)
    for name, problem in (("Reader", "disabled"), ("Daemon", "not meant for users and groups")):
        with pytest.raises(InputError, match=f"the role '{name}' is {problem}") as raised:
            run(TASK, {**by_id(ADELE), "app_role": name}, offered)
        assert "msiam_access" in raised.value.hint
    with pytest.raises(InputError, match="is disabled"):
        run(TASK, {**by_id(ADELE), "app_role": OTHER_ROLE}, listing(), offered)
    assert not run(TASK, {**by_id(ADELE), "app_role": OTHER_ROLE}, listing(row(ADELE, OTHER_ROLE))).changed


def test_a_disabled_role_may_still_be_taken_away() -> None:
    offered = roles(app_role(), app_role(OTHER_ROLE, "Reader", isEnabled=False))
    params = {**by_id(ADELE), "app_role": "Reader", "state": "absent"}
    assert run(TASK, params, offered, listing(row(ADELE, OTHER_ROLE)), removing(ADELE, OTHER_ROLE)).changed


def test_a_name_that_several_roles_bear_is_refused() -> None:
    twins = roles(app_role(value="sync"), app_role(OTHER_ROLE, "sync"))
    with pytest.raises(InputError, match="2 roles are called 'sync'") as raised:
        run(TASK, {**by_id(ADELE), "app_role": "sync"}, twins)
    assert ROLE in raised.value.hint


@pytest.mark.parametrize("found", [True, False])
def test_a_role_by_id_that_is_not_shown_is_left_to_the_service(found: bool) -> None:
    query = {"$select": "id,appRoles"}
    late = roles() if found else not_found("GET", PRINCIPAL_PATH, query=query)
    assert run(TASK, {**by_id(ADELE), "app_role": OTHER_ROLE}, listing(), late, adding(ADELE, OTHER_ROLE)).changed


def test_ids_in_capitals_are_the_same_ids() -> None:
    shouted = row(ADELE.upper(), ROLE.upper())
    offered = roles(app_role(ROLE.upper()))
    assert not run(TASK, {**by_id(ADELE), "state": "exact"}, offered, listing(shouted)).changed


def test_the_role_is_an_enabled_one_for_users() -> None:
    offered = [
        app_role(guid(0x201), isEnabled=False),
        app_role(guid(0x202), allowedMemberTypes=["Application"]),
        app_role(guid(0x203), allowedMemberTypes=None),
        app_role(OTHER_ROLE, "User"),
    ]
    run(TASK, by_id(ADELE), roles(*offered), listing(), adding(ADELE, OTHER_ROLE))
    run(TASK, by_id(ADELE), roles(*offered, app_role()), listing(), adding(ADELE, ROLE))
    run(TASK, by_id(ADELE), roles(*offered[:3]), listing(), adding(ADELE, ZERO))


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
