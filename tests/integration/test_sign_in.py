# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from integration.harness import Player, task
from integration.tenants import SOURCE, STRANGER, TARGET, ZERO
from simulator import Simulator

APP = "automation"


def look(name: str, options: dict[str, Any], **keywords: Any) -> dict[str, Any]:
    """A task that reads one object of the target tenant."""
    return task(name, "crosstenant_partner", {"partner_tenant_id": SOURCE.id, "state": "absent", **options}, **keywords)


def certificate(directory: Path) -> tuple[Path, str]:
    """A file with a new certificate and its key, and the certificate alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "automation")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = directory / "whatever.dat"
    file.write_bytes(private + public)
    return file, public.decode()


def test_every_way_to_sign_in_gets_a_token_of_the_tenant(sim: Simulator, play: Player, tmp_path: Path) -> None:
    file, public = certificate(tmp_path)
    sim.register_certificate(TARGET.id, TARGET.client(APP), public)
    ready = sim.issue_token(TARGET.id, TARGET.client(APP))
    run = play(
        look("secret", TARGET.access(sim)),
        look("domain", TARGET.access(sim, tenant_id=TARGET.domain)),
        look("certificate", TARGET.access(sim, client_secret=None, client_certificate_path=str(file))),
        look("ready token", TARGET.access(sim, client_secret=None, client_id=None, access_token=ready)),
    )
    assert run.changed == []
    for name in ("secret", "domain", "certificate", "ready token"):
        assert [each.status for each in run[name].requests.graph] == [404], name
        assert {each.tenant for each in run[name].requests.graph} == {TARGET.id}
    assert len(run["certificate"].requests.tokens) == 1
    assert run["ready token"].requests.tokens == []


def test_one_token_is_asked_for_each_tenant(sim: Simulator, play: Player) -> None:
    source = {**SOURCE.access(sim), "partner_tenant_id": TARGET.id, "inbound_trust": {"mfa_accepted": True}}
    run = play(
        look("target", TARGET.access(sim)),
        look("target again", TARGET.access(sim)),
        task("source", "crosstenant_partner", source),
        task("source again", "crosstenant_partner", source),
    )
    ours, theirs = (SOURCE.id, 200), (TARGET.id, 200)
    # One process asks once for each tenant; each ordinary module is a process of its own, and asks once.
    once, twice = [theirs, ours], [theirs, theirs, ours, ours]
    assert run.requests.tokens == (once if play.way == "in_process" else twice)
    # Where the endpoints of a tenant are, nobody has to be asked.
    assert {each.kind for each in run.requests} == {"token", "graph"}


@pytest.mark.parametrize("sim", [{"tls": True}], indirect=True)
def test_tls_is_verified_against_the_authorities_given(sim: Simulator, play: Player) -> None:
    assert sim.graph_url.startswith("https://")
    run = play(
        look("trusted", TARGET.access(sim, ca_path=sim.ca_path)),
        look("unverified", TARGET.access(sim, skip_tls_verification=True)),
    )
    assert run.changed == []
    untrusted = play(look("untrusted", TARGET.access(sim)), fails=True)
    assert "certificate" in untrusted.failure.message.lower()
    assert "ca_path" in untrusted.failure.message
    assert untrusted.requests == []
    authority = {"REQUESTS_CA_BUNDLE": str(sim.ca_path)}
    assert not play(look("trusted by the environment", TARGET.access(sim)), env=authority).failed


def test_what_cannot_sign_in_says_which_option_to_look_at(sim: Simulator, play: Player, tmp_path: Path) -> None:
    file = certificate(tmp_path)[0]
    others = sim.issue_token(SOURCE.id, SOURCE.client(APP))
    expired = sim.issue_token(TARGET.id, TARGET.client(APP), lifetime=-10)
    no_secret: dict[str, Any] = {"client_secret": None}
    wrong: dict[str, tuple[dict[str, Any], list[str]]] = {
        "wrong secret": ({"client_secret": "this-is-not-the-secret"}, ["client_secret", TARGET.id]),
        "unregistered certificate": ({**no_secret, "client_certificate_path": str(file)}, ["client_certificate_path"]),
        "no such file": (
            {**no_secret, "client_certificate_path": "/nowhere.pem"},
            ["client_certificate_path", "nowhere"],
        ),
        "token of the other tenant": ({**no_secret, "access_token": others}, ["tenant_id", SOURCE.id, TARGET.id]),
        "expired token": ({**no_secret, "access_token": expired}, ["expired"]),
        "unknown client": ({"client_id": ZERO}, ["client_id"]),
        "unknown tenant": ({"tenant_id": STRANGER}, ["tenant_id", STRANGER, "AADSTS90002"]),
        "unknown domain": ({"tenant_id": "nobody.example"}, ["tenant_id", "nobody.example", "AADSTS90002"]),
        "nothing": (no_secret, ["auth_method", "client_secret"]),
        "plain http": ({"graph_url": "http://graph.example"}, ["graph_url", "https"]),
        "nobody there": ({"login_url": "http://127.0.0.1:9", "max_wait": 0.5}, ["login_url"]),
    }
    tasks = [look(name, TARGET.access(sim, **options), ignore_errors=True) for name, (options, dummy) in wrong.items()]
    run = play(*tasks, fails=None)
    for name, (dummy, parts) in wrong.items():
        assert [part for part in parts if part not in run[name].message] == [], f"{name}: {run[name].message}"
        assert run[name].writes == []
    assert others not in str(run)
    assert expired not in str(run)
