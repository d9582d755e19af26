# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that are not Graph's, and no answers at all: reported, and never taken for an absence."""

from __future__ import annotations

import json
import socket

import pytest

from faults.driver import PAGE, Story, Trouble
from faults.stories import (
    ASSIGN_ONE,
    ASSIGN_THREE,
    CHANGE_APP,
    CHANGE_PARTNER,
    CHANGE_POLICY,
    INSTANTIATE,
    MAKE_APP,
    MAKE_JOB,
    MAKE_PARTNER,
    MAKE_POLICY,
    PROVISION,
    STORE,
    UNASSIGN_ONE,
)
from integration.tenants import SOURCE

READING = (MAKE_PARTNER, CHANGE_PARTNER, MAKE_POLICY, CHANGE_POLICY, MAKE_APP, MAKE_JOB, STORE, ASSIGN_ONE, PROVISION)
NONSENSE = {
    "a proxy's page": PAGE,
    "half an answer": '{"value": [{"id": "tru',
    "nothing": "",
    "a text": '"value"',
    "null": "null",
}


@pytest.mark.parametrize("answer", NONSENSE)
@pytest.mark.parametrize("story", READING, ids=str)
def test_an_answer_that_is_not_graphs_is_a_failure_and_no_absence(trouble: Trouble, story: Story, answer: str) -> None:
    trouble.begin(story)
    trouble.fault("GET", "", "malformed", count=None, body=NONSENSE[answer])
    trouble.refuses(code="UnreadableAnswer", writes=[])


@pytest.mark.parametrize("body", ["{}", '{"value": null}', '{"value": {}}', "[]"])
@pytest.mark.parametrize(
    ("story", "path"),
    [
        (MAKE_APP, "/servicePrincipals$"),
        (MAKE_JOB, "/jobs$"),
        (STORE, "/secrets$"),
        (ASSIGN_ONE, "/appRoleAssignedTo$"),
        (UNASSIGN_ONE, "/appRoleAssignedTo$"),
    ],
    ids=str,
)
def test_a_list_without_its_rows_is_a_failure_and_no_absence(
    trouble: Trouble, story: Story, path: str, body: str
) -> None:
    trouble.begin(story)
    trouble.fault("GET", path, "malformed", count=None, body=body)
    trouble.refuses(code="UnreadableAnswer", writes=[])


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_page_of_a_gateway_that_passes_is_asked_again(trouble: Trouble, status: int) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "/servicePrincipals", "malformed", count=2, status=status, body=PAGE)
    trouble.survives(writes=[INSTANTIATE], waits=(2, 5))


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_redirection_is_not_followed(trouble: Trouble, status: int) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "", "malformed", count=None, status=status, body=PAGE)
    done = trouble.refuses(code=f"HTTP{status}", says="Check graph_url and proxy", writes=[])
    assert len(done.lines) == 1


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.example/v1.0/servicePrincipals?$skiptoken=x",
        "{graph}.example/v1.0/servicePrincipals?$skiptoken=x",
        "//graph.example/v1.0/servicePrincipals",
        "/v1.0/servicePrincipals?$skiptoken=x",
    ],
)
def test_a_next_page_elsewhere_is_refused_and_gets_no_token(trouble: Trouble, link: str) -> None:
    trouble.begin(MAKE_APP)
    body = {"value": [], "@odata.nextLink": link.format(graph=trouble.sim.graph_url)}
    trouble.fault("GET", "/servicePrincipals$", "malformed", body=json.dumps(body))
    done = trouble.refuses(code="BadNextLink", writes=[])
    assert len(done.lines) == 1


def test_a_next_page_that_is_the_page_just_read_is_refused(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    link = f"{trouble.sim.graph_url}/v1.0/servicePrincipals?$skiptoken=x"
    body = json.dumps({"value": [], "@odata.nextLink": link})
    trouble.fault("GET", "/servicePrincipals$", "malformed", count=None, body=body)
    done = trouble.refuses(code="BadNextLink", writes=[])
    assert len(done.lines) == 2


def test_empty_pages_before_the_rows_are_read_through(trouble: Trouble) -> None:
    trouble.begin(CHANGE_APP, empty_first_page=True)
    trouble.survives(waits=(0, 0))


def test_a_second_page_that_cannot_be_read_is_a_failure_and_no_end_of_the_list(trouble: Trouble) -> None:
    trouble.begin(CHANGE_APP, empty_first_page=True)
    trouble.fault("GET", "/servicePrincipals$", nth=2, count=None, status=400, code="Request_BadRequest")
    trouble.refuses(code="Request_BadRequest", writes=[])


def test_a_batch_without_some_of_its_answers_is_asked_for_them_again(trouble: Trouble) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", "malformed", body='{"responses": []}')
    trouble.survives()


@pytest.mark.parametrize(
    "body",
    ["{}", '{"responses": null}', PAGE, "", '{"responses": [{"id": "7", "status": 200}]}', '{"responses": [{}]}'],
)
def test_a_batch_answered_with_nonsense_is_a_failure_and_no_absence(trouble: Trouble, body: str) -> None:
    trouble.begin(ASSIGN_THREE)
    trouble.fault("POST", r"/\$batch$", "malformed", count=None, body=body)
    before = trouble.sim.normalized_state()
    done = trouble.run()
    assert done.failed
    assert "there is no user" not in done.message
    assert done.writes == []
    assert sum(done.waits) <= 60
    assert trouble.sim.normalized_state() == before


def test_a_connection_that_is_refused_is_tried_a_few_times(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = trouble.run(graph_url=nobody)
    assert done.code == "NeverSent"
    assert "graph_url" in done.message
    assert "refused" in done.message
    assert 0 < sum(done.waits) <= 60
    assert trouble.principals() == []


def test_a_name_that_nobody_has_is_tried_a_few_times(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    done = trouble.run(graph_url="https://graph.invalid")
    assert done.failed
    assert "graph_url" in done.message
    assert sum(done.waits) <= 60


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_question_whose_connection_breaks_is_asked_again(trouble: Trouble, effect: str) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("GET", "", effect, count=3)
    trouble.survives(writes=[INSTANTIATE], waits=(3, 10))


def test_an_answer_that_takes_longer_than_the_time_out_is_asked_for_again(trouble: Trouble) -> None:
    trouble.begin(MAKE_APP)
    trouble.fault("POST", "/instantiate$", "delay", delay=0.6)
    done = trouble.run(timeout=0.3)
    assert not done.failed, done.message
    assert done.writes == [INSTANTIATE]
    assert trouble.sim.normalized_state() == trouble.end
    assert len(trouble.sim.state()[SOURCE.id]["servicePrincipals"]) == len(trouble.end[SOURCE.id]["servicePrincipals"])
