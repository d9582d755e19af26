# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job synchronizes, and how: its schema (graph-api.md section 8.6). PRIVATE to the collection.

The schema is read, changed in the places that are named, and written as a whole, since the service takes nothing less.
"""

from __future__ import annotations

import typing as t
from urllib.parse import unquote

from .. import _schema_whole as whole
from .._configuration import JOB_TEMPLATE, selected_service_principal, synchronization_path, when_known
from .._connection import ZERO_GUID
from .._engine import Resource, converge
from .._errors import EntraError, GraphError, InputError, doing
from .._graph import Request
from .._jobs import job_path_of, no_job
from .._properties import Change, Property
from .._schema_intents import OPTIONS, Intents
from .._schema_mappings import refuse_changes
from .._schema_view import DIRECTORIES, RULES, differences, entries_of, mappings_list, words
from .._schema_vocabulary import Vocabulary
from .._types import Result, Tree
from .._waiting import ask_until

if t.TYPE_CHECKING:
    from .._graph import GraphClient

RESYNCHRONIZES = (
    "Saving the schema starts a full resynchronization: the job goes through all users once more, in an initial cycle."
    " Users who fall out of scope are deleted in the target tenant."
)
NARROWS = (
    "The scoping filters change: whoever is in scope now and not by the new filters is deleted in the target tenant,"
    " unless target_object_actions.delete is false."
)


class StaleSchema(EntraError):
    """Somebody else has changed the schema since its version was noted."""

    code = "StaleSchema"


class SyncSchema(Resource):
    """Mappings, filters and actions of a job. Whatever is not named stays as it is."""

    noun = "synchronization schema"
    key = "schema"

    def __init__(self, params: Tree) -> None:
        super().__init__(params)
        named = [option for option in (*OPTIONS, "schema") if params.get(option) is not None]
        if params["state"] == "default" and named:
            raise InputError("state", f"default resets everything, and {', '.join(named)} is given as well")
        self.intents = Intents(params)
        self.whole = whole.parts_of(params.get("schema"))
        self.template: list[Tree] = []
        self.principal: str | None = None
        self.job: str | None = None
        self.check_mode = False
        self.current: Tree | None = None

    @property
    def title(self) -> str:
        where = self.params.get("service_principal_id") or f"target {self.params.get('target_tenant_id')}"
        return f"the {self.noun} of configuration {where}"

    @property
    def path(self) -> str:
        return f"{self.job}/schema"

    def run(self, graph: GraphClient, check_mode: bool) -> Result:
        self.check_mode = check_mode
        self.principal = selected_service_principal(graph, self.params, check_mode)
        self.job = job_path_of(graph, self.principal) if self.principal else None
        if self.job is None and not check_mode:
            raise no_job(str(self.principal))
        result = converge(self, graph, check_mode)
        result.before, result.after = differences(result.before, result.after)
        result.values["resynchronization"] = result.changed
        if result.changed:
            result.warnings.append(RESYNCHRONIZES)
            if "scoping_filters" in result.after and result.values[self.key]["scoping_filters"]:
                result.warnings.append(NARROWS)
        return result

    # Reading

    def read(self, graph: GraphClient) -> Tree:
        schema = self._shown(graph) if self.job else self.intents.unknown()
        if self.current is None:
            self.current = schema
            with doing(f"change {self.title}"):
                self._prepare(graph, schema)
        return schema

    def _shown(self, graph: GraphClient) -> Tree:
        """The schema as the service shows it; a job made a moment ago may take a while to have one (section 13)."""
        query = {"$expand": DIRECTORIES} if DIRECTORIES in self.whole else None
        principal = str(self.principal)
        found, dummy = ask_until(
            lambda: when_known(graph, principal, lambda: graph.find(self.path, query)),
            lambda schema: schema is not None,
            graph.patience,
            self.visible_within,
        )
        if found is None:
            raise EntraError(
                f"the job of configuration {principal} has no schema", hint="Run the task again in a minute"
            )
        # What the answer says about itself is no part of the schema.
        schema = {name: value for name, value in found.items() if "@odata." not in name}
        return {**schema, RULES: schema.get(RULES) or []}

    def _prepare(self, graph: GraphClient, schema: Tree) -> None:
        """Ask the service what has to be known before the schema can be changed; where nothing differs, nothing."""
        if self.params["state"] == "default":
            self.template = self._template(graph) if self.job else []
            return
        vocabulary = Vocabulary(graph, self.path if self.job else None, self.check_mode)
        self.intents.prepare(vocabulary, schema[RULES])
        self.warnings += vocabulary.warnings

    def _template(self, graph: GraphClient) -> list[Tree]:
        """The rules that new jobs begin with."""
        address = f"{synchronization_path(str(self.principal))}/templates/{JOB_TEMPLATE}/schema"
        with doing("read the template's schema"):
            rules = graph.get(address).get(RULES)
        if not rules:
            raise EntraError("the template has no rules, so it cannot be told what the default is")
        return list(rules)

    # Changing

    def edit(self, rules: t.Any) -> t.Any:
        """The rules as they are wanted, equal to what they are where they are so already."""
        if self.params["state"] == "default":
            return whole.restored(rules, self.template)
        raw = RULES in self.whole
        new = whole.replaced(rules, self.whole[RULES]) if raw else self.intents.edited(rules)
        self._refuse(rules, new, "schema" if raw else "attribute_mappings")
        return new

    def _refuse(self, before: t.Any, after: t.Any, option: str) -> None:
        """Refuse what may not be changed; of a schema that is not there yet nothing is known that might be."""
        if self.job and after != before:
            refuse_changes(entries_of(before), entries_of(after), option)

    def desired(self) -> dict[Property, t.Any]:
        """The parts of the schema that are to be written, each as a whole."""
        with doing(f"change {self.title}"):
            return self._wanted()

    def _wanted(self) -> dict[Property, t.Any]:
        current = self.current or {}
        wanted: dict[Property, t.Any] = {self._row(RULES): self.edit(current.get(RULES))}
        if DIRECTORIES in self.whole:
            wanted[self._row(DIRECTORIES)] = whole.replaced(current.get(DIRECTORIES) or [], self.whole[DIRECTORIES])
        if self.job and any(value != current.get(row.path) for row, value in wanted.items()):
            self._expect_version(current)
        return wanted

    def _expect_version(self, schema: Tree) -> None:
        """Refuse to overwrite what somebody has changed meanwhile."""
        expected = self.params.get("expected_schema_version")
        if expected and expected != schema.get("version"):
            version = f"version '{schema['version']}'" if schema.get("version") else "no version"
            raise StaleSchema(
                f"the schema has {version}, and not '{expected}' as expected",
                hint="Somebody has changed it. Look at what it is now, and expect that version if it is right",
            )

    def _row(self, part: str) -> Property:
        """A part is as wanted when there is nothing left to change in it, however the service has put it in order."""
        if part == RULES:
            return Property(part, part, same=lambda found, wanted: self.edit(found) == found)
        return Property(part, part, same=lambda found, wanted: whole.replaced(found, self.whole[part]) == found)

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        """Write the whole schema, since the service replaces it (section 8.6)."""
        body = self.predicted(current, changes)
        if self.params.get("expected_schema_version"):
            # Much may have been asked since it was read.
            self._expect_version(graph.get(self.path))
        if self.params["state"] == "default" and self._reset(graph):
            return
        try:
            when_known(graph, str(self.principal), lambda: graph.put(self.path, body))
        except GraphError as error:
            if error.code.lower() == "schemainvalid":
                error.hint = (
                    "Nothing was saved. Names of attributes are case-sensitive; matching attributes stay as they are"
                )
            raise

    def _reset(self, graph: GraphClient) -> bool:
        """Have the service put its default in place; false where it does not (section 17: unconfirmed)."""
        try:
            graph.send(Request("DELETE", self.path))
        except GraphError as error:
            if error.status not in (400, 404, 405, 501):
                raise
            return False
        dummy, done = ask_until(
            lambda: graph.find(self.path),
            lambda schema: schema is not None and self.edit(schema.get(RULES) or []) == (schema.get(RULES) or []),
            graph.patience,
            self.visible_within,
        )
        return done

    # Reporting

    def view(self, current: Tree) -> Tree:
        rules = current.get(RULES)
        return {
            "service_principal_id": self.principal or ZERO_GUID,
            "job_id": unquote(self.job.rpartition("/")[2]) if self.job else ZERO_GUID,
            "version": current.get("version"),
            **words(rules),
            "attribute_mappings": mappings_list(rules),
            "raw": current,
        }
