# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module's task inside the controller's process. PRIVATE to the collection.

Starting a Python for each task is what makes API modules slow. A task that would run on the controller anyway needs
none: the same code runs in the worker, with the same options, result, masking and warnings. Whenever the task asks for
something that only a process of its own can have, the ordinary module is shipped instead.
"""

from __future__ import annotations

import contextlib
import os
import sys
import typing as t
from importlib import import_module

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader
from ansible.utils.display import Display

from ..module_utils._task import Task, invocation, perform, secrets_of
from ._token_store import RunTokens

# The controller loads an action before it forks, so that every worker finds these imported. Where a library is missing,
# the task itself says so.
for _library in ("requests", "msal"):
    with contextlib.suppress(ImportError):
        import_module(_library)
filter_loader.get("entra.crosstenant.with_environment")

SWITCH = "ENTRA_IN_PROCESS"
VARIABLE = "entra_in_process"
THIS_PYTHON = "{{ ansible_playbook_python }}"

# Made anew for each run, for its user only, and removed at its end.
RUN_DIRECTORY: str = C.DEFAULT_LOCAL_TMP  # type: ignore[attr-defined]

display = Display()


class InProcessAction(ActionBase):
    """The action of a module of the collection.

    :cvar module_task: what the module is; it is imported with the action, before the controller forks.
    """

    module_task: t.ClassVar[Task]

    _supports_check_mode = True
    _supports_async = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the task here if it may, and else ship its module."""
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        reason = self._reason_for_a_module(task_vars or {})
        if reason:
            display.vvv(f"{self._task.action}: shipped as an ordinary module, because {reason}")
            wrap_async = bool(self._task.async_val) and not self._connection.has_native_async
            result.update(self._execute_module(task_vars=task_vars, wrap_async=wrap_async))
        else:
            result.update(self._run_here(task_vars or {}))
        return result

    def _reason_for_a_module(self, task_vars: dict[str, t.Any]) -> str:
        """Why the task cannot run in this process; empty if it can."""
        if not boolean(os.environ.get(SWITCH) or "true", strict=False):
            return f"{SWITCH} says so"
        facts = self._variables(task_vars)
        if not boolean(self._templar.template(facts.get(VARIABLE, True)), strict=False):
            return f"the variable {VARIABLE} says so"
        if self._connection.transport not in ("local", "ansible.builtin.local"):
            return f"the connection is {self._connection.transport}"
        if self._connection.become is not None:
            return "it has become"
        if self._task.async_val:
            return "it is asynchronous"
        if any(self._task.environment or ()):
            return "it has an environment of its own"
        interpreter = self._interpreter(facts)
        if interpreter and not _is_this_python(interpreter):
            return f"its interpreter is {interpreter}"
        return ""

    def _variables(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """The variables of the host that does the work, which delegation makes another."""
        delegated = task_vars.get("ansible_delegated_vars") or {}
        return delegated.get(self._task.delegate_to) or task_vars

    def _interpreter(self, facts: dict[str, t.Any]) -> str:
        """The interpreter that the user named; empty if Ansible is to find one."""
        named = facts.get("ansible_python_interpreter") or C.config.get_config_value("INTERPRETER_PYTHON")
        if named == THIS_PYTHON:
            # The usual way to name it; a template is as costly as all the rest of this class.
            return ""
        path = str(self._templar.template(named or ""))
        return path if os.sep in path else ""

    def _run_here(self, task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        name = str(self._task.resolved_action or self._task.action)
        task = self.module_task
        params, problem = _validated(task, name, _plain(self._task.args))
        secrets = secrets_of(task, params)
        if problem:
            outcome: dict[str, t.Any] = {"failed": True, "msg": problem}
        else:
            teller = _teller(name, task_vars)
            outcome = perform(task, params, bool(self._task.check_mode), RunTokens(RUN_DIRECTORY), teller)
            display.vv(f"{name}: signed in to {params['tenant_id']} by {outcome['graph']['auth_method']}")
        if self._shows_invocation(task_vars):
            outcome["invocation"] = invocation(task, params)
        # Nobody else masks secrets in what an action returns.
        return t.cast("dict[str, t.Any]", remove_values(outcome, secrets))

    @staticmethod
    def _shows_invocation(task_vars: dict[str, t.Any]) -> bool:
        """Whether results hold the parameters: always, until ansible-core 2.21 made it a setting."""
        try:
            return bool(C.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
        except AnsibleError:
            return True


def _validated(task: Task, name: str, args: dict[str, t.Any]) -> tuple[dict[str, t.Any], str]:
    """The parameters as a module gets them, and what is wrong with them."""
    result = ArgumentSpecValidator(task.arguments.spec, **task.arguments.rules).validate(args)
    params = {**args, **result.validated_parameters}
    if not result.errors.messages:
        return params, ""
    problem = str(result.errors.msg)
    if isinstance(result.errors[0], UnsupportedError):
        problem = f"Unsupported parameters for ({name}) module: {problem}"
    return params, problem


def _teller(name: str, task_vars: dict[str, t.Any]) -> t.Callable[[str], None]:
    """What shows a line about a task's long wait on the screen, with the host, since many may wait at a time."""
    opening = f"[{task_vars.get('inventory_hostname', 'localhost')}] {name.rpartition('.')[2]}"
    return lambda line: display.display(f"{opening}: {line}")


def _plain(value: t.Any) -> t.Any:
    """The value as a module receives it through JSON, without what the templating engine attaches to it."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)


def _is_this_python(path: str) -> bool:
    """Whether the path is the interpreter that runs here; two virtual environments are not the same."""
    return _place(path) == _place(sys.executable)


def _place(path: str) -> tuple[str, str]:
    return os.path.dirname(os.path.abspath(path)), os.path.realpath(path)
