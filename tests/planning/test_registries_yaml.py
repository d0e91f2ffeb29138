"""registries.yaml of k3s: only what leads to the target is added, whatever the file is."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.planning.cases import a_target, applied, host_facts
from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.blocks import Blocked
from wizard.planning.host import plan_host
from wizard.planning.plan import HostPlan, Verdict
from wizard.runtimes import RUNTIMES
from wizard.runtimes.k3s.registries import (
    api_of,
    is_served,
    read_registries,
    target_endpoint,
    with_ca,
    with_target,
)
from wizard.runtimes.k3s.releases import bears_listed_default, writes_hosts_files
from wizard.target import Target

FILE = "/etc/rancher/k3s/registries.yaml"
_WORDS = st.sampled_from(["docker.io", "quay.io", "*", "registry.example", "a.b:5000", "x"])
_URLS = st.sampled_from(
    [
        "https://cache.corp",
        "https://cache.corp:5000/v2/hub",
        "http://[::1]:5000",
        "registry.example",
        "https://registry.example/v2/dockerhub-proxy",
        "https://registry-1.docker.io",
    ]
)
_COMMENTS = st.sampled_from(["", "", "  # ours: 'x' - [y] {z}", " #", "   # far"])
_ABOVE = st.sampled_from(["", "", "# above\n", "\n", "    # far out\n", "#\n\n# two\n"])
_KEY_STYLES = st.sampled_from(["{}", '"{}"', "'{}'"])


@st.composite
def a_list(draw: st.DrawFn, indent: str) -> str:
    """Return endpoints in one of the forms that people write."""
    urls = draw(st.lists(_URLS, max_size=3, unique_by=api_of))
    comment = draw(_COMMENTS)
    style = draw(st.sampled_from(["block", "same", "flow", "none"]))
    quoted = [draw(_KEY_STYLES).format(url) for url in urls]
    if style == "none" or not urls:
        return draw(st.sampled_from([" []", " ~", ""])) + comment + "\n"
    if style == "flow":
        return f" [{', '.join(json.dumps(url) for url in urls)}]{comment}\n"
    at = indent if style == "same" else indent + draw(st.sampled_from(["  ", "    "]))
    gap = draw(st.sampled_from([" ", "   "]))
    items = [f"{draw(_ABOVE)}{at}-{gap}{url}{draw(_COMMENTS)}\n" for url in quoted]
    return comment + "\n" + "".join(items)


@st.composite
def a_file(draw: st.DrawFn) -> str:
    """Return a registries.yaml of somebody with ways of their own."""
    step = draw(st.sampled_from(["  ", "    ", " "]))
    parts = [draw(_ABOVE)]
    names = draw(st.lists(_WORDS, unique=True, max_size=3))
    bare = draw(st.booleans())
    if names or bare:
        parts.append(f"mirrors:{draw(_COMMENTS)}\n")
    for name in names:
        key = '"*"' if name == "*" else draw(_KEY_STYLES).format(name)
        parts.append(f"{draw(_ABOVE)}{step}{key}:{draw(_COMMENTS)}\n")
        if draw(st.booleans()):
            parts.append(f"{step * 2}endpoint:{draw(a_list(step * 2))}")
        if draw(st.booleans()):
            parts.append(f"{step * 2}x-note: {{a: [1, 2]}}{draw(_COMMENTS)}\n")
    if draw(st.booleans()):
        host = draw(st.sampled_from(["registry.example", "cache.corp"]))
        parts.append(f"{draw(_ABOVE)}configs:\n{step}{host}:\n{step * 2}tls:{draw(_COMMENTS)}\n")
        if draw(st.booleans()):
            parts.append(f"{step * 3}cert_file: /etc/c.pem{draw(_COMMENTS)}\n")
    parts.append(draw(st.sampled_from(["", "# end", "\n\n", "x-owner: |\n  some\n  team\n"])))
    text = "".join(parts)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


@st.composite
def a_host(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[HostFacts, Target, str]:
    """Return a host with such a file, and a target."""
    text = draw(texts)
    target = a_target(addressing=draw(st.sampled_from(["root", "prefix", "path"])))
    files: dict[str, Any] = {FILE: text}
    return host_facts({"k3s": {"version": "1.31.4+k3s1"}, "files": files}), target, text


def _plan(facts: HostFacts, target: Target) -> HostPlan:
    return plan_host(facts, target, RolloutPolicy(), RUNTIMES)


def _read(text: str) -> Any:
    """Return what libyaml reads, of which the parser of k3s is a translation."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _is_kept(before: str, after: str) -> bool:
    """Return whether every line of before is there, in order; an edited one as its pieces."""
    rest = iter(after)
    return all(character in rest for character in before)


@given(a_host(a_file()))
def test_only_what_leads_to_the_target_is_added(host: tuple[HostFacts, Target, str]) -> None:
    """Everything of before is there in its order, and says what it said; the target comes first."""
    facts, target, text = host
    plan = _plan(facts, target)
    after = {change.path: change.after for change in plan.changes}.get(FILE, text)
    assume(plan.verdict is not Verdict.BLOCKED)
    before, now = _read(text) or {}, _read(after)
    entry = read_registries(after).mirrors[target.upstream]
    assert is_served(target, entry)
    was = read_registries(text).mirrors.get(target.upstream)
    others = [one for one in (was.endpoints if was else ()) if one != entry.endpoints[0]]
    assert list(entry.endpoints[1:]) == others
    if not was or len(entry.endpoints) > len(was.endpoints):
        assert _is_kept(text.replace("~", "").replace("[]", ""), after)
    assert after.count("#") == text.count("#")
    assert not ("\r\n" in text and "\n" in after.replace("\r\n", ""))
    for name, value in before.items():
        if name not in {"mirrors", "configs"}:
            assert now[name] == value
    for name, value in (before.get("mirrors") or {}).items():
        if name != target.upstream:
            assert now["mirrors"][name] == value


@given(a_host(a_file()))
def test_applying_twice_equals_applying_once(host: tuple[HostFacts, Target, str]) -> None:
    """A host that was changed has nothing to be changed."""
    facts, target, _text = host
    plan = _plan(facts, target)
    if plan.verdict is Verdict.CHANGE:
        again = _plan(applied(facts, plan), target)
        assert (again.verdict, again.changes) == (Verdict.NOTHING, ())


@given(a_host(a_file()))
def test_a_revert_brings_every_byte_back(host: tuple[HostFacts, Target, str]) -> None:
    """What the ledger keeps is the whole file as it was, and nothing is written in between."""
    facts, target, text = host
    for change in _plan(facts, target).changes:
        assert change.parting is None
        if change.path == FILE:
            assert change.before is not None
            assert (change.before.text, change.before.sha256) == (
                text,
                hashlib.sha256(text.encode()).hexdigest(),
            )


@given(a_file())
def test_files_that_people_write_are_not_refused(text: str) -> None:
    """Of valid files with ways of their own none is beyond us."""
    target = a_target(addressing="prefix")
    edited = with_target(text, target)
    assert is_served(target, read_registries(edited).mirrors[target.upstream])
    if "ca_file" not in text:
        edited = with_ca(edited, target.authority, "/etc/ca.pem")
        assert read_registries(edited).ca_files[target.authority] == "/etc/ca.pem"


@given(
    a_host(
        st.text()
        | st.lists(
            st.sampled_from(
                [
                    *("mirrors", ":", "\n", " ", "docker.io", "endpoint", "- ", "[", "]", "{", "}"),
                    *("&a", "*a", "!!x", "|", ">", "#", '"', "'", "\r\n", "---", "...", "~", "\t"),
                ]
            )
        ).map("".join)
    )
)
def test_arbitrary_text_never_crashes(host: tuple[HostFacts, Target, str]) -> None:
    """Either it is refused, or what is written leads to the target and is read by anybody."""
    facts, target, _text = host
    plan = _plan(facts, target)
    for change in plan.changes:
        if change.path == FILE:
            said = _read(change.after)
            endpoints = said["mirrors"][target.upstream]["endpoint"]
            assert api_of(endpoints[0]) == api_of(target_endpoint(target))


@given(st.binary())
def test_arbitrary_bytes_lead_to_no_write_but_of_text(content: bytes) -> None:
    """What is no UTF-8 has no text, and a file without one is never written."""
    digest = hashlib.sha256(content).hexdigest()
    try:
        said: dict[str, Any] = {"text": content.decode()}
    except UnicodeDecodeError:
        said = {"text": None, "sha256": digest, "size": len(content)}
    facts = host_facts({"k3s": {"version": "1.31.4+k3s1"}, "files": {FILE: said}})
    plan = _plan(facts, a_target())
    if said["text"] is None:
        assert (plan.verdict, plan.changes) == (Verdict.BLOCKED, ())


@pytest.mark.parametrize(
    "text",
    [
        "mirrors:\n  docker.io:\n    endpoint:\n      - - nested\n",
        "mirrors: text\n",
        "configs:\n  a:\n    tls: 7\n",
        "? [a]\n: b\n",
        "~\n",
        "- a\n",
    ],
)
def test_shapes_that_k3s_does_not_start_with(text: str) -> None:
    """They are named, and nothing is made of them."""
    with pytest.raises(Blocked):
        with_target(text, a_target())


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("registry.example", "https://registry.example/v2"),
        ("https://registry.example/", "https://registry.example/v2"),
        ("https://registry.example/v2", "https://registry.example/v2"),
        ("https://registry.example/v2/hub", "https://registry.example/v2/hub"),
        ("http://cache:5000", "http://cache:5000/v2"),
        ("docker.io", "https://registry-1.docker.io/v2"),
    ],
)
def test_an_endpoint_becomes_a_url_as_k3s_makes_it(endpoint: str, url: str) -> None:
    """As `normalizeEndpointAddress`: a path of its own is used as it stands."""
    assert api_of(endpoint) == url


@pytest.mark.parametrize(
    ("version", "hosts_files", "listed_default"),
    [
        ((1, 25, 16), False, True),
        ((1, 28, 5), False, True),
        ((1, 28, 6), True, False),
        ((1, 28, 8), True, True),
        ((1, 29, 0), False, True),
        ((1, 29, 1), True, False),
        ((1, 30, 0), True, True),
        ((2, 0, 0), True, True),
    ],
)
def test_patches_of_several_lines_have_the_same_change(
    version: tuple[int, int, int], *, hosts_files: bool, listed_default: bool
) -> None:
    """Each minor release has a patch of its own since which something is so."""
    assert writes_hosts_files(version) is hosts_files
    assert bears_listed_default(version) is listed_default
