# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a text shows what nobody may see."""

from __future__ import annotations

import re

import yaml

from simulator import TWO_TENANTS

TOKEN = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}")


def every_secret() -> list[str]:
    """All secrets of the seed."""
    tenants = yaml.safe_load(TWO_TENANTS.read_text(encoding="utf-8"))["tenants"]
    apps = [app for tenant in tenants for app in tenant["apps"]]
    return [app[key] for app in apps for key in ("secret", "secret_expired") if key in app]


def leaks(text: str) -> list[str]:
    """The secrets and tokens in a text."""
    return [secret for secret in every_secret() if secret in text] + TOKEN.findall(text)
