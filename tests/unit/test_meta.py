# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is written twice says the same: modules, fragments, action group, and the role."""

from __future__ import annotations

import functools
import typing as t
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from ansible_collections.entra.crosstenant.plugins.module_utils._access_arguments import ACCESS_OPTIONS
from ansible_collections.entra.crosstenant.plugins.module_utils._arguments import CONNECTION, SELECTOR

from benchmark.sizes import dragged_in

Tree = dict[str, t.Any]

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = "ansible_collections.entra.crosstenant.plugins"
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
FACTS = ("type", "elements", "choices", "default", "required")


def load(path: Path) -> t.Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def documentation(module: str) -> Tree:
    """What a module documents, its fragments included."""
    own: Tree = yaml.safe_load(import_module(f"{PLUGINS}.modules.{module}").DOCUMENTATION)
    merged: Tree = {"options": {}, "attributes": {}}
    for name in own.get("extends_documentation_fragment", []):
        prefix, _dot, fragment = name.removeprefix("entra.crosstenant.").partition(".")
        assert name.startswith("entra.crosstenant.")
        part = fragment_of(prefix, fragment or "documentation")
        for key in merged:
            merged[key].update(part.get(key, {}))
    return {**own, **{key: {**value, **own.get(key, {})} for key, value in merged.items()}}


def fragment_of(file: str, name: str = "documentation") -> Tree:
    fragment = import_module(f"{PLUGINS}.doc_fragments.{file}").ModuleDocFragment
    return t.cast("Tree", yaml.safe_load(getattr(fragment, name.upper())))


def spec_of(module: str) -> Tree:
    return t.cast("Tree", import_module(f"{PLUGINS}.modules.{module}").TASK.arguments.spec)


def facts(options: Tree, inner: str) -> Tree:
    """Names, types, defaults and choices of options, level by level.

    :param inner: what the options of an option are called: ``options`` in a spec, ``suboptions`` in documentation.
    """
    return {
        name: {
            **{fact: option[fact] for fact in FACTS if option.get(fact) not in (None, False)},
            **({"options": facts(option[inner], inner)} if option.get(inner) else {}),
        }
        for name, option in options.items()
    }


# Thousands of bytes of source that an ordinary module may cost at each task. Sixty are wanted, and what every module
# needs is more by itself; these keep it from growing unseen.
USUAL_SHARE = 125
SHARES = {"sync_job": 150, "sync_retirement": 160, "sync_schema": 175}


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_drags_in_does_not_grow_unseen(module: str) -> None:
    assert 20_000 < dragged_in(module) <= SHARES.get(module, USUAL_SHARE) * 1000


def test_there_are_modules() -> None:
    assert {"crosstenant_partner", "sync_app", "sync_job"} <= set(MODULES)


def test_the_action_group_is_exactly_the_modules() -> None:
    assert load(ROOT / "meta" / "runtime.yml")["action_groups"]["graph"] == MODULES


@pytest.mark.parametrize("module", MODULES)
def test_a_module_documents_exactly_its_options(module: str) -> None:
    assert facts(documentation(module)["options"], "suboptions") == facts(spec_of(module), "options")


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_named_as_its_file_and_documents_what_all_have(module: str) -> None:
    documented = documentation(module)
    assert documented["module"] == module
    assert {"check_mode", "diff_mode", "idempotent", "platform", "action_group"} <= set(documented["attributes"])
    assert documented["attributes"]["check_mode"]["support"] == "full"
    returned = yaml.safe_load(import_module(f"{PLUGINS}.modules.{module}").RETURN)
    assert "graph" in returned


@pytest.mark.parametrize("module", MODULES)
def test_a_module_returns_what_it_documents(module: str) -> None:
    operation = import_module(f"{PLUGINS}.modules.{module}").TASK.operation
    returned = yaml.safe_load(import_module(f"{PLUGINS}.modules.{module}").RETURN)
    if hasattr(operation, "key"):
        assert operation.key in returned


@pytest.mark.parametrize("module", MODULES)
def test_examples_name_only_options_that_exist(module: str) -> None:
    known = spec_of(module)
    tasks = yaml.safe_load(import_module(f"{PLUGINS}.modules.{module}").EXAMPLES)
    used = [task[f"entra.crosstenant.{module}"] for task in tasks if f"entra.crosstenant.{module}" in task]
    assert used
    for options in used:
        assert set(options) <= set(known)


def test_the_connection_options_mirror_their_fragment() -> None:
    assert facts(fragment_of("auth")["options"], "suboptions") == facts(CONNECTION, "options")


def test_the_fragment_names_each_fallback() -> None:
    documented = fragment_of("auth")["options"]
    for name, option in CONNECTION.items():
        text = " ".join(documented[name]["description"])
        for variable in option["fallback"][1]:
            assert f"E({variable})" in text, name


def test_the_selector_mirrors_its_fragment() -> None:
    assert facts(fragment_of("selector")["options"], "suboptions") == facts(SELECTOR, "options")


def test_the_access_settings_mirror_their_fragment() -> None:
    assert facts(fragment_of("access_settings")["options"], "suboptions") == facts(ACCESS_OPTIONS, "options")


@pytest.mark.parametrize("module", MODULES)
def test_each_module_takes_the_connection_options(module: str) -> None:
    spec = spec_of(module)
    assert {name: spec[name] for name in CONNECTION} == CONNECTION


# The role


@functools.cache
def role_options(role: str = "cross_tenant_sync") -> Tree:
    return t.cast(
        "Tree", load(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"]
    )


@pytest.mark.parametrize("role", ROLES)
def test_the_defaults_of_a_role_are_those_it_documents(role: str) -> None:
    defaults = load(ROOT / "roles" / role / "defaults" / "main.yml")
    documented = {name: option["default"] for name, option in role_options(role).items() if "default" in option}
    without = {name for name in defaults if "default" not in role_options(role).get(name, {})}
    assert {name: value for name, value in defaults.items() if name in documented} == documented
    # A variable that must be given may have an empty default, so that messages come from the argument spec.
    assert all(defaults[name] in ({}, [], None) for name in without)
    assert set(defaults) <= set(role_options(role))


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_of_a_role_names_each_variable(role: str) -> None:
    text = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert [name for name in role_options(role) if f"`{name}`" not in text] == []


@pytest.mark.parametrize("role", ["cross_tenant_sync", "retire_sync"])
@pytest.mark.parametrize("side", ["source", "target"])
def test_both_tenants_of_a_role_take_the_connection_options(side: str, role: str) -> None:
    options = role_options(role)[f"{role}_{side}"]["options"]
    assert set(options) == set(CONNECTION)
    for name, option in CONNECTION.items():
        mine = options[name]
        assert mine["type"] == option["type"], name
        # An empty text counts as not given, so the role may let it pass.
        assert [each for each in mine.get("choices", []) if each] == option.get("choices", []), name
        assert bool(mine.get("no_log")) == bool(option.get("no_log")), name
        # What is not given falls back to the environment, which a default here would hide.
        assert "default" not in mine, name


@pytest.mark.parametrize("side", ["source", "target"])
def test_the_partner_options_of_the_role_are_those_of_the_module(side: str) -> None:
    spec = spec_of("crosstenant_partner")
    own = {name: option for name, option in spec.items() if name not in {*CONNECTION, "partner_tenant_id", "state"}}
    mine = role_options()[f"cross_tenant_sync_{side}_partner"]["options"]
    # The role itself sets the consent that a synchronization needs, so that it may leave that option out.
    own = {name: option for name, option in own.items() if name in mine or name != "automatic_user_consent"}
    assert {name: option["type"] for name, option in mine.items()} == {
        name: option["type"] for name, option in own.items()
    }
    # What is in them, the role refuses before anything is written where it is named here, and the module otherwise.
    strict = {name: option for name, option in mine.items() if "options" in option}
    assert set(strict) == {"automatic_user_consent", "inbound_trust"}
    assert facts(strict, "options") == facts({name: own[name] for name in strict}, "options")


def test_the_schema_options_of_the_role_are_those_of_the_module() -> None:
    spec = spec_of("sync_schema")
    own = {name: option for name, option in spec.items() if name not in {*CONNECTION, *SELECTOR}}
    mine = role_options()["cross_tenant_sync_schema"]["options"]
    # What is in them, the module refuses before anything is written. What is left out, it completes.
    kept = ("type", "elements", "choices")
    assert {name: {fact: option.get(fact) for fact in kept} for name, option in mine.items()} == {
        name: {fact: option.get(fact) for fact in kept} for name, option in own.items()
    }


@pytest.mark.parametrize(
    ("variable", "module", "option"),
    [
        ("cross_tenant_sync_principals", "app_role_assignment", "principals"),
        ("cross_tenant_sync_notifications", "sync_secrets", "notifications"),
        ("cross_tenant_sync_deletion_protection", "sync_secrets", "deletion_protection"),
    ],
)
def test_nested_options_of_the_role_are_those_of_the_module(variable: str, module: str, option: str) -> None:
    mine, theirs = role_options()[variable], spec_of(module)[option]
    assert (mine["type"], mine.get("elements")) == (theirs["type"], theirs.get("elements"))
    assert facts(mine["options"], "options") == facts(theirs["options"], "options")


@pytest.mark.parametrize(
    ("variable", "module", "option"),
    [
        ("cross_tenant_sync_principals_state", "app_role_assignment", "state"),
        ("cross_tenant_sync_scope", "sync_secrets", "scope"),
        ("cross_tenant_sync_job_state", "sync_job", "state"),
        ("retire_sync_partner", "sync_closure", "partner"),
    ],
)
def test_choices_of_the_role_are_taken_by_the_module(variable: str, module: str, option: str) -> None:
    options = {**role_options(), **role_options("retire_sync")}
    assert set(options[variable]["choices"]) <= set(spec_of(module)[option]["choices"])
