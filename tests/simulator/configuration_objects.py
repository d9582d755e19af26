# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# Copyright: (c) 2026, the entra.crosstenant authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pair of objects behind one configuration, and its jobs (graph-api.md sections 7.2 and 8.2)."""

from __future__ import annotations

import uuid
from typing import Any

from .default_schema import default_schema
from .job import Job
from .settings import Settings
from .tenant import Application, ServicePrincipal, Tenant

SYNC_TEMPLATE = "518e5f48-1fc8-4c48-9387-9fdf28b0dfe7"
NON_GALLERY_TEMPLATE = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"
FACTORY = "Azure2Azure"


def app_role(role_id: str) -> dict[str, Any]:
    """The role that makes a principal syncable."""
    return {
        "allowedMemberTypes": ["User"],
        "description": "msiam_access",
        "displayName": "msiam_access",
        "id": role_id,
        "isEnabled": True,
        "origin": "Application",
        "value": None,
    }


def make_pair(
    tenant: Tenant, display_name: str, template_id: str, owner: str | None, created: str, reference: str | None = None
) -> tuple[Application, ServicePrincipal]:
    """Create application and service principal of a gallery template and store both."""
    app_id, role, scope_id = str(uuid.uuid4()), app_role(str(uuid.uuid4())), str(uuid.uuid4())
    homepage = (
        "https://account.activedirectory.windowsazure.com:444/applications/default.aspx"
        "?metadata=aad2aadsync|ISV9.1|primary|z"
        if template_id == SYNC_TEMPLATE
        else None
    )
    scopes = [
        {
            "adminConsentDescription": f"Allow access to {display_name} on behalf of the signed-in user.",
            "adminConsentDisplayName": f"Access {display_name}",
            "id": scope_id,
            "isEnabled": True,
            "type": "User",
            "userConsentDescription": None,
            "userConsentDisplayName": None,
            "value": "user_impersonation",
        }
    ]
    application = Application(
        str(uuid.uuid4()),
        {
            "deletedDateTime": None,
            "appId": app_id,
            "applicationTemplateId": template_id,
            "createdDateTime": created,
            "disabledByMicrosoftStatus": None,
            "displayName": display_name,
            "description": None,
            "groupMembershipClaims": None,
            "identifierUris": [],
            "notes": None,
            "publisherDomain": tenant.initial_domain,
            "serviceManagementReference": reference,
            "signInAudience": "AzureADMyOrg",
            "tags": [],
            "appRoles": [dict(role)],
            "addIns": [],
            "keyCredentials": [],
            "passwordCredentials": [],
            "requiredResourceAccess": [],
            "web": {"homePageUrl": homepage, "logoutUrl": None, "redirectUris": []},
        },
    )
    principal = ServicePrincipal(
        str(uuid.uuid4()),
        {
            "deletedDateTime": None,
            "accountEnabled": True,
            "addIns": [],
            "alternativeNames": [],
            "appDisplayName": display_name,
            "appId": app_id,
            "appOwnerOrganizationId": tenant.id,
            "appRoleAssignmentRequired": True,
            "appRoles": [dict(role)],
            "applicationTemplateId": template_id,
            "disabledByMicrosoftStatus": None,
            "displayName": display_name,
            "homepage": homepage,
            "keyCredentials": [],
            "loginUrl": None,
            "logoutUrl": None,
            "notes": None,
            "notificationEmailAddresses": [],
            "oauth2PermissionScopes": scopes,
            "passwordCredentials": [],
            "preferredSingleSignOnMode": None,
            "replyUrls": [],
            "servicePrincipalNames": [app_id],
            "servicePrincipalType": "Application",
            "signInAudience": "AzureADMyOrg",
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
            "tokenEncryptionKeyId": None,
        },
        synchronizable=True,
        role_ids={str(role["id"])},
    )
    if owner:
        application.owners.add(owner)
        principal.owners.add(owner)
    tenant.applications[application.id] = application
    tenant.service_principals[principal.id] = principal
    return application, principal


def make_job(tenant: Tenant, principal: ServicePrincipal, settings: Settings, now: float) -> Job:
    """Create a job in its untouched state and store it."""
    job_id = f"{FACTORY}.{tenant.id.replace('-', '')}.{uuid.uuid4()}"
    job = Job(job_id, FACTORY, default_schema(job_id, settings), now)
    principal.jobs[job_id] = job
    return job
