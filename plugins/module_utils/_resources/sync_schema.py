# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job synchronizes, and how: its schema (graph-api.md section 8.6). PRIVATE to the collection.

The schema is read, changed in the places that are named, and written as a whole, since the service takes nothing less.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .. import _schema_filters as filters
from .. import _schema_mappings as mappings
from .. import _schema_whole as whole
from .._configuration import JOB_TEMPLATE, selected_service_principal, synchronization_path, when_known
from .._connection import ZERO_GUID
from .._engine import Resource, converge
from .._errors import EntraError, GraphError, InputError, doing
from .._graph import Request
from .._jobs import job_path_of, no_job, object_mapping
from .._properties import Change, Property
from .._schema_expressions import Unparsed, attributes_of
from .._schema_view import ACTIONS, differences, flags, mappings_list, words
from .._schema_vocabulary import Vocabulary, known_attribute
from .._types import Result, Tree
from .._waiting import ask_until

if t.TYPE_CHECKING:
    from .._graph import GraphClient

RULES, DIRECTORIES = "synchronizationRules", "directories"
INTENTS = (
    "user_type",
    "user_type_apply",
    "show_in_address_list",
    "attribute_mappings",
    "scoping_filters",
    "target_object_actions",
    "group_mapping_enabled",
)
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
        named = [option for option in (*INTENTS, "schema") if params.get(option) is not None]
        if params["state"] == "default" and named:
            raise InputError("state", f"default resets everything, and {', '.join(named)} is given as well")
        self.wishes = mappings.wishes_of(params)
        filters.check_filters(params.get("scoping_filters"))
        self.wanted_groups: list[Tree] | None = None
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
        schema = self._shown(graph) if self.job else _unknown(self.wishes)
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
        if self.params["state"] == "default" and self.job:
            self.template = self._template(graph)
            return
        vocabulary = Vocabulary(graph, self.path if self.job else None, self.check_mode)
        found = object_mapping(schema.get(RULES), "User")
        if found is None:
            return
        self._prepare_mappings(vocabulary, *found)
        if self.params.get("scoping_filters") is not None:
            self._prepare_filters(vocabulary, *found)
        self.warnings += vocabulary.warnings

    def _prepare_mappings(self, vocabulary: Vocabulary, rule: Tree, users: Tree) -> None:
        """Turn expressions into trees, and see that attributes exist, of mappings that are not as they are wanted."""
        entries = users.get("attributeMappings") or []
        for place, wish in enumerate(self.wishes):
            entry = mappings.entry_for(entries, wish)
            if wish.absent or wish.source is None or (entry is not None and mappings.changed(entry, wish) is entry):
                continue
            mappings.refuse_changes(entries, mappings.edited(entries, [wish]), wish.option)
            if wish.option == "attribute_mappings":
                self._check_attributes(vocabulary, rule, entries, wish.target, attributes_of(wish.source))
            if isinstance(wish.source, Unparsed):
                self.wishes[place] = replace(wish, source=vocabulary.source(wish.source, wish.option))

    def _prepare_filters(self, vocabulary: Vocabulary, rule: Tree, users: Tree) -> None:
        """Put the filters into Graph's form; if they differ, with the service's own words."""
        given = self.params["scoping_filters"]
        groups = _groups(users)
        as_typed = filters.as_typed(given)
        if filters.edited(groups, as_typed) is groups:
            self.wanted_groups = as_typed
            return
        if not given:
            self.wanted_groups = []
            return
        operators = vocabulary.operators()
        self.wanted_groups = wanted = filters.spelled(given, operators)
        sources = vocabulary.attributes(rule.get("sourceDirectoryName"), _sources(users.get("attributeMappings") or []))
        if sources is not None:
            for name in sorted(filters.attributes_in(wanted)):
                known_attribute(name, sources, filters.OPTION, "source")
            filters.check_types(wanted, operators, sources)

    @staticmethod
    def _check_attributes(vocabulary: Vocabulary, rule: Tree, entries: list[Tree], target: str, read: set[str]) -> None:
        targets = vocabulary.attributes(
            rule.get("targetDirectoryName"), {str(entry.get("targetAttributeName")) for entry in entries}
        )
        if targets is not None:
            known_attribute(target, targets, "attribute_mappings", "target")
        sources = vocabulary.attributes(rule.get("sourceDirectoryName"), _sources(entries))
        if sources is not None:
            for name in sorted(read):
                known_attribute(name, sources, "attribute_mappings", "source")

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
        """The rules as they are wanted; what is as wanted is the same object, or equal to it."""
        if self.params["state"] == "default":
            return whole.restored(rules, self.template)
        if RULES in self.whole:
            new = whole.replaced(rules, self.whole[RULES])
            self._refuse(rules, new, "schema")
            return new
        rules = self._with_users(rules)
        enabled = self.params.get("group_mapping_enabled")
        if enabled is None:
            return rules
        dummy, groups = _needed(rules, "Group", "group_mapping_enabled")
        return _with(rules, groups, {**groups, "enabled": enabled}) if groups.get("enabled") != enabled else rules

    def _with_users(self, rules: t.Any) -> t.Any:
        actions = {
            name: value for name, value in (self.params.get("target_object_actions") or {}).items() if value is not None
        }
        if not self.wishes and self.wanted_groups is None and not actions:
            return rules
        dummy, users = _needed(rules, "User", "synchronizationRules")
        new = dict(users)
        entries = users.get("attributeMappings") or []
        edited = mappings.edited(entries, self.wishes)
        if edited != entries:
            new["attributeMappings"] = edited
        groups = _groups(users)
        edited = groups if self.wanted_groups is None else filters.edited(groups, self.wanted_groups)
        if edited is not groups:
            new["scope"] = {**(users.get("scope") or {}), "groups": edited}
        flows = flags(users.get("flowTypes"))
        kept = {flag for word, flag in ACTIONS.items() if actions.get(word, flag in flows)}
        if kept != set(flows) & set(ACTIONS.values()):
            others = [flag for flag in flows if flag not in ACTIONS.values()]
            new["flowTypes"] = ",".join([flag for flag in ACTIONS.values() if flag in kept] + others) or "None"
        new_rules = _with(rules, users, new)
        self._refuse(rules, new_rules, "attribute_mappings")
        return new_rules

    def _refuse(self, before: t.Any, after: t.Any, option: str) -> None:
        """Refuse what may not be changed; of a schema that is not there yet nothing is known that might be."""
        old, new = object_mapping(before, "User"), object_mapping(after, "User")
        if old is not None and self.job:
            entries = [(found or ({}, {}))[1].get("attributeMappings") or [] for found in (old, new)]
            mappings.refuse_changes(entries[0], entries[1], option)

    def desired(self) -> dict[Property, t.Any]:
        """The parts of the schema that are to be written, each as a whole."""
        with doing(f"change {self.title}"):
            return self._wanted()

    def _wanted(self) -> dict[Property, t.Any]:
        current = self.current or {}
        wanted: dict[Property, t.Any] = {self._row(RULES): self.edit(current.get(RULES))}
        if DIRECTORIES in self.whole:
            wanted[self._row(DIRECTORIES)] = whole.replaced(current.get(DIRECTORIES) or [], self.whole[DIRECTORIES])
        expected = self.params.get("expected_schema_version")
        changes = any(value != current.get(row.path) for row, value in wanted.items())
        if expected and self.job and changes and expected != current.get("version"):
            raise StaleSchema(
                f"the schema has version '{current.get('version')}', and not '{expected}' as expected",
                hint="Somebody has changed it. Look at what it is now, and expect that version if it is right",
            )
        return wanted

    def _row(self, part: str) -> Property:
        """A part is as wanted when there is nothing left to change in it, however the service has put it in order."""
        if part == RULES:
            return Property(part, part, same=lambda found, wanted: self.edit(found) == found)
        return Property(part, part, same=lambda found, wanted: whole.replaced(found, self.whole[part]) == found)

    def update(self, graph: GraphClient, current: Tree, changes: list[Change]) -> None:
        """Write the whole schema, since the service replaces it (section 8.6)."""
        body = self.predicted(current, changes)
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
            if error.status not in (404, 405, 501):
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
            "job_id": self.job.rpartition("/")[2] if self.job else ZERO_GUID,
            "version": current.get("version"),
            **words(rules),
            "attribute_mappings": mappings_list(rules),
            "raw": current,
        }


def _unknown(wishes: list[mappings.Wish]) -> Tree:
    """A schema that is not there yet, of which nothing is known but what every one has."""
    user_type = {"targetAttributeName": mappings.USER_TYPE, "flowType": "ObjectAddOnly"}
    only_when = any(wish.target == mappings.USER_TYPE and wish.source is None for wish in wishes)
    users = {
        "sourceObjectName": "User",
        "targetObjectName": "User",
        "enabled": True,
        "flowTypes": "Add,Update,Delete",
        "attributeMappings": [user_type] if only_when else [],
    }
    groups = {"sourceObjectName": "Group", "targetObjectName": "Group", "enabled": False}
    return {RULES: [{"objectMappings": [users, groups]}]}


def _sources(entries: list[Tree]) -> set[str]:
    """The attributes that mappings read."""
    return {name for entry in entries for name in attributes_of(entry.get("source") or {})}


def _groups(users: Tree) -> list[Tree]:
    """The groups of the filter; the other two lists of groups in it are the service's own."""
    return (users.get("scope") or {}).get("groups") or []


def _needed(rules: t.Any, kind: str, option: str) -> tuple[Tree, Tree]:
    found = object_mapping(rules, kind)
    if found is None:
        raise InputError(option, f"the schema does not map {kind.lower()}s", hint="Reset it with state=default")
    return found


def _with(rules: list[Tree], old: Tree, new: Tree) -> list[Tree]:
    """The rules with one object mapping in another's place."""
    return [
        {**rule, "objectMappings": [new if each is old else each for each in rule["objectMappings"]]}
        if any(each is old for each in rule.get("objectMappings") or [])
        else rule
        for rule in rules
    ]
