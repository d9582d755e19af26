# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codes of the provisioning service in plain words, with the remedy (domain.md section 8). PRIVATE.

Part of a name was changed with the product's, so codes are told by their endings.
"""

from __future__ import annotations

from ._graph_errors import REMEDIES

# What the built-in filter, which lets home users pass only, is called wherever it is named.
_BUILT_IN_FILTER = "alternativesecurityids equals"
_POLICY = "AzureActiveDirectoryCrossTenantSyncPolicyCheckFailure"

# Ending of the code: what it means, and what to do about it.
_ADVICE = {
    "RedundantExport": ("the target tenant has the user as he should be", None),
    "NotEffectivelyEntitled": (
        "the user is not assigned to the configuration, or to a role that does not count",
        "Assign him with app_role_assignment; an assignment to another role is to be removed and made anew",
    ),
    "PolicyCheckFailure": ("the policies of the two tenants do not allow it", REMEDIES[_POLICY]),
    "InvitationCreationFailureUserAccountDisabled": (
        "the user exists in the target tenant, disabled and with a pending invitation",
        "Enable him there and try again",
    ),
    "InvitationCreationFailureInvalidPropertyValue": (
        "an attribute cannot be used for the invitation",
        "Correct the mail address and the mappings of mail and userType; a group of the target may have the address",
    ),
    "InvitationCreationFailureAmbiguousUser": (
        "a user of the target tenant has the same proxy address",
        "Delete that user, or take this one out of scope",
    ),
    "InvitationCreationFailure": ("the target tenant could not invite the user", "Try again, then ask the support"),
    "OriginatedInExternalService": (
        "mail and showInAddressList of this user are governed in the target tenant",
        "Change them there, or take them out of the mappings",
    ),
    "MasteredOnPremises": ("the target's user comes from its own premises", "Take the user out of scope"),
    "QuotaLimitExceeded": ("the target tenant may hold no more objects", "Have its quota raised"),
    "EntityTypeNotSupported": ("only users can be provisioned in this way", "Name the members, not the group"),
    "EntryConflict": ("a value of the user is taken in the target tenant", "Correct it on either side"),
    "Conflict": ("a value of the user is taken in the target tenant", "Correct it on either side"),
    "DuplicateTargetEntries": ("several users of the target tenant match", "Leave one of them"),
    "DuplicateSourceEntries": ("several users of the source tenant match", "Leave one of them in scope"),
    "InvalidAnchor": (
        "the user that was matched before is gone from the target tenant",
        "Restore him there, or restart the job with reset_scope Full",
    ),
    "InvalidDomain": ("the target tenant does not take the domain of an attribute", "Correct the value or the mapping"),
    "MandatoryFieldsMissing": ("a mandatory attribute has no value", "Fill it in, or map something else to it"),
    "MissingValues": ("an attribute has no value", "Fill it in, or map something else to it"),
    "SchemaAttributeNotFound": ("a mapping names an attribute that is not there", "Correct the mapping"),
    "Forbidden": (
        "the target tenant refuses guests",
        "Allow invitations in its external collaboration settings, and the domain where domains are listed",
    ),
    "InsufficientRights": ("the target tenant refused", "Check its cross-tenant access policy for the source tenant"),
    "Unauthorized": ("the target tenant refused", "Check its cross-tenant access policy for the source tenant"),
    "NotPermitted": ("the target tenant refused", "Check its cross-tenant access policy for the source tenant"),
    "TooManyRequests": ("the service is busy", "Try again in some minutes"),
    "InternalServerError": ("the service failed", "Try again in some minutes"),
    "InternalError": ("the service failed", "Try again in some minutes"),
    "Timeout": ("the service took too long", "Try again in some minutes"),
}


def advice_for(code: str | None, text: str = "") -> tuple[str | None, str | None]:
    """What a code means and the remedy; each None where nothing is known.

    :param text: what else the service said, where the code says little.
    """
    if _BUILT_IN_FILTER in text.lower():
        return (
            "users who come from another tenant or may sign in by SMS are never synchronized",
            "Disable SMS sign-in for a user of this tenant",
        )
    for ending, advice in _ADVICE.items():
        if code and code.lower().endswith(ending.lower()):
            return advice
    return None, REMEDIES.get(code or "")
