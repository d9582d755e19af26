# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A token endpoint that is busy, away or not there; nothing else of the login endpoint is needed to sign in."""

from __future__ import annotations

from typing import Any

import pytest

from faults.driver import PAGE, Story, Trouble
from faults.stories import INSTANTIATE, MAKE_APP, MAKE_PARTNER, POST_PARTNER
from integration.tenants import SOURCE, STRANGER

TOKEN, DISCOVERY = "/oauth2/v2.0/token$", "/openid-configuration$"
WRITTEN = {MAKE_APP: INSTANTIATE, MAKE_PARTNER: POST_PARTNER}


def begin(trouble: Trouble, story: Story = MAKE_PARTNER, **changes: Any) -> None:
    """The story's task signs in by a client secret."""
    trouble.begin(story)
    secret = {"access_token": None, "client_secret": story.side.secret()}
    trouble.options = {**trouble.options, **secret, **changes}


def fault(trouble: Trouble, effect: str = "status", **more: Any) -> None:
    """Something goes wrong when a token is asked for."""
    trouble.fault("POST", TOKEN, effect, kind="token", **more)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("story", WRITTEN, ids=str)
def test_a_busy_token_endpoint_is_asked_again(trouble: Trouble, story: Story, status: int) -> None:
    begin(trouble, story)
    fault(trouble, count=2, status=status)
    done = trouble.survives(writes=[WRITTEN[story]], waits=(3, 8))
    assert [answer for dummy, answer in done.requests.tokens] == [status, status, 200]


@pytest.mark.parametrize("effect", ["drop_before", "drop_after"])
def test_a_token_whose_answer_is_lost_is_asked_for_again(trouble: Trouble, effect: str) -> None:
    begin(trouble)
    fault(trouble, effect)
    trouble.survives(writes=[POST_PARTNER], waits=(1, 3))


def test_a_token_that_is_renewed_in_the_middle_of_a_task_may_take_several_tries(trouble: Trouble) -> None:
    begin(trouble)
    trouble.fault("GET", "/partners/", status=401, code="InvalidAuthenticationToken")
    fault(trouble, nth=2, status=503)
    trouble.survives(writes=[POST_PARTNER], waits=(1, 3))


@pytest.mark.parametrize("status", [429, 503])
def test_a_token_endpoint_that_stays_busy_is_told_and_graph_is_not_asked(trouble: Trouble, status: int) -> None:
    begin(trouble)
    fault(trouble, count=None, status=status)
    done = trouble.refuses(code="Unreachable", says=str(status), writes=[], waits=30)
    assert "login_url" in done.message
    assert done.lines == []


@pytest.mark.parametrize("status", [200, 302, 403])
@pytest.mark.parametrize("body", [PAGE, "", "[]", '{"access_token": "ey'])
def test_what_answers_in_place_of_the_token_endpoint_is_told_at_once(trouble: Trouble, status: int, body: str) -> None:
    begin(trouble)
    fault(trouble, "malformed", count=None, status=status, body=body)
    done = trouble.refuses(code="Unreachable", says=f"HTTP {status}", writes=[])
    assert "login_url" in done.message
    assert "proxy" in done.message
    assert "DOCTYPE" not in str(done.result)
    assert (len(done.requests.tokens), done.lines) == (1, [])


def test_a_tenant_that_nobody_knows_is_told_by_the_token_endpoint(trouble: Trouble) -> None:
    begin(trouble, tenant_id=STRANGER)
    done = trouble.refuses(code="AADSTS90002", says="tenant_id", writes=[])
    assert STRANGER in done.message
    assert (len(done.requests.tokens), done.lines) == (1, [])


def test_the_document_about_the_login_endpoint_is_not_needed(trouble: Trouble) -> None:
    begin(trouble)
    trouble.sim.add_fault(kind="discovery", effect="status", status=503, count=None)
    done = trouble.run()
    assert not done.failed, done.message
    assert "discovery" not in {each.kind for each in done.requests}
    assert trouble.sim.normalized_state() == trouble.end


@pytest.mark.parametrize("status", [429, 503])
def test_a_domain_that_cannot_be_looked_up_is_told(trouble: Trouble, status: int) -> None:
    begin(trouble, tenant_id=SOURCE.domain)
    trouble.fault("GET", DISCOVERY, kind="discovery", count=None, status=status)
    done = trouble.refuses(code="Unreachable", says=str(status), writes=[], waits=30)
    assert SOURCE.domain in done.message
    assert done.lines == []
