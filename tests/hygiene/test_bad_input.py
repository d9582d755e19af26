# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever options a task is given: a readable refusal with nothing written, or a change that stays."""

from __future__ import annotations

import copy
import ipaddress
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.entra.crosstenant.plugins.module_utils import _task
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION
from ansible_collections.entra.crosstenant.plugins.module_utils._configuration import SYNC_TEMPLATE
from ansible_collections.entra.crosstenant.plugins.module_utils._task import Task, perform
from ansible_collections.entra.crosstenant.plugins.module_utils._waiting import Patience
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hygiene.made_up import leaves, odd_values, options
from integration.tenants import ADELE, ALEX, SOURCE, TARGET, allow_synchronization, set_up_pair
from simulator import Simulator

PLUGINS = Path(_task.__file__).resolve().parents[1]
MODULES = sorted(file.stem for file in (PLUGINS / "modules").glob("*.py") if not file.stem.startswith("_"))
ERROR_KEYS = {"status", "code", "message", "request_id", "method", "path", "tenant_id", "hint"}
MALFORMED = ("Resource not found for the segment", "No HTTP resource was found", "not allowed for the request target")
EXAMPLES = int(os.environ.get("HYGIENE_EXAMPLES", "40"))
PATIENCE = 3.0

SELECTORS = ("service_principal_id", "target_tenant_id")

# What a job of work can be asked for twice and is done twice.
DONE_EVERY_TIME = ("provision_on_demand",)

bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Hurried(Patience):
    """Patience whose sleep costs no time."""

    def __init__(self, max_wait: float) -> None:
        self.clock = 0.0
        super().__init__(max_wait, sleep=self._pass, now=lambda: self.clock)

    def _pass(self, seconds: float) -> None:
        assert seconds >= 0, seconds
        self.clock += seconds


@dataclass
class World:
    """A simulator with a pair that is set up, or with two untouched tenants."""

    sim: Simulator
    prepared: str = ""

    def begin(self, prepared: bool) -> None:
        """Start anew."""
        self.sim.reset()
        self.prepared = ""
        if prepared:
            self.prepared = set_up_pair(self.sim)
        else:
            allow_synchronization(self.sim)
        self.sim.clear_requests()

    @property
    def access(self) -> dict[str, Any]:
        """A connection to the source tenant."""
        return {
            "tenant_id": SOURCE.id,
            "access_token": self.token,
            "graph_url": self.sim.graph_url,
            "login_url": self.sim.login_url,
            "max_wait": PATIENCE,
            "timeout": 10,
        }

    token = ""

    @property
    def writes(self) -> list[dict[str, Any]]:
        """What was written, that is, not refused."""
        return [each for each in self.sim.requests(write=True) if (each["status"] or 0) < 400]

    def assert_well_formed(self, given: Any) -> None:
        """Graph knew every address that was asked for, and no more than was meant was asked for."""
        for each in self.sim.requests(kind="graph"):
            answer = json.dumps(each["response_body"], ensure_ascii=False)
            assert not any(text in answer for text in MALFORMED), f"{given}: {each['method']} {each['path']}: {answer}"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One simulator for all examples of a module."""
    # Asking fast is not what is tried here.
    unhurried = {"on_demand": {"enabled": False}, "reports": {"enabled": False}}
    with Simulator(settings={"throttle": unhurried}) as sim:
        made = World(sim)
        made.token = sim.issue_token(SOURCE.id, SOURCE.client("automation"), lifetime=7200)
        yield made


@pytest.fixture(autouse=True)
def this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent to another machine, and nothing waits."""
    look_up = socket.getaddrinfo

    def local(host: Any, *rest: Any, **more: Any) -> Any:
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = host == "localhost"
        if not loopback:
            raise socket.gaierror(-2, "Name or service not known")
        return look_up(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    monkeypatch.setattr(_task, "Patience", Hurried)
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
        "REQUESTS_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)


def task_of(module: str) -> Task:
    """What a module does."""
    found: Task = import_module(f"ansible_collections.entra.crosstenant.plugins.modules.{module}").TASK
    return found


def carried_out(task: Task, given: dict[str, Any], check_mode: bool = False) -> dict[str, Any] | None:
    """What a task with these options comes to; None if Ansible itself refuses them."""
    checked = ArgumentSpecValidator(task.arguments.spec, **task.arguments.rules).validate(copy.deepcopy(given))
    if checked.errors.messages:
        return None
    result = perform(task, checked.validated_parameters, check_mode)
    json.dumps(result)
    return result


# A failure after something was done: of some of many, or of what was waited for afterwards.
AFTER_WRITES = ("PartlyDone", "WaitedTooLong", "Quarantine", "JobPaused", "JobGone")


def assert_holds(world: World, module: str, given: dict[str, Any]) -> None:
    """What must hold of any task."""
    task = task_of(module)
    predicted = carried_out(task, given, check_mode=True)
    assert world.sim.requests(write=True) == [], given
    if predicted is None:
        return
    result = carried_out(task, given)
    assert result is not None
    world.assert_well_formed(given)
    if result.get("failed"):
        assert_readable(result, given)
        writes = world.writes
        if result["error"]["code"] not in AFTER_WRITES:
            assert [(each["method"], each["path"], each["body"]) for each in writes] == [], f"{given}: {result['msg']}"
        assert not writes or result["changed"] is True, given
        return
    if module not in DONE_EVERY_TIME:
        assert predicted.get("changed") == result["changed"], f"check mode: {predicted}\n{given}: {result}"
    assert result["changed"] == bool(world.writes), given
    again = carried_out(task, given)
    assert again is not None
    assert not again.get("failed"), f"{given}: {again}"
    if module not in DONE_EVERY_TIME and given.get("state") != "restarted":
        assert again["changed"] is False, f"{given}: {again['diff']}"
    world.assert_well_formed(given)


def assert_readable(result: dict[str, Any], given: Any) -> None:
    """A failure says what is wrong, in words and in keys."""
    assert isinstance(result["msg"], str), given
    assert len(result["msg"]) > 15, given
    assert "Traceback" not in result["msg"], given
    assert set(result["error"]) == ERROR_KEYS, given
    assert result["error"]["code"], given
    assert result["error"]["message"], given
    assert "graph" in result, given


# Options without which the others mean nothing.
NEEDED: dict[str, dict[str, Any]] = {
    "app_role_assignment": {"principals": [{"user": ADELE}]},
    "crosstenant_partner": {"partner_tenant_id": TARGET.id},
    "identity_sync": {"partner_tenant_id": TARGET.id},
    "provision_on_demand": {"users": [ADELE]},
    "sync_app": {"target_tenant_id": TARGET.id},
    "sync_closure": {"partner_tenant_id": TARGET.id, "direction": "outbound"},
    "sync_retirement": {"target_tenant_id": TARGET.id},
    "sync_secrets": {"target_tenant_id": TARGET.id},
}
# What is written as it is given; of the rest it is enough to see what is asked.
STORED = (
    "display_name",
    "service_management_reference",
    "target_tenant_id",
    "recipients",
    "threshold",
)


def nested(path: tuple[str, ...], value: Any, spec: Any) -> Any:
    """A value at its place within dictionaries and lists, with what is required beside it."""
    name, *rest = path
    if not rest:
        return {name: value}
    inner = {**BESIDE.get(name, {}), **nested(tuple(rest), value, spec[name]["options"])}
    return {name: [inner] if spec[name]["type"] == "list" else inner}


EVERYBODY = {"target": "AllUsers", "target_type": "user"}
CONFIGURATION = {"access_type": "allowed", "targets": [EVERYBODY]}
BESIDE: dict[str, dict[str, Any]] = {
    **dict.fromkeys(("users_and_groups", "applications", "users"), CONFIGURATION),
    "targets": EVERYBODY,
    "attribute_mappings": {"target": "department", "source": "department"},
    "scoping_filters": {
        "name": "Engineers",
        "clauses": [{"attribute": "department", "operator": "EQUALS", "values": ["Engineering"]}],
    },
    "wait": {"until": "not_quarantined"},
}
ODD_PLACES = [
    pytest.param(module, path, option, id=f"{module}-{'.'.join(path)}")
    for module in MODULES
    for path, option in leaves(task_of(module).arguments.options)
    # One setting of its kind is like the other.
    if option.get("type") != "bool" and not (len(path) > 2 and path[0] != "tenant_restrictions")
]


@pytest.mark.parametrize(("module", "path", "option"), ODD_PLACES)
def test_each_odd_value_is_refused_readably_or_carried_out_for_good(
    world: World, module: str, path: tuple[str, ...], option: dict[str, Any]
) -> None:
    stored = path[-1] in STORED and module not in ("app_role_assignment", "provision_on_demand", "sync_job")
    world.begin(prepared=True)
    task = task_of(module)
    for value in odd_values(option):
        given = {**world.access, **NEEDED.get(module, {}), **nested(path, value, task.arguments.options)}
        if "service_principal_id" in task.arguments.options and module != "sync_secrets" and path[0] not in SELECTORS:
            given["service_principal_id"] = world.prepared
        world.sim.clear_requests()
        if stored:
            world.begin(prepared=True)
            assert_holds(world, module, given)
            continue
        result = carried_out(task, given, check_mode=True)
        assert world.sim.requests(write=True) == [], given
        world.assert_well_formed(given)
        if result is not None and result.get("failed"):
            assert_readable(result, given)


@pytest.mark.parametrize("name", sorted(set(CONNECTION) - {"skip_tls_verification", "auth_method", "cloud"}))
def test_each_odd_connection_is_refused_readably_or_works(world: World, name: str) -> None:
    world.begin(prepared=False)
    task = task_of("crosstenant_partner")
    app = {"access_token": None, "client_id": SOURCE.client("automation")}
    secret = {**app, "client_secret": SOURCE.secret()}
    # The option is used only when another way to sign in is not.
    beside = {
        "client_id": [secret],
        "client_secret": [app],
        "client_certificate_path": [app],
        "client_certificate_password": [{**app, "client_certificate_path": __file__}],
        "federated_token_file": [app],
        "tenant_id": [{}, secret],
        "login_url": [{}, secret],
    }.get(name, [{}])
    for value in odd_values(CONNECTION[name]):
        for more in beside:
            given = {**world.access, **more, name: value, "partner_tenant_id": TARGET.id}
            world.sim.clear_requests()
            result = carried_out(task, given, check_mode=True)
            world.assert_well_formed(given)
            if result is not None and result.get("failed"):
                assert_readable(result, given)


@pytest.mark.parametrize("module", MODULES)
@bounded
@given(data=st.data(), prepared=st.booleans())
def test_any_options_are_refused_readably_or_carried_out_for_good(
    world: World, module: str, data: st.DataObject, prepared: bool
) -> None:
    world.begin(prepared)
    sensible: dict[str, tuple[Any, ...]] = {
        "partner_tenant_id": (TARGET.id, TARGET.domain),
        "target_tenant_id": (TARGET.id,),
        "service_principal_id": (world.prepared,) if prepared else (),
        "principals": ([{"user": ADELE}], [{"group": "Engineering"}, {"user": ALEX}], []),
        "users": ([ADELE], [ADELE, ALEX]),
        "user": (ADELE,),
        "template_id": (SYNC_TEMPLATE,),
        "app_role": ("msiam_access",),
        "target": ("department", "city", "userType", "IsSoftDeleted", "extensionAttribute1"),
        "source": ("department", "city", "extensionAttribute2"),
        "expression": ("[department]", "ToUpper( [city] )", 'Join("-", [department], [city])'),
        "attribute": ("department", "city", "accountEnabled", "manager"),
        "operator": ("EQUALS", "not_equals", "Is Null", "is true"),
    }
    sensible = {name: values for name, values in sensible.items() if values}
    spec = task_of(module).arguments.options
    # Which configuration is meant is told in one way, and seldom in two or none.
    selectors = [] if module == "sync_secrets" else [each for each in SELECTORS if each in spec and each in sensible]
    if len(selectors) == 2:
        left_out = data.draw(st.sampled_from(selectors), label="left out")
        spec = {name: option for name, option in spec.items() if name != left_out}
    chosen = data.draw(options(spec, sensible, data.draw(st.integers(0, 2))), label="options")
    if selectors and not set(selectors) & set(chosen):
        selector = next(each for each in selectors if each in spec)
        chosen[selector] = sensible[selector][0]
    assert_holds(world, module, {**world.access, **chosen})


@bounded
@given(data=st.data())
def test_any_connection_is_refused_readably_or_works(world: World, data: st.DataObject, tmp_path: Path) -> None:
    world.begin(prepared=False)
    empty = tmp_path / "empty"
    empty.touch()
    files = (str(empty), str(tmp_path), __file__, "/nowhere", "/dev/null")
    sensible: dict[str, tuple[Any, ...]] = {
        "tenant_id": (SOURCE.id, SOURCE.domain),
        "client_id": (SOURCE.client("automation"),),
        "client_secret": (SOURCE.secret(),),
        "client_certificate_path": files,
        "federated_token_file": files,
        "access_token": (world.token,),
        "graph_url": (world.sim.graph_url, f"{world.sim.graph_url}/"),
        "login_url": (world.sim.login_url, f"{world.sim.login_url}//"),
        "proxy": ("http://127.0.0.1:9", "", "socks5://127.0.0.1:9", "127.0.0.1:9"),
        "ca_path": (*files, ""),
        "max_wait": (PATIENCE,),
    }
    chosen = data.draw(options(CONNECTION, sensible, data.draw(st.integers(0, 2))), label="connection")
    given = {
        "graph_url": world.sim.graph_url,
        "login_url": world.sim.login_url,
        "tenant_id": SOURCE.id,
        "max_wait": PATIENCE,
    }
    if not {"client_secret", "client_certificate_path", "federated_token_file"} & set(chosen):
        given["access_token"] = world.token
    trust = {"partner_tenant_id": TARGET.id, "inbound_trust": {"mfa_accepted": True}}
    assert_holds(world, "crosstenant_partner", {**given, **chosen, **trust})
