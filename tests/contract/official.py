# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Microsoft's own client, msgraph-sdk, as it is after `make contract` has installed it apart from everything else."""

from __future__ import annotations

import importlib
import json
import site
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from simulator import Simulator

INSTALLED = Path(__file__).resolve().parents[2] / ".build" / "contract" / "lib"
JSON = "application/json"

# What the working environment has as well is taken from there: this comes last on the path.
for _packages in INSTALLED.glob(f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"):
    site.addsitedir(str(_packages))


def part(name: str) -> Any:
    """A class of the client: ``part("models.user.User")``, or with its whole name outside msgraph."""
    module, dummy, attribute = name.rpartition(".")
    if not module.startswith(("msgraph", "kiota")):
        module = f"msgraph.generated.{module}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(importlib.import_module(module), attribute)


class StaticToken:
    """Signs every request in with one token."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def authenticate_request(self, request: Any, context: Mapping[str, Any] | None = None) -> None:
        """Put the token into the request."""
        request.headers.add("Authorization", f"Bearer {self._token}")


def client_of(sim: Simulator, tenant: str, app: str) -> Any:
    """The official client as an app of a simulated tenant."""
    adapter = part("msgraph.GraphRequestAdapter")(StaticToken(sim.issue_token(tenant, app)))
    adapter.base_url = f"{sim.graph_url}/v1.0"
    return part("msgraph.GraphServiceClient")(request_adapter=adapter)


def parsed(model: str, body: Any) -> Any:
    """A JSON document as the client reads it."""
    factory = part("kiota_serialization_json.json_parse_node_factory.JsonParseNodeFactory")()
    node = factory.get_root_parse_node(JSON, json.dumps(body).encode())
    return node.get_object_value(part(model))


def serialized(thing: Any) -> Any:
    """A JSON document as the client writes it."""
    writer = part("kiota_serialization_json.json_serialization_writer_factory.JsonSerializationWriterFactory")()
    made = writer.get_serialization_writer(JSON)
    made.write_object_value(None, thing)
    return json.loads(made.get_serialized_content())


def unknown(thing: Any, where: str = "") -> Iterator[str]:
    """The properties that the client does not know, at any depth."""
    if isinstance(thing, list):
        for index, each in enumerate(thing):
            yield from unknown(each, f"{where}[{index}]")
    elif hasattr(thing, "additional_data"):
        yield from (f"{where}.{name}" for name in thing.additional_data)
        for name, value in thing.backing_store.enumerate_():
            if name != "additional_data":
                yield from unknown(value, f"{where}.{name}")


def essence(value: Any) -> Any:
    """The same without members that are null, which the client leaves out, and types, which it adds."""
    if isinstance(value, dict):
        return {key: essence(each) for key, each in value.items() if each is not None and key != "@odata.type"}
    return [essence(each) for each in value] if isinstance(value, list) else value
