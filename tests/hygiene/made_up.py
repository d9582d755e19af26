# Copyright: (c) 2026, the entra.crosstenant authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options made up from a module's argument spec: some sensible, some nearly so, some nasty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from integration.tenants import ADELE, GUEST, SOURCE, STRANGER, TARGET, ZERO

Spec = Mapping[str, Mapping[str, Any]]
# Values that work, by the name of the option.
Sensible = Mapping[str, tuple[Any, ...]]

NASTY_TEXTS = (
    "", " ", ".", "..", "../..", "/", "//", "\\", "%", "%2F", "%00", "#", "?", "?$top=1", "&", "+", ";", "=",
    "@", "$", "$$",
    "$ref", "$count", "$batch", "'", "''", "\"", "a'b", "' or 1 eq 1 or 'a' eq '", "a/b", "a\\b",
    "a#b@contoso.example",
    "a?b@contoso.example", "a%b@contoso.example", "o'neil@contoso.example", "$adele@contoso.example", "(",
    ")", "()", "a(b)",
    "users(1)", "{}", "[]", "null", "None", "true", "*", "me", "{{ 1 }}", "\n", "a\nb", "a\r\nX-Header: b",
    "\t", "\x00", "a\x00b",
    "\x1f", "\x7f", "\u2028", "\ufeff", "\ud7ff", "\U0001f600", "Jürgen@contoso.example", "日本語", "إنتاج",
    "e\u0301", "ﬀ", "İ", "ß",
    "x" * 300, "x" * 5000, "ü" * 1000, "a." * 100 + "b", "-" * 36, "https://graph.microsoft.com/v1.0/users",
    "http://127.0.0.1:9/",
)  # fmt: skip
GUIDS = (
    SOURCE.id,
    TARGET.id,
    STRANGER,
    ZERO,
    "99999999-aaaa-4bbb-8ccc-000000000009",
    TARGET.id.upper(),
    f" {TARGET.id} ",
)
NEARLY_GUIDS = (
    TARGET.id[:-1], TARGET.id + "0", TARGET.id.replace("-", ""), "{" + TARGET.id + "}", TARGET.id.replace("a", "g"),
    TARGET.id.replace("-", "\u2013"), TARGET.id + "\n", TARGET.id.replace("2", "\uff12"), TARGET.id + "/",
    f"{TARGET.id}'",
)  # fmt: skip
DOMAINS = (TARGET.domain, SOURCE.domain, "fabrikam.onmicrosoft.example", "nobody.example", "northwind.example")
NAMES = (
    ADELE,
    GUEST,
    "nobody@contoso.example",
    "Engineering",
    "All Staff",
    "msiam_access",
    "AllUsers",
    "AllApplications",
)
NUMBERS = (
    0,
    1,
    -1,
    5,
    500,
    2**31 - 1,
    2**31,
    -(2**31) - 1,
    2**63,
    10**30,
    "7",
    "-0",
    "0x10",
    "1e3",
    1.5,
    "",
    "many",
    True,
)
SECONDS = (0, 0.0, -1, 1, 2.5, 1e9, 1e300, "nan", "inf", "-inf", "1e400", "", "long", 10**30, True)
# For an option that takes a dictionary of any content.
DICTIONARIES: tuple[dict[str, Any], ...] = (
    {},
    {"a": "b"},
    {"synchronizationRules": []},
    {"synchronizationRules": "a"},
    {"synchronizationRules": [1]},
    {"synchronizationRules": [{}]},
    {"synchronizationRules": [{"objectMappings": [{"attributeMappings": [{"source": "a"}]}]}]},
    {"synchronizationRules": [{"objectMappings": [{"sourceObjectName": "User", "targetObjectName": "User"}]}]},
    {"synchronizationRules": None, "directories": [{"name": "a", "objects": [{"attributes": [None]}]}]},
    {"directories": [{"name": "a"}]},
)
TRUTHS = (True, False, "yes", "no", "maybe", 1, 0, 2, "")


ODD_TEXTS = (*GUIDS, *NAMES, *DOMAINS, *NEARLY_GUIDS, *NASTY_TEXTS)


def leaves(spec: Spec, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Every option that is no dictionary, with the names that lead to it."""
    for name, option in spec.items():
        if "options" in option:
            yield from leaves(option["options"], (*path, name))
        else:
            yield (*path, name), option


def odd_values(option: Mapping[str, Any]) -> tuple[Any, ...]:
    """What to give to an option that takes something else."""
    kind = option.get("type", "str")
    if kind == "list":
        return tuple([each] for each in ODD_TEXTS)
    odd: dict[str, tuple[Any, ...]] = {"bool": TRUTHS, "int": NUMBERS, "float": SECONDS}
    return (*DICTIONARIES, *ODD_TEXTS) if kind == "dict" else odd.get(kind, ODD_TEXTS)


def texts() -> st.SearchStrategy[Any]:
    """Texts of every kind, and now and then what is no text."""
    return st.one_of(
        st.sampled_from((*GUIDS, *NAMES, *DOMAINS)),
        st.sampled_from((*NEARLY_GUIDS, *NASTY_TEXTS)),
        st.sampled_from(NASTY_TEXTS),
        st.text(st.sampled_from("aZ0 '\"/\\%#?&=+$(){}[]@.,;:|<>*~`^!-_\n\x00ü😀"), max_size=12),
        st.sampled_from((5, 1.5, True, [], {}, ["a"], {"a": "b"})),
    )


def odd(option: Mapping[str, Any], sensible: Sensible) -> st.SearchStrategy[Any]:
    """A value that the option is not made for, or only just."""
    kind = option.get("type", "str")
    if kind == "list":
        element = {**option, "type": option.get("elements", "str")}
        spoilt = st.tuples(st.lists(fitting("", element, sensible), max_size=2), odd(element, sensible))
        return st.one_of(spoilt.map(lambda made: [*made[0], made[1]]), st.just([]), st.sampled_from(NASTY_TEXTS))
    if kind == "dict" and "options" not in option:
        return st.sampled_from((*DICTIONARIES, *NASTY_TEXTS))
    if kind == "dict":
        # A number in the place of a dictionary is more than ansible-core itself can refuse.
        return st.one_of(options(option["options"], sensible, spoilt=1), st.just({}), st.sampled_from(NASTY_TEXTS))
    pools = {"bool": TRUTHS, "int": NUMBERS, "float": SECONDS}
    return st.sampled_from(pools[kind]) if kind in pools else texts()


def fitting(name: str, option: Mapping[str, Any], sensible: Sensible) -> st.SearchStrategy[Any]:
    """A value that the option is made for."""
    kind = option.get("type", "str")
    if name in sensible:
        return st.sampled_from(sensible[name])
    if kind == "list":
        return st.lists(fitting("", {**option, "type": option.get("elements", "str")}, sensible), max_size=3)
    if "choices" in option:
        return st.sampled_from(option["choices"])
    if kind == "dict":
        return options(option["options"], sensible) if "options" in option else st.sampled_from(DICTIONARIES)
    pools = {"bool": (True, False), "int": (0, 1, 500), "float": (1, 2.5)}
    return st.sampled_from(pools.get(kind, ("Anything", "ünïcode")))


@st.composite
def options(draw: st.DrawFn, spec: Spec, sensible: Sensible, spoilt: int = 0) -> dict[str, Any]:
    """Some of the options, a few of them spoilt."""
    required = {name for name, option in spec.items() if option.get("required")}
    optional = sorted(set(spec) - required)
    chosen = required | (draw(st.sets(st.sampled_from(optional), max_size=3)) if optional else set())
    given = {name: draw(fitting(name, spec[name], sensible), label=name) for name in sorted(chosen)}
    for dummy in range(spoilt):
        name = draw(st.sampled_from(sorted(spec)))
        given[name] = draw(odd(spec[name], sensible), label=f"{name} (spoilt)")
    return given
