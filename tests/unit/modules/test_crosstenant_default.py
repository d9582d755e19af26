# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""crosstenant_default: what is named is made so, and the service may have everything back."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.entra.crosstenant.plugins.module_utils._errors import GraphError, InputError
from ansible_collections.entra.crosstenant.plugins.module_utils._resources.default_policy import SERVICE_DEFAULT
from ansible_collections.entra.crosstenant.plugins.modules.crosstenant_default import TASK

from unit.conversation import Exchange
from unit.factories import Clock, Tree, asks_within, error_body, not_found, run, run_four_times

PATH = "/v1.0/policies/crossTenantAccessPolicy/default"
RESET = Exchange("POST", f"{PATH}/resetToSystemDefault", status=204)
REDEMPTION = "invitationRedemptionIdentityProviderConfiguration"
ONLY_GLOBAL = (
    "tenant_restrictions",
    "app_service_connect_inbound",
    "m365_collaboration_inbound",
    "m365_collaboration_outbound",
)


def policy(is_default: bool = False, **settings: t.Any) -> Tree:
    """The default policy as Graph shows it, with what no client declares."""
    return {
        "id": "default",
        "isServiceDefault": is_default,
        "automaticUserConsentSettings": {"inboundAllowed": False, "outboundAllowed": False},
        "crossCloudMeetingConfiguration": {"inboundAllowed": None},
        **copy.deepcopy(SERVICE_DEFAULT),
        **settings,
    }


def reading(found: Tree) -> Exchange:
    return Exchange("GET", PATH, reply=found)


def patching(body: Tree) -> Exchange:
    return Exchange("PATCH", PATH, json=body, status=204)


def trust(mfa: bool, device: bool = False) -> Tree:
    members = {"isMfaAccepted": mfa, "isCompliantDeviceAccepted": device, "isHybridAzureADJoinedDeviceAccepted": False}
    return {"inboundTrust": members}


def redemption(
    order: t.Sequence[str] = ("externalFederation", "azureActiveDirectory", "socialIdentityProviders"),
    fallback: str | None = "defaultConfiguredIdp",
) -> Tree:
    return {REDEMPTION: {"primaryIdentityProviderPrecedenceOrder": list(order), "fallbackIdentityProvider": fallback}}


def rule(access: str, kind: str = "user", target: str = "AllUsers") -> Tree:
    return {"accessType": access, "targets": [{"target": target, "targetType": kind}]}


def test_what_is_named_is_changed_and_sent_whole() -> None:
    after = policy(**trust(mfa=True, device=True))
    runs = run_four_times(
        TASK,
        {"inbound_trust": {"mfa_accepted": True}},
        before=[reading(policy(is_default=True, **trust(mfa=False, device=True)))],
        writing=[patching(trust(mfa=True, device=True)), reading(after)],
        after=[reading(after)],
    )
    assert runs.diff == ({"inbound_trust": {"mfa_accepted": False}}, {"inbound_trust": {"mfa_accepted": True}})
    assert runs.check.values == runs.do.values
    shown = runs.do.values["default_policy"]
    assert shown["is_service_default"] is False
    assert "automatic_user_consent" not in shown
    assert shown["b2b_collaboration_inbound"]["users_and_groups"] == {
        "access_type": "allowed",
        "targets": [{"target": "AllUsers", "target_type": "user"}],
    }


def test_a_member_of_a_setting_keeps_its_siblings() -> None:
    blocked = {"access_type": "blocked", "targets": [{"target": "AllUsers", "target_type": "user"}]}
    changed = {"usersAndGroups": rule("blocked"), "applications": rule("allowed", "application", "AllApplications")}
    after = policy(b2bCollaborationInbound=changed)
    run_four_times(
        TASK,
        {"b2b_collaboration_inbound": {"users_and_groups": blocked}},
        before=[reading(policy())],
        writing=[patching({"b2bCollaborationInbound": changed}), reading(after)],
        after=[reading(after)],
    )


def test_nothing_named_changes_nothing() -> None:
    result = run(TASK, {}, reading(policy(is_default=True)))
    assert not result.changed
    assert result.values["default_policy"]["is_service_default"] is True


def test_the_order_of_identity_providers_matters_and_their_case_does_not() -> None:
    order = ["azureActiveDirectory", "externalFederation", "socialIdentityProviders"]
    shown = policy(**redemption(order, "microsoftAccount"))
    odd = policy(**redemption([each.upper() for each in order], "MicrosoftAccount"))
    named = ["azure_active_directory", "external_federation", "social_identity_providers"]
    wanted = {"invitation_redemption": {"primary_order": named, "fallback": "microsoft_account"}}
    runs = run_four_times(
        TASK,
        wanted,
        before=[reading(policy(is_default=True))],
        writing=[patching({REDEMPTION: shown[REDEMPTION]}), reading(shown)],
        after=[reading(shown)],
    )
    assert runs.do.after == wanted
    assert runs.do.before["invitation_redemption"]["fallback"] == "default_configured_idp"
    assert not run(TASK, wanted, reading(odd)).changed


def test_one_member_of_the_redemption_keeps_the_other() -> None:
    after = policy(**redemption(fallback="emailOneTimePasscode"))
    run(
        TASK,
        {"invitation_redemption": {"fallback": "email_one_time_passcode"}},
        reading(policy()),
        patching({REDEMPTION: after[REDEMPTION]}),
        reading(after),
    )


def test_a_provider_that_is_new_to_the_collection_is_shown_as_it_is() -> None:
    new = policy(**redemption(["telepathy"], None))
    shown = run(TASK, {}, reading(new)).values["default_policy"]["invitation_redemption"]
    assert shown == {"primary_order": ["telepathy"], "fallback": None}


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("inbound_trust", "inboundTrust"),
        ("b2b_collaboration_inbound", "b2bCollaborationInbound"),
        ("b2b_direct_connect_outbound", "b2bDirectConnectOutbound"),
        ("tenant_restrictions", "tenantRestrictions"),
        ("invitation_redemption", REDEMPTION),
    ],
)
def test_an_empty_dictionary_gives_back_what_the_service_sets_and_never_sends_null(option: str, name: str) -> None:
    other: Tree = {
        "inboundTrust": trust(mfa=True)["inboundTrust"],
        "b2bCollaborationInbound": {"usersAndGroups": rule("blocked"), "applications": None},
        "b2bDirectConnectOutbound": {
            "usersAndGroups": rule("allowed"),
            "applications": rule("allowed", "application", "Office365"),
        },
        "tenantRestrictions": {"usersAndGroups": rule("allowed"), "applications": None, "devices": {"mode": "blocked"}},
        REDEMPTION: {"primaryIdentityProviderPrecedenceOrder": [], "fallbackIdentityProvider": "microsoftAccount"},
    }
    after = policy()
    run_four_times(
        TASK,
        {option: {}},
        before=[reading(policy(**{name: other[name]}))],
        writing=[patching({name: SERVICE_DEFAULT[name]}), reading(after)],
        after=[reading(after)],
    )


@pytest.mark.parametrize("option", ONLY_GLOBAL[1:])
def test_a_setting_whose_default_nobody_knows_is_not_given_back_alone(option: str) -> None:
    with pytest.raises(InputError, match=option) as raised:
        run(TASK, {option: {}})
    assert "state=reset" in raised.value.hint


def test_a_reset_gives_everything_back_once() -> None:
    touched = policy(**trust(mfa=True), b2bDirectConnectInbound={"usersAndGroups": rule("allowed")})
    runs = run_four_times(
        TASK,
        {"state": "reset"},
        before=[reading(touched)],
        writing=[RESET, reading(policy(is_default=True))],
        after=[reading(policy(is_default=True))],
    )
    assert runs.check.values == runs.do.values
    before, after = runs.diff
    assert before["is_service_default"] is False
    assert after["is_service_default"] is True
    assert after["inbound_trust"] == {"mfa_accepted": False}
    assert before["b2b_direct_connect_inbound"]["users_and_groups"]["access_type"] == "allowed"
    assert set(after) == {"is_service_default", "inbound_trust", "b2b_direct_connect_inbound"}


def test_a_reset_takes_the_word_of_the_service_for_what_its_default_is() -> None:
    unusual = policy(is_default=True, **trust(mfa=True))
    assert not run(TASK, {"state": "reset"}, reading(unusual)).changed
    done = run(TASK, {"state": "reset"}, reading(policy()), RESET, reading(unusual))
    assert done.values["default_policy"]["inbound_trust"]["mfa_accepted"] is True
    assert done.warnings == []


def test_what_is_not_documented_of_the_default_is_predicted_as_null() -> None:
    touched = policy(m365CollaborationInbound={"users": rule("blocked")})
    result = run(TASK, {"state": "reset"}, reading(touched), check_mode=True)
    assert result.before["m365_collaboration_inbound"]["users"]["access_type"] == "blocked"
    assert result.after["m365_collaboration_inbound"] == {"users": None}
    assert result.values["default_policy"]["m365_collaboration_inbound"] == {"users": None}


def test_a_reset_predicts_nothing_of_settings_that_the_cloud_lacks() -> None:
    less = {name: value for name, value in policy(**trust(mfa=True)).items() if name != "tenantRestrictions"}
    result = run(TASK, {"state": "reset", "cloud": "china"}, reading(less), check_mode=True)
    assert set(result.after) == {"is_service_default", "inbound_trust"}
    assert result.values["default_policy"]["tenant_restrictions"]["users_and_groups"] is None


def test_a_reset_that_shows_late_is_waited_for_and_one_that_never_shows_is_told() -> None:
    clock = Clock()
    late = [reading(policy()), RESET, reading(policy()), reading(policy(is_default=True))]
    assert run(TASK, {"state": "reset"}, *late, clock=clock).warnings == []
    assert clock.waits == [0.5]
    never = [reading(policy()), RESET, *[reading(policy())] * asks_within(60)]
    assert "does not show it yet" in run(TASK, {"state": "reset"}, *never).warnings[0]


def test_where_the_service_does_not_say_whose_the_policy_is_its_settings_do() -> None:
    def silent(**settings: t.Any) -> Tree:
        found = policy(**settings, tenantRestrictions=None)
        del found["isServiceDefault"], found[REDEMPTION]
        return found

    runs = run_four_times(
        TASK,
        {"state": "reset"},
        before=[reading(silent(**trust(mfa=True)))],
        writing=[RESET, reading(silent())],
        after=[reading(silent())],
    )
    assert runs.diff == ({"inbound_trust": {"mfa_accepted": True}}, {"inbound_trust": {"mfa_accepted": False}})
    assert runs.do.warnings == []


def test_a_reset_takes_no_settings() -> None:
    with pytest.raises(InputError, match=r"b2b_collaboration_inbound, inbound_trust: state=reset"):
        run(TASK, {"state": "reset", "inbound_trust": {"mfa_accepted": True}, "b2b_collaboration_inbound": {}})


@pytest.mark.parametrize("cloud", ["usgov", "usgov_dod", "china"])
def test_what_only_the_global_cloud_has_is_refused_by_name_elsewhere(cloud: str) -> None:
    with pytest.raises(InputError) as raised:
        run(TASK, {"cloud": cloud, "tenant_restrictions": {}, "m365_collaboration_outbound": {}})
    assert raised.value.message.startswith("tenant_restrictions, m365_collaboration_outbound: ")
    assert cloud in raised.value.message


def test_a_policy_that_cannot_be_read_is_a_failure() -> None:
    with pytest.raises(GraphError):
        run(TASK, {}, not_found("GET", PATH))
    refused = Exchange("GET", PATH, status=403, reply=error_body("Authorization_RequestDenied", "Insufficient."))
    with pytest.raises(GraphError) as raised:
        run(TASK, {"state": "reset"}, refused)
    assert "Policy.Read.All" in raised.value.explanation()
