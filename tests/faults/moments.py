# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every request of a run of the role that nothing disturbs, and the moments before and after each."""

from __future__ import annotations

from dataclasses import dataclass

from integration.pair import PARTNER_PATH, SYNCHRONIZATION, VALIDATE

_SIGN_IN = ("token", "POST /{id}/oauth2/v2.0/token")
_POLICIES = [
    f"GET {PARTNER_PATH}",
    "POST /policies/crossTenantAccessPolicy/partners",
    f"GET {PARTNER_PATH}",
    f"GET {PARTNER_PATH}/identitySynchronization",
    f"PUT {PARTNER_PATH}/identitySynchronization",
    f"GET {PARTNER_PATH}/identitySynchronization",
    f"GET {PARTNER_PATH}",
    "POST /policies/crossTenantAccessPolicy/partners",
    f"GET {PARTNER_PATH}",
]
_CONFIGURATION = [
    "GET /servicePrincipals",
    "POST /applicationTemplates/{id}/instantiate",
    "GET /servicePrincipals/{id}",
    f"GET {SYNCHRONIZATION}/templates",
    "GET /applications(appId='{id}')",
    f"GET {SYNCHRONIZATION}/jobs",
    f"POST {SYNCHRONIZATION}/jobs",
    f"GET {SYNCHRONIZATION}/jobs",
    f"GET {SYNCHRONIZATION}/secrets",
    VALIDATE,
    f"PUT {SYNCHRONIZATION}/secrets",
    f"GET {SYNCHRONIZATION}/secrets",
    "GET /organization",
    "GET /servicePrincipals/{id}/appRoleAssignedTo",
    "GET /servicePrincipals/{id}",
]
_PROVISIONING = [
    "GET /users/adele@contoso.example",
    f"GET {SYNCHRONIZATION}/jobs",
    f"GET {SYNCHRONIZATION}/jobs/{{id}}/schema",
    f"POST {SYNCHRONIZATION}/jobs/{{id}}/provisionOnDemand",
]
_START = [
    f"GET {SYNCHRONIZATION}/jobs",
    f"POST {SYNCHRONIZATION}/jobs/{{id}}/start",
    f"GET {SYNCHRONIZATION}/jobs",
]


def _run(*lines: str) -> list[tuple[str, str]]:
    return [_SIGN_IN, _SIGN_IN, *(("graph", line) for line in lines)]


# Three users in scope: they are looked up and assigned in batches.
THREE_USERS = _run("POST /$batch", *_POLICIES, *_CONFIGURATION, "POST /$batch", *_START)
# One user, who is provisioned at once.
TEST_USER = _run(
    "GET /users/adele@contoso.example",
    *_POLICIES,
    *_CONFIGURATION,
    "POST /servicePrincipals/{id}/appRoleAssignedTo",
    *_PROVISIONING,
    *_START,
)


@dataclass(frozen=True)
class Moment:
    """When a run dies.

    :param index: of the request in the run.
    :param nth: of the request among those of its kind.
    :param carried_out: whether the request is still carried out.
    """

    index: int
    kind: str
    nth: int
    line: str
    carried_out: bool

    def __str__(self) -> str:
        return f"{self.index:02} {'after' if self.carried_out else 'before'} {self.line}"


def moments(run: list[tuple[str, str]]) -> list[Moment]:
    """Before and after each request of a run."""
    kinds = [kind for kind, dummy in run]
    return [
        Moment(index, kind, kinds[: index + 1].count(kind), line, carried_out)
        for index, (kind, line) in enumerate(run)
        for carried_out in (False, True)
    ]


def after(run: list[tuple[str, str]], *requests: str) -> list[Moment]:
    """Right after each of these requests was carried out."""
    return [each for each in moments(run) if each.carried_out and each.line in requests]
