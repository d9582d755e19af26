# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One source user on its way to the target: scoping, matching, mapping, export (graph-api.md sections 8.5 and 8.6)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .attributes import NOT_FLOWED, converted, read_target, source_value
from .credential_check import Failure
from .expression_functions import EvaluationError, evaluate
from .job import Job
from .provisioning_entry import Outcome, Step, entry
from .replication import ABSENT
from .scope_filters import groups_pass
from .target_directory import TargetDirectory

if TYPE_CHECKING:
    from .tenant import ServicePrincipal, Tenant, User
    from .world import World


@dataclass
class Run:
    """One cycle, or one request on demand."""

    world: World
    source: Tenant
    target: Tenant
    principal: ServicePrincipal
    job: Job
    full: bool
    on_demand: bool = False
    cycle_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    policy_failure: Failure | None = None
    exports: int = 0
    failures: int = 0
    entitled: int = 0
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.directory = TargetDirectory(self.world, self.target, self.source.id)
        self.rule: dict[str, Any] = self.job.schema["synchronizationRules"][0]
        self.users = self.mapping("User")

    def mapping(self, kind: str) -> dict[str, Any]:
        """The object mapping of users or groups."""
        for item in self.rule["objectMappings"]:
            if item["sourceObjectName"] == kind and item["targetObjectName"] == kind:
                found: dict[str, Any] = item
                return found
        return {"enabled": False, "attributeMappings": [], "flowTypes": "None", "scope": None}

    def may(self, flow: str, mapping: dict[str, Any] | None = None) -> bool:
        """Whether the mapping's target object actions include ``Add``, ``Update`` or ``Delete``."""
        return flow in str((mapping or self.users)["flowTypes"]).split(",")

    def log(self, outcome: Outcome) -> Outcome:
        """Write the provisioning log and count."""
        self.source.provisioning_log.append(entry(self, outcome))
        self.outcomes.append(outcome)
        if outcome.status == "failure":
            self.failures += 1
            self.job.escrows[outcome.source_id] = outcome.error_code or ""
        else:
            self.job.escrows.pop(outcome.source_id, None)
            if outcome.status == "success":
                self.exports += 1
        return outcome


@dataclass
class Plan:
    """What is to be done for one user; made before anything is exported, so that deletions can be counted first."""

    user: User
    action: str
    steps: list[Step]
    values: dict[str, Any] = field(default_factory=dict)
    creation_only: dict[str, Any] = field(default_factory=dict)
    target: User | None = None
    skip_code: str | None = None
    reason: str | None = None


def import_step(name: str) -> Step:
    """The first step of every entry."""
    return Step("EntryImport", "success", f"Retrieved '{name}' from the source directory.", {"objectId": name})


def scope_of(run: Run, user: User) -> tuple[str | None, str, Step]:
    """None when in scope, else why not (a log code and a reason), and the scoping step.

    ``input`` as reason class means: dropped early, which does not deprovision.
    """
    scope = run.users.get("scope") or {}

    def read(name: str) -> Any:
        return source_value(user, name)

    if user.external or user.properties.get("userType") != "Member":
        details = {"Filter external users.alternativeSecurityIds EQUALS 'None'": "False"}
        text = "The user is external to the source tenant or not a member."
        return "ExternalUser", text, Step("EntrySynchronizationSkip", "skipped", text, details)
    passed, details = groups_pass(scope.get("inputFilterGroups"), read)
    if not passed:
        text = "The object does not satisfy the input filter."
        return "InputFilter", text, Step("EntrySynchronizationScoping", "skipped", text, details)
    passed, details = groups_pass(scope.get("groups"), read)
    if not passed:
        text = "The object does not satisfy the scoping filter."
        return "ScopingFilter", text, Step("EntrySynchronizationScoping", "skipped", text, details)
    return None, "", Step("EntrySynchronizationScoping", "success", "The object is in scope.", details)


def desired(run: Run, user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """Mapped values: those that always flow, and those that flow at creation only. Nulls never flow."""
    always: dict[str, Any] = {}
    creation: dict[str, Any] = {}
    for item in run.users["attributeMappings"]:
        name = item["targetAttributeName"]
        if name in NOT_FLOWED:
            continue
        value = converted(name, evaluate(item["source"], lambda attribute: source_value(user, attribute)))
        if value is None and item.get("defaultValue") is not None:
            creation[name] = converted(name, item["defaultValue"])
            continue
        if value is None:
            continue
        (always if item["flowType"] == "Always" else creation)[name] = value
    if not always.get("mail") and any(item["targetAttributeName"] == "mail" for item in run.users["attributeMappings"]):
        creation.setdefault("mail", user.upn)
    return always, creation


def plan_user(run: Run, user: User) -> Plan | None:
    """Decide; None means nothing to do and nothing to log."""
    steps = [import_step(user.upn)]
    job = run.job
    reason_class, reason, step = scope_of(run, user)
    steps.append(step)
    if reason_class is not None:
        # Dropped by the input filter: not touched any more. By the scoping filter: deprovisioned if linked.
        if reason_class != "InputFilter" and reason_class != "ExternalUser" and user.id in job.links:
            return plan_removal(run, user.id, steps, reason)
        return Plan(user, "skip", steps, skip_code=reason_class, reason=reason)
    job.skipped.pop(user.id, None)
    try:
        always, creation = desired(run, user)
    except EvaluationError as problem:
        return Plan(user, "fail", steps, skip_code="AttributeMappingError", reason=str(problem))
    link = job.links.get(user.id)
    target = run.target.users.get(link.target_id) if link else None
    if link is not None and link.desired == always and not run.full and user.id not in job.escrows:
        gone = target is None and link.target_id not in run.target.deleted
        if not gone:
            return None
    if link is not None and target is None and link.target_id in run.target.deleted and not run.on_demand:
        return Plan(
            user,
            "fail",
            steps,
            skip_code="InvalidAnchor",
            reason="The target user this user was matched with has been deleted.",
        )
    target = target or run.directory.find(user)
    if target is not None:
        steps.append(Step("EntryMatching", "success", f"Found '{target.upn}' in the target directory."))
        changes = {name: value for name, value in always.items() if read_target(target, name) != value}
        return Plan(user, "update", steps, always, {"changes": changes}, target)
    steps.append(Step("EntryMatching", "success", "No matching object in the target directory."))
    if run.directory.deleted_by_engine(user) is not None and not run.on_demand:
        return Plan(user, "restore", steps, always)
    return Plan(user, "create", steps, always, creation)


def plan_removal(run: Run, user_id: str, steps: list[Step], reason: str) -> Plan | None:
    """A linked user that is out of scope now."""
    from .tenant import User as SourceUser

    link = run.job.links[user_id]
    target = run.target.users.get(link.target_id)
    source = run.source.users.get(user_id)
    if source is None:
        deleted = run.source.deleted.get(user_id)
        source = deleted.item if deleted else SourceUser(user_id, {"userPrincipalName": user_id, "displayName": None})
    if target is None:
        del run.job.links[user_id]
        return None
    if link.desired.get("accountEnabled") is False:
        # Disabled first, then removed: stays disabled and is no longer managed (domain.md section 6.4).
        return Plan(source, "release", steps, target=target, reason=reason)
    return Plan(source, "delete", steps, target=target, reason=reason)


def entitled_users(run: Run, *, lagging: bool = False) -> dict[str, None]:
    """Users assigned directly, or as direct members of assigned groups; nested groups do not count (section 9)."""
    result: dict[str, None] = {}
    for item in run.source.assignments.by_resource.get(run.principal.id, {}).values():
        if lagging:
            meaning = f"{item['principalId']}/{item['resourceId']}"
            if run.world.seen(run.source, "assignmentEvaluation", meaning, None) is ABSENT:
                continue
        if item["principalId"] in run.source.users:
            result[item["principalId"]] = None
        elif item["principalId"] in run.source.groups:
            members = run.source.groups[item["principalId"]].members
            result.update({key: None for key in members if key in run.source.users})
    return result
