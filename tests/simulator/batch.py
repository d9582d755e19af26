# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON batching (graph-api.md section 3.6)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .calls import Answer, Incoming
from .errors import GraphError

if TYPE_CHECKING:
    from .request_log import Entry
    from .world import World

MAXIMUM = 20
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ITEM_FIELDS = {"id", "method", "url", "headers", "body", "dependsOn"}
Handle = Callable[["World", Incoming, "Entry"], Answer]


def _refused(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


def handle(world: World, incoming: Incoming, entry: Entry, run: Handle) -> Answer:
    """Carry out up to twenty requests; the envelope answers 200 whatever its items say."""
    from .graph import parse_json

    if incoming.batch_parent is not None:
        raise _refused("A batch request cannot contain another batch request.")
    if incoming.method != "POST":
        raise GraphError(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")
    if not incoming.body:
        raise _refused("Empty Payload. JSON content expected.")
    items = _items(parse_json(incoming))
    api = incoming.path.strip("/").partition("/")[0]
    answers: dict[str, Answer] = {}
    drop, delay = False, 0.0
    for item in _in_order(items):
        key = item["id"].lower()
        failed = [name for name in item.get("dependsOn") or [] if answers[name.lower()].status >= 400]
        if failed:
            message = f"The request was not executed because its dependency '{failed[0]}' failed."
            answers[key] = Answer(424, {"error": {"code": "FailedDependency", "message": message}})
            continue
        answer = _run_item(world, incoming, entry, api, item, run)
        drop, delay = drop or answer.drop, delay + answer.delay
        answers[key] = answer
    responses = [_response(item["id"], answers[item["id"].lower()]) for item in items]
    order = world.settings["batch_response_order"]
    if order == "reversed":
        responses.reverse()
    elif order == "shuffled":
        random.shuffle(responses)
    return Answer(200, {"responses": responses}, drop=drop, delay=delay)


def _items(body: Any) -> list[dict[str, Any]]:
    if not isinstance(body, dict) or set(body) != {"requests"} or not isinstance(body["requests"], list):
        raise _refused("Invalid batch payload format.")
    items: list[dict[str, Any]] = body["requests"]
    if not items:
        raise _refused("The batch request must contain at least one request.")
    if len(items) > MAXIMUM:
        raise _refused(f"Number of batch request steps exceeds the maximum value of {MAXIMUM}.")
    seen: set[str] = set()
    for item in items:
        _check_item(item, seen)
    for item in items:
        for name in item.get("dependsOn") or []:
            if name.lower() not in seen or name.lower() == item["id"].lower():
                raise _refused(f"Invalid dependsOn '{name}' in request '{item['id']}'.")
    return items


def _check_item(item: Any, seen: set[str]) -> None:
    if not isinstance(item, dict) or set(item) - ITEM_FIELDS:
        raise _refused("Invalid batch payload format: unknown member of a request.")
    key = item.get("id")
    if not isinstance(key, str) or not key:
        raise _refused("Every request of a batch needs a string 'id'.")
    if key.lower() in seen:
        raise _refused(f"Request Id : {key} is not unique in the batch.")
    seen.add(key.lower())
    if item.get("method") not in METHODS:
        raise _refused(f"Invalid method '{item.get('method')}' in request '{key}'.")
    url = item.get("url")
    if not isinstance(url, str) or not url or "://" in url.partition("?")[0]:
        raise _refused(f"The url of request '{key}' must be relative.")
    headers = item.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise _refused(f"The headers of request '{key}' must be strings.")
    if item.get("body") is not None and "content-type" not in {name.lower() for name in headers}:
        raise _refused(f"Write request id : {key} does not contain Content-Type header or body.")


def _in_order(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Parents before children; 400 for a circle."""
    done: set[str] = set()
    waiting, result = list(items), []
    while waiting:
        ready = [item for item in waiting if all(name.lower() in done for name in item.get("dependsOn") or [])]
        if not ready:
            raise _refused("The dependencies of the batch form a circle.")
        for item in ready:
            done.add(item["id"].lower())
            result.append(item)
        waiting = [item for item in waiting if item["id"].lower() not in done]
    return result


def _run_item(world: World, incoming: Incoming, entry: Entry, api: str, item: dict[str, Any], run: Handle) -> Answer:
    headers = {name.lower(): value for name, value in (item.get("headers") or {}).items()}
    headers["authorization"] = incoming.headers.get("authorization", "")
    body = b"" if item.get("body") is None else json.dumps(item["body"]).encode()
    target = f"/{api}/{item['url'].lstrip('/')}"
    path, dummy, query = target.partition("?")
    inner = world.log.begin(item["method"], path, query, "graph", headers, body)
    inner.batch = entry.index
    answer = run(world, Incoming(item["method"], target, headers, body, incoming.base_url, entry.index), inner)
    inner.status, inner.response = None if answer.drop else answer.status, answer.body
    return answer


def _response(key: str, answer: Answer) -> dict[str, Any]:
    headers = {
        name: value for name, value in answer.headers.items() if name in ("Retry-After", "Location", "Content-Type")
    }
    if answer.body is None and answer.text is None:
        headers.pop("Content-Type", None)
    result: dict[str, Any] = {"id": key, "status": answer.status, "headers": headers}
    if answer.text is not None:
        result["body"] = answer.text
    elif answer.body is not None:
        result["body"] = answer.body
    return result
