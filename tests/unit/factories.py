# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the unit tests are made of: ids, options, tokens, clocks, clients, and the four runs of a task."""

from __future__ import annotations

import base64
import json
import time
import typing as t
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION
from ansible_collections.entra.crosstenant.plugins.module_utils._auth import TokenSource
from ansible_collections.entra.crosstenant.plugins.module_utils._connection import Connection
from ansible_collections.entra.crosstenant.plugins.module_utils._graph import GraphClient
from ansible_collections.entra.crosstenant.plugins.module_utils._http import Http
from ansible_collections.entra.crosstenant.plugins.module_utils._waiting import Patience, ask_until

from unit.conversation import Conversation, Exchange, Together

if t.TYPE_CHECKING:
    from ansible_collections.entra.crosstenant.plugins.module_utils._task import Task
    from ansible_collections.entra.crosstenant.plugins.module_utils._types import Result

Tree = dict[str, t.Any]

GRAPH = "https://graph.microsoft.com"
LOGIN = "https://login.microsoftonline.com"
LOCAL_GRAPH = "http://127.0.0.1:8081"
LOCAL_LOGIN = "http://127.0.0.1:8082"

ZERO = "00000000-0000-0000-0000-000000000000"
JOB_TEMPLATE = "Azure2Azure"
SYNC_TEMPLATE = "518e5f48-1fc8-4c48-9387-9fdf28b0dfe7"


def guid(number: int) -> str:
    """One of many ids."""
    return f"{number:08x}-aaaa-4bbb-8ccc-{number:012x}"


HOME = guid(1)
"""The tenant that tasks work in."""
OTHER = guid(2)
"""The tenant on the other side."""
CLIENT = guid(3)
PRINCIPAL = guid(0x10)
"""The service principal of the configuration."""
APPLICATION = guid(0x11)
APP = guid(0x12)
ROLE = guid(0x13)
RULE = guid(0x14)
JOB = f"Azure2Azure.{HOME.replace('-', '')}.{guid(0x15)}"

SECRET = "correct-horse-battery-staple"


# Tokens and connections


def token(**claims: t.Any) -> str:
    """A token as Entra makes them, but for its signature. A claim given as None is left out."""
    full = {"tid": HOME, "appid": CLIENT, "idtyp": "app", "roles": [], "exp": time.time() + 3600, **claims}
    parts = ({"alg": "none", "typ": "JWT"}, {name: value for name, value in full.items() if value is not None})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*encoded, "signature"])


def connection_options(**given: t.Any) -> Tree:
    """The connection options as Ansible hands them over when only these are given."""
    options = {"tenant_id": HOME, "client_id": CLIENT, **given}
    return _validated(ArgumentSpecValidator(CONNECTION), options)


def connection(**given: t.Any) -> Connection:
    """A connection with a ready token, unless something else to sign in with is given."""
    if not {"client_secret", "client_certificate_path", "federated_token_file", "auth_method"} & set(given):
        given = {"access_token": token(), **given}
    return Connection.from_options(connection_options(**given))


class Clock:
    """A clock that goes only when somebody waits, and remembers each wait."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.time = 1000.0

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waits.append(seconds)
        self.time += seconds

    def now(self) -> float:
        """The time on this clock."""
        return self.time

    def patience(self, max_wait: float = 600.0) -> Patience:
        """A patience that goes by this clock."""
        return Patience(max_wait, self.sleep, self.now)


def token_source(conversation: Conversation, clock: Clock | None = None, **given: t.Any) -> TokenSource:
    """What signs in over a conversation."""
    link = connection(**given)
    return TokenSource(link, Http(link, conversation.session()), (clock or Clock()).patience(link.max_wait))


def client(conversation: Conversation, clock: Clock | None = None, **given: t.Any) -> GraphClient:
    """A client that talks over a conversation, with a ready token unless something else is given."""
    link = connection(**given)
    http = Http(link, conversation.session())
    patience = (clock or Clock()).patience(link.max_wait)
    return GraphClient(link, TokenSource(link, http, patience), http, patience)


def asks_within(limit: float) -> int:
    """How often something is asked that never satisfies, when the delays are as short as they can be."""
    clock = Clock()
    ask_until(lambda: None, lambda answer: False, clock.patience(), limit)
    return len(clock.waits) + 1


# Tasks


def parameters(task: Task, **given: t.Any) -> Tree:
    """The parameters of a task as Ansible hands them over, validated and completed."""
    arguments = task.arguments
    validator = ArgumentSpecValidator(arguments.spec, **arguments.rules)
    connecting = {} if {"access_token", "client_secret"} & set(given) else {"access_token": token()}
    return _validated(validator, {"tenant_id": HOME, **connecting, **given})


def _validated(validator: ArgumentSpecValidator, options: Tree) -> Tree:
    outcome = validator.validate(options)
    if outcome.error_messages:
        raise ValueError(outcome.error_messages)
    return t.cast("Tree", outcome.validated_parameters)


def run(
    task: Task,
    params: t.Mapping[str, t.Any],
    *exchanges: Exchange | Together,
    check_mode: bool = False,
    clock: Clock | None = None,
    connecting: t.Mapping[str, t.Any] | None = None,
) -> Result:
    """Run a task over a conversation that has to go exactly so."""
    with Conversation(*exchanges) as conversation:
        try:
            return task.operation(parameters(task, **params)).run(
                client(conversation, clock, **(connecting or {})), check_mode
            )
        except Exception:
            conversation.finish()
            raise


@dataclass
class FourRuns:
    """The results of the same task: in check mode, for real, and both once more."""

    check: Result
    do: Result
    again: Result
    again_in_check: Result

    @property
    def diff(self) -> tuple[Tree, Tree]:
        """What the run changed."""
        return self.do.before, self.do.after


def run_four_times(
    task: Task,
    params: t.Mapping[str, t.Any],
    *,
    before: t.Sequence[Exchange],
    writing: t.Sequence[Exchange],
    after: t.Sequence[Exchange],
    only_for_real: t.Sequence[Exchange] = (),
) -> FourRuns:
    """Run a task that changes something four times, and see to what holds for every task.

    Check mode predicts the change and the diff and writes nothing; the second run and its check find nothing to do.

    :param before: what is read while there is something to do.
    :param writing: what is written, and read to see that it is there.
    :param after: what is read when nothing is left to do.
    :param only_for_real: what a run asks after reading and a check does not.
    """
    runs = FourRuns(
        check=run(task, params, *before, check_mode=True),
        do=run(task, params, *before, *writing),
        again=run(task, params, *after, *only_for_real),
        again_in_check=run(task, params, *after, check_mode=True),
    )
    assert (runs.check.changed, runs.do.changed) == (True, True)
    assert (runs.check.before, runs.check.after) == (runs.do.before, runs.do.after)
    for result in (runs.again, runs.again_in_check):
        assert (result.changed, result.before, result.after) == (False, {}, {})
    return runs


# What Graph answers


def error_body(code: str, message: str = "", **more: t.Any) -> Tree:
    """An error as Graph words it."""
    return {"error": {"code": code, "message": message, **more}}


def wrapped_error(code: str, message: str | None = None) -> Tree:
    """An error of the synchronization service as Graph passes it on (graph-api.md section 3.3)."""
    inner: Tree = {"error": {"code": code, "message": message, "target": None, "details": [], "innerError": None}}
    return error_body("UnknownError", json.dumps(inner))


def not_found(method: str, path: str, **more: t.Any) -> Exchange:
    """A request whose object is not there."""
    return Exchange(method, path, status=404, reply=error_body("Request_ResourceNotFound", "It is not there."), **more)


def collection(*rows: Tree, next_link: str | None = None) -> Tree:
    """A page of a collection."""
    return {"value": list(rows), **({"@odata.nextLink": next_link} if next_link else {})}


def reading_together(*reads: Exchange) -> Exchange:
    """Reads that go together: a single one by itself, more of them in a batch, which answers in an order of its own."""
    if len(reads) == 1:
        return reads[0]
    items = [{"id": str(at), "method": each.method, "url": _in_batch(each)} for at, each in enumerate(reads)]
    answers = [{"id": str(at), "status": int(each.status), "body": each.reply} for at, each in enumerate(reads)]
    return Exchange("POST", "/v1.0/$batch", json={"requests": items}, reply={"responses": answers[::-1]})


def _in_batch(read: Exchange) -> str:
    query = f"?{urlencode(read.query, quote_via=quote, safe='$(),')}" if read.query else ""
    return read.path.removeprefix("/v1.0") + query


# Configurations

PRINCIPALS_PATH = "/v1.0/servicePrincipals"
PRINCIPAL_PATH = f"{PRINCIPALS_PATH}/{PRINCIPAL}"
SYNCHRONIZATION = f"{PRINCIPAL_PATH}/synchronization"
SECRETS_PATH = f"{SYNCHRONIZATION}/secrets"
JOBS_PATH = f"{SYNCHRONIZATION}/jobs"
PRINCIPAL_FIELDS = "id,appId,displayName,applicationTemplateId,appRoles,appRoleAssignmentRequired,accountEnabled,notes"
APPLICATION_FIELDS = "id,displayName,serviceManagementReference,createdDateTime"


def app_role(role_id: str = ROLE, name: str = "msiam_access", **more: t.Any) -> Tree:
    """An app role as the synchronization template makes it."""
    return {
        "id": role_id,
        "displayName": name,
        "value": None,
        "isEnabled": True,
        "allowedMemberTypes": ["User"],
        **more,
    }


def service_principal(principal_id: str = PRINCIPAL, name: str = "Fabrikam", **more: t.Any) -> Tree:
    """The service principal of a configuration."""
    return {
        "id": principal_id,
        "appId": APP,
        "displayName": name,
        "applicationTemplateId": SYNC_TEMPLATE,
        "appRoles": [app_role()],
        "appRoleAssignmentRequired": True,
        "accountEnabled": True,
        **more,
    }


def secrets(target: str | None = OTHER, **more: str | None) -> Tree:
    """Stored settings as Graph lists them."""
    stored = {"AuthenticationType": "SyncPolicy", "CompanyId": target, **more}
    return {"value": [{"key": key, "value": value} for key, value in stored.items() if value is not None]}


def secrets_of(principal_id: str) -> str:
    """Where a configuration's settings are."""
    return f"{PRINCIPALS_PATH}/{principal_id}/synchronization/secrets"


def reading_settings(principal_id: str, stored: Tree) -> Exchange:
    """How a configuration's settings are read."""
    return Exchange("GET", secrets_of(principal_id), reply=stored)


def reading_configurations(
    *found: tuple[Tree, Tree], template: str = SYNC_TEMPLATE, applications: t.Sequence[Exchange] = ()
) -> list[Exchange]:
    """How configurations, given with their settings, are looked for.

    :param applications: how their other halves are read along with the settings, where they are.
    """
    listing = Exchange(
        "GET",
        PRINCIPALS_PATH,
        query={"$filter": f"applicationTemplateId eq '{template}'", "$select": PRINCIPAL_FIELDS},
        reply=collection(*(principal for principal, dummy in found)),
    )
    if not found:
        return [listing]
    settings = [reading_settings(principal["id"], stored) for principal, stored in found]
    return [listing, reading_together(*settings, *applications)]


def reading_age(seconds: float, principal_id: str = PRINCIPAL) -> list[Exchange]:
    """How the age of a service principal is looked up."""
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
    return [
        Exchange(
            "GET",
            f"{PRINCIPALS_PATH}/{principal_id}",
            query={"$select": "id,appId"},
            reply={"id": principal_id, "appId": APP},
        ),
        Exchange(
            "GET",
            f"/v1.0/applications(appId='{APP}')",
            query={"$select": APPLICATION_FIELDS},
            reply={"id": APPLICATION, "createdDateTime": created},
        ),
    ]
