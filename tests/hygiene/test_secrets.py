# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret and no token is seen anywhere: not on the screen, not in a result, not in a file left behind."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hygiene.credentials import SECRETS, WAYS_TO_SIGN_IN, Credential
from hygiene.leaks import files_below, leaks, seen_by
from integration.harness import Player, Run, Task, task
from integration.pair import ROLE, pair
from integration.tenants import ADELE, SOURCE, STRANGER, TARGET
from simulator import Simulator

LOUDEST = 4
MINUTE = 60


def surroundings(directory: Path) -> dict[str, str]:
    """Everything that Ansible may write goes below the directory."""
    return {
        "HOME": str(directory / "home"),
        "TMPDIR": str(directory / "tmp"),
        "ANSIBLE_REMOTE_TMP": str(directory / "tmp" / "remote"),
        "ANSIBLE_ASYNC_DIR": str(directory / "tmp" / "async"),
        "ANSIBLE_LOG_PATH": str(directory / "ansible.log"),
        "ANSIBLE_CACHE_PLUGIN": "jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(directory / "facts"),
    }


def assert_nothing_leaked(run: Run, play: Player, sim: Simulator, secrets: set[str]) -> None:
    """Nothing of the secrets, nor of what went over the wire, is in what the run wrote."""
    wire = seen_by(sim)
    assert wire, "nobody signed in"
    files = dict(files_below(play.directory))
    assert files["ansible.log"]
    assert any(name.startswith("outcomes") and content for name, content in files.items())
    places = {"stdout": run.stdout, "stderr": run.stderr, **files}
    assert leaks(secrets | wire, places) == []
    assert [name for name in files if ".token" in name or ".lock" in name or "AnsiballZ" in name] == []


def connection(sim: Simulator, credential: Credential, prefix: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Options of a task in Contoso, and the environment in which its secrets are."""
    options = {
        "tenant_id": SOURCE.id,
        "graph_url": sim.graph_url,
        "login_url": sim.login_url,
        "max_wait": 5,
        **credential.options,
        **{
            name: f"{{{{ lookup('ansible.builtin.env', '{prefix}_{name.upper()}') }}}}"
            for name in credential.secret_options
        },
    }
    hidden = {f"{prefix}_{name.upper()}": value for name, value in credential.secret_options.items()}
    return options, {**hidden, **credential.environment}


def shown(name: str, variable: str) -> list[Task]:
    """Print a registered variable and keep it as a fact."""
    return [
        task(f"print {name}", "ansible.builtin.debug", {"var": variable}),
        task(
            f"keep {name}",
            "ansible.builtin.set_fact",
            {"cacheable": True, f"kept_{variable}": f"{{{{ {variable} }}}}"},
        ),
    ]


@pytest.fixture
def generous_umask() -> Iterator[None]:
    """Files are everybody's unless who makes them says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
@pytest.mark.parametrize("way", WAYS_TO_SIGN_IN)
def test_nothing_secret_is_seen_of_a_sign_in(sim: Simulator, play: Player, inputs: Path, way: str) -> None:
    right, wrong = (WAYS_TO_SIGN_IN[way](sim, inputs, SOURCE, each) for each in (True, False))
    options, environment = connection(sim, right, "HYGIENE_RIGHT")
    refused, more = connection(sim, wrong, "HYGIENE_WRONG")
    trust = {"partner_tenant_id": TARGET.id, "inbound_trust": {"mfa_accepted": True}}
    listing = f"find {play.directory} -name 'entra-*' -printf '%y %m ' -execdir stat -c %a . ';'"
    run = play(
        task("succeeds", "crosstenant_partner", {**options, **trust}, register="done"),
        *shown("success", "done"),
        task(
            "fails at Graph",
            "identity_sync",
            {**options, "partner_tenant_id": STRANGER, "user_sync_inbound_allowed": True},
            register="failed",
            ignore_errors=True,
        ),
        *shown("failure", "failed"),
        task("look", "ansible.builtin.debug", {"msg": f"{{{{ lookup('ansible.builtin.pipe', {listing!r}) }}}}"}),
        task("look at everything", "ansible.builtin.debug", {"var": "hostvars"}),
        task("fails to sign in", "crosstenant_partner", {**refused, **trust}),
        verbosity=LOUDEST,
        env={**surroundings(play.directory), **environment, **more},
        fails=True,
    )
    assert run.failed == ["fails at Graph", "fails to sign in"], run
    assert run["succeeds"].changed
    assert "Create the partner first" in run["fails at Graph"].message
    assert run["fails to sign in"].requests.writes == []
    assert_nothing_leaked(run, play, sim, {*right.secrets, *wrong.secrets})
    assert "mfa_accepted" in "".join(content for dummy, content in files_below(play.directory / "facts"))

    # What is shared is shared between tasks of one user only.
    shared = play.way == "in_process" and way != "access token"
    kept = str(run["look"]["msg"]).split()
    assert set(zip(kept[::3], kept[1::3], kept[2::3], strict=True)) == ({("f", "600", "700")} if shared else set())

    # What is no secret stays readable.
    assert run["succeeds"]["partner"]["partner_tenant_id"] == TARGET.id
    arguments = run["succeeds"]["invocation"]["module_args"]
    assert arguments["tenant_id"] == SOURCE.id
    assert arguments["client_id"] == right.options.get("client_id")
    assert run["fails at Graph"]["error"]["tenant_id"] == SOURCE.id
    assert STRANGER in run["fails at Graph"].message


@pytest.mark.parametrize("spoilt", [False, True], ids=["that succeeds", "that fails"])
def test_nothing_secret_is_seen_of_the_role(sim: Simulator, play: Player, spoilt: bool) -> None:
    hidden = {
        f"ENTRA_{side}_CLIENT_SECRET": SECRETS[tenant.id] for side, tenant in (("SOURCE", SOURCE), ("TARGET", TARGET))
    }
    variables = pair(
        sim,
        source=SOURCE.access(sim, client_secret=None),
        target=TARGET.access(sim, client_secret=None),
        test_users=[ADELE],
    )
    if spoilt:
        sim.add_fault(
            method="POST", path="/jobs$", effect="status", status=403, code="Authorization_RequestDenied", count=None
        )
    run = play(
        ROLE,
        task("print it", "ansible.builtin.debug", {"var": "hostvars"}),
        vars=variables,
        verbosity=LOUDEST,
        env={**surroundings(play.directory), **hidden},
        fails=spoilt,
    )
    assert len(run.changed) >= 4
    assert_nothing_leaked(run, play, sim, set(SECRETS.values()))


def test_nothing_secret_is_left_by_a_task_in_the_background(sim: Simulator, play: Player) -> None:
    options, environment = connection(
        sim, Credential({"client_id": SOURCE.client("automation")}, {"client_secret": SECRETS[SOURCE.id]}), "HYGIENE"
    )
    run = play(
        task(
            "begin",
            "crosstenant_partner",
            {**options, "partner_tenant_id": TARGET.id, "automatic_user_consent": {"outbound_allowed": True}},
            register="begun",
            **{"async": MINUTE, "poll": 0},
        ),
        task(
            "end",
            "ansible.builtin.async_status",
            {"jid": "{{ begun.ansible_job_id }}"},
            register="ended",
            until="ended is finished",
            retries=MINUTE * 2,
            delay=0.5,
        ),
        *shown("the end", "ended"),
        verbosity=LOUDEST,
        env={**surroundings(play.directory), **environment},
    )
    assert run["end"].changed
    # Ansible's supervisor of the job looks every five seconds whether it may clean up.
    deadline = time.monotonic() + MINUTE
    while list(play.directory.rglob("AnsiballZ_*")) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert_nothing_leaked(run, play, sim, {SECRETS[SOURCE.id]})


TOO_SHORT: Mapping[str, Mapping[str, Any]] = {
    "client_secret": {"client_id": SOURCE.client("automation")},
    "access_token": {},
    "client_certificate_password": {
        "client_id": SOURCE.client("automation"),
        "client_certificate_path": "/nowhere.pem",
    },
}


def test_secrets_too_short_to_mask_are_refused_readably(sim: Simulator, play: Player) -> None:
    def short(option: str, length: int) -> Task:
        options, dummy = connection(sim, Credential({**TOO_SHORT[option]}), "HYGIENE")
        options = {**options, "partner_tenant_id": TARGET.id, option: f"{{{{ lookup('env', 'HYGIENE_{length}') }}}}"}
        return task(f"{option} {length}", "crosstenant_partner", options, ignore_errors=True)

    run = play(
        *(short(option, length) for option, length in zip(TOO_SHORT, (1, 7, 7), strict=True)),
        verbosity=LOUDEST,
        env={**surroundings(play.directory), "HYGIENE_1": "a", "HYGIENE_7": "Zq7#Jx9"},
        fails=None,
    )
    assert len(run.outcomes) == len(TOO_SHORT)
    for outcome in run.outcomes:
        option = outcome.task.split()[0]
        assert outcome.message.startswith(f"{option}: it has fewer than 8 characters"), outcome.message
        assert outcome["error"]["code"] == "InvalidOption"
        assert outcome["invocation"]["module_args"]["tenant_id"] == SOURCE.id
    assert run.requests == []
    assert leaks({"Zq7#Jx9"}, {"stdout": run.stdout, "stderr": run.stderr, "results": str(run.outcomes)}) == []


def test_tokens_that_cannot_be_sent_are_refused_without_showing_them(sim: Simulator, play: Player) -> None:
    token = sim.issue_token(SOURCE.id, SOURCE.client("automation"))
    spoilt = {"broken line": f"{token}\r\nX: y", "another alphabet": f"{token}\u2013", "NUL": f"{token}\x01"}
    options, dummy = connection(sim, Credential(), "HYGIENE")
    options = {**options, "partner_tenant_id": TARGET.id, "state": "absent"}
    tasks = [
        task(
            name,
            "crosstenant_partner",
            {**options, "access_token": f"{{{{ lookup('env', 'HYGIENE_{number}') }}}}"},
            ignore_errors=True,
        )
        for number, name in enumerate(spoilt)
    ]
    # One that ends with a newline is a token all the same.
    tasks.append(
        task("newline", "crosstenant_partner", {**options, "access_token": "{{ lookup('env', 'HYGIENE') + '\n' }}"})
    )
    hidden = {f"HYGIENE_{number}": each for number, each in enumerate(spoilt.values())}
    run = play(*tasks, verbosity=LOUDEST, env={**surroundings(play.directory), **hidden, "HYGIENE": token}, fails=None)
    files = dict(files_below(play.directory))
    assert leaks({token}, {"stdout": run.stdout, "stderr": run.stderr, **files}) == []
    for name in spoilt:
        assert "access_token" in run[name].message, run[name].message
    assert run["newline"].status == "ok"


def test_a_netrc_file_is_not_read(sim: Simulator, play: Player) -> None:
    netrc = play.directory / "home" / ".netrc"
    netrc.write_text("default login somebody password Wm4-netrc-drowssap-Lc6\n", encoding="utf-8")
    netrc.chmod(0o600)
    options, environment = connection(
        sim, Credential({"client_id": SOURCE.client("automation")}, {"client_secret": SECRETS[SOURCE.id]}), "HYGIENE"
    )
    run = play(
        task("look", "crosstenant_partner", {**options, "partner_tenant_id": TARGET.id, "state": "absent"}),
        env={**surroundings(play.directory), **environment},
        fails=None,
    )
    assert seen_by(sim), "no bearer token came"
    assert run.failed == []
