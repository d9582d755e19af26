# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the connection options that every module has."""

from __future__ import annotations


class ModuleDocFragment:
    """The ``auth`` fragment, the twin of ``CONNECTION`` in module_utils/_arguments.py."""

    DOCUMENTATION = r"""
options:
  tenant_id:
    description:
      - The tenant to work in, as its id (a GUID) or one of its verified domains.
      - A credential that turns out to belong to another tenant is refused before anything is read or written.
      - If left out, the first non-empty of the environment variables E(ENTRA_TENANT_ID), E(AZURE_TENANT_ID) and
        E(AZURE_TENANT) is used. It has to be given in one of these ways.
    type: str
  client_id:
    description:
      - The application (client) id of the app registration to sign in as.
      - If left out, E(ENTRA_CLIENT_ID) or E(AZURE_CLIENT_ID) is used.
    type: str
  client_secret:
    description:
      - A client secret of the app registration. Give its value, not its id.
      - If left out, E(ENTRA_CLIENT_SECRET), E(AZURE_CLIENT_SECRET) or E(AZURE_SECRET) is used.
    type: str
  client_certificate_path:
    description:
      - A file with the client certificate and its private key, as PEM or PFX. Which of the two it is, is told by its
        content; the name does not matter.
      - If left out, E(ENTRA_CLIENT_CERTIFICATE_PATH) or E(AZURE_CLIENT_CERTIFICATE_PATH) is used.
    type: path
  client_certificate_password:
    description:
      - The password of the private key in O(client_certificate_path). Leave it out for a key without one.
      - If left out, E(ENTRA_CLIENT_CERTIFICATE_PASSWORD) or E(AZURE_CLIENT_CERTIFICATE_PASSWORD) is used.
    type: str
  federated_token_file:
    description:
      - A file with a token of another identity provider that the app registration trusts (workload identity
        federation). It is read anew for each sign-in.
      - If left out, E(ENTRA_FEDERATED_TOKEN_FILE) or E(AZURE_FEDERATED_TOKEN_FILE) is used.
    type: path
  access_token:
    description:
      - A ready access token for Microsoft Graph. It cannot be renewed, so it has to outlast the task.
      - If left out, E(ENTRA_ACCESS_TOKEN) is used.
    type: str
  auth_method:
    description:
      - How to sign in.
      - V(auto) takes the first of O(access_token), O(client_secret), O(client_certificate_path) and
        O(federated_token_file) that is set.
      - V(managed_identity) uses the identity of the machine; O(client_id) then names a user-assigned one.
      - V(azure_cli) asks the command C(az) for a token of whoever is signed in there.
      - If left out, E(ENTRA_AUTH_METHOD) is used, else V(auto).
    type: str
    choices: [auto, client_secret, client_certificate, federated, managed_identity, azure_cli, access_token]
    default: auto
  cloud:
    description:
      - The national cloud that the tenant is in, which decides the endpoints.
      - If left out, E(ENTRA_CLOUD) is used, else V(global).
    type: str
    choices: [global, usgov, usgov_dod, china]
    default: global
  graph_url:
    description:
      - Microsoft Graph's address in place of the cloud's, for instance that of a private endpoint. Plain http is
        accepted only for this machine itself.
      - When O(login_url) is replaced as well, tokens are asked for this address; otherwise for the cloud's Graph.
      - If left out, E(ENTRA_GRAPH_URL) is used, else the address of O(cloud).
    type: str
  login_url:
    description:
      - The login endpoint's address in place of the cloud's.
      - If left out, E(ENTRA_LOGIN_URL) is used, else the address of O(cloud).
    type: str
  ca_path:
    description:
      - A file with the certificate authorities to trust, in place of the usual ones.
      - If left out, E(ENTRA_CA_PATH) or E(REQUESTS_CA_BUNDLE) is used, else the usual ones are.
    type: path
  proxy:
    description:
      - The address of an HTTPS proxy.
      - If left out, E(ENTRA_PROXY) is used, else the usual proxy variables such as E(HTTPS_PROXY) are in force.
    type: str
  skip_tls_verification:
    description:
      - Whether to accept any certificate. Tokens can then be stolen on the way; use O(ca_path) instead wherever
        possible.
      - If left out, E(ENTRA_SKIP_TLS_VERIFICATION) is used, else V(false).
    type: bool
    default: false
  timeout:
    description:
      - Seconds to wait for the answer to one request.
      - If left out, E(ENTRA_TIMEOUT) is used, else V(30.0).
    type: float
    default: 30.0
  max_wait:
    description:
      - Seconds that a task may spend waiting altogether, on throttling and until the service shows what was written.
      - If left out, E(ENTRA_MAX_WAIT) is used, else V(600.0).
    type: float
    default: 600.0
requirements:
  - python >= 3.10
  - msal >= 1.35.0
  - requests >= 2.31.0
notes:
  - An environment variable that is set but empty counts as unset.
  - C(client_secret), C(client_certificate_password) and C(access_token) must have at least 8 characters; ids stay
    readable in all output.
  - A failed task returns RV(ignore:error) with C(status), C(code), C(message), C(request_id), C(method), C(path),
    C(tenant_id) and C(hint) beside C(msg), which says what was being done, in which tenant, and the remedy.
"""
