# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API over HTTP, under ``/_control``: the methods of :class:`Control`, no authentication, loopback only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .calls import Answer, Incoming
from .control_changes import HTTP_ACTIONS

if TYPE_CHECKING:
    from .control import Control

Body = dict[str, Any]


def handle(control: Control, incoming: Incoming) -> Answer:
    """Answer one control request: 200 with a result, 400 with the reason, 404 for an unknown path."""
    name = incoming.path.removeprefix("/_control").strip("/")
    try:
        body = json.loads(incoming.body) if incoming.body else {}
        action = _actions(control, body).get((incoming.method, name))
        if action is None:
            return Answer(404, {"error": f"no control operation {incoming.method} {name}"})
        return Answer(200, {"result": action()})
    except (ValueError, KeyError, TypeError) as problem:
        return Answer(400, {"error": f"{type(problem).__name__}: {problem}"})


def _actions(control: Control, body: Body) -> dict[tuple[str, str], Callable[[], Any]]:
    return {
        ("GET", "requests"): control.requests,
        ("DELETE", "requests"): control.clear_requests,
        ("GET", "tokens"): lambda: [
            {"tenant": tenant, "client_id": client, "count": count}
            for (tenant, client), count in control.token_requests().items()
        ],
        ("GET", "state"): control.state,
        ("GET", "normalized_state"): control.normalized_state,
        ("POST", "reset"): control.reset,
        ("POST", "advance"): lambda: control.advance(float(body["seconds"])),
        ("POST", "cycle"): lambda: control.cycle(body["tenant"], body.get("job")),
        ("GET", "settings"): control.settings,
        ("PATCH", "settings"): lambda: control.update_settings(body),
        ("GET", "faults"): control.faults,
        ("POST", "faults"): lambda: control.add_fault(body),
        ("DELETE", "faults"): lambda: control.clear_faults(body.get("id")),
        ("POST", "quarantine"): lambda: control.quarantine(**body),
        ("POST", "mutate"): lambda: _mutate(control, dict(body)),
    }


def _mutate(control: Control, body: Body) -> Any:
    action = body.pop("action")
    if action not in HTTP_ACTIONS:
        raise ValueError(f"action must be one of {sorted(HTTP_ACTIONS)}")
    return getattr(control, action)(**body)
