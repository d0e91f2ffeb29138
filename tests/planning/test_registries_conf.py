"""Podman's registries files: whatever they hold, ours is right or the host is blocked."""

from __future__ import annotations

import tomllib
from string import ascii_lowercase, digits
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.planning.cases import a_target, applied, host_facts
from wizard.fleet.policy import RolloutPolicy
from wizard.planning.host import plan_host
from wizard.planning.paths import CONTAINERS_CONFIG, CONTAINERS_DROP_INS, CONTAINERS_OWN
from wizard.planning.plan import BlockReason, HostPlan, Verdict
from wizard.planning.toml_text import quoted
from wizard.runtimes import RUNTIMES
from wizard.runtimes.registries_conf.drop_in import drop_in_text
from wizard.runtimes.registries_conf.tables import Mirror, read_registries

_OURS = Mirror(location="registry.example")
# Of a regular expression Hypothesis draws each character apart, which takes most of a test's time.
_LOCATIONS = st.builds(
    "{}.corp{}{}".format,
    st.text(ascii_lowercase, min_size=1, max_size=8),
    st.just("") | st.text(digits, min_size=2, max_size=4).map(":{}".format),
    st.just("") | st.text(ascii_lowercase, min_size=1, max_size=5).map("/{}".format),
)
_NAMES = st.builds(
    "{}{}.conf".format,
    st.sampled_from(digits + ascii_lowercase.removesuffix("z")),
    st.text(f"{ascii_lowercase}{digits}-", max_size=6),
)
_MIRRORS = st.lists(
    st.builds(
        Mirror,
        location=_LOCATIONS,
        insecure=st.booleans(),
        pulls=st.sampled_from(["", "all", "digest-only", "tag-only"]),
    ),
    max_size=4,
    unique_by=lambda mirror: mirror.location,
)
_PREFIXES = st.sampled_from(["docker.io", "quay.io", "docker.io/library", "*.corp"])


@st.composite
def _files(draw: st.DrawFn) -> dict[str, Any]:
    """Return a main file and drop-ins with tables of some registries, in any order."""
    names = draw(st.lists(_NAMES, max_size=3, unique=True))
    paths = [CONTAINERS_CONFIG, *(f"{CONTAINERS_DROP_INS}/{name}" for name in names)]
    return {
        path: _text(draw(st.lists(st.tuples(_PREFIXES, _MIRRORS), max_size=3))) for path in paths
    }


def _text(tables: list[tuple[str, list[Mirror]]]) -> str:
    lines = ["# kept by somebody", 'unqualified-search-registries = ["docker.io"]']
    for prefix, mirrors in tables:
        location = "" if prefix.startswith("*") else f"location = {quoted(prefix)}"
        lines += ["[[registry]]", f"prefix = {quoted(prefix)}", location]
        for mirror in mirrors:
            lines += ["[[registry.mirror]]", f"location = {quoted(mirror.location)}"]
            lines += ["insecure = true"] if mirror.insecure else []
            lines += [f"pull-from-mirror = {quoted(mirror.pulls)}"] if mirror.pulls else []
    return "\n".join(lines) + "\n"


def _plan(files: dict[str, Any]) -> HostPlan:
    facts = host_facts({"podman": {"version": "5.4.2"}, "files": files})
    return plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)


def _upstream_mirrors(files: dict[str, str]) -> tuple[Mirror, ...]:
    """Return docker.io's mirrors as Podman adds the files up: first of a file, last file."""
    found: tuple[Mirror, ...] = ()
    for _path, text in sorted(files.items(), key=lambda item: (item[0].count("/"), item[0])):
        tables = tomllib.loads(text).get("registry", ())
        for table in [one for one in tables if one["prefix"] == "docker.io"][:1]:
            found = tuple(
                Mirror(
                    location=one["location"],
                    insecure=one.get("insecure", False),
                    pulls=one.get("pull-from-mirror", ""),
                )
                for one in table.get("mirror", ())
            )
    return found


@given(files=_files())
def test_target_comes_first_and_nobody_is_lost(files: dict[str, str]) -> None:
    """No file of others is touched; their mirrors follow ours, in their order and form."""
    before = _upstream_mirrors(files)
    plan = _plan(files)

    assert plan.verdict is Verdict.CHANGE
    texts = {change.path: change.after for change in plan.changes}
    assert set(texts) & set(files) == set()
    after = _upstream_mirrors({**files, CONTAINERS_OWN: texts[CONTAINERS_OWN]})
    assert after == (_OURS, *before)
    [check] = plan.check
    assert check.args == ("docker.io", *(mirror.location for mirror in after))
    [back] = plan.check_reverted
    assert back.args == ("docker.io", *(mirror.location for mirror in before))


@given(files=_files())
def test_planning_again_changes_nothing(files: dict[str, str]) -> None:
    """Applying twice is applying once."""
    facts = host_facts({"podman": {"version": "5.4.2"}, "files": files})
    plan = plan_host(facts, a_target(), RolloutPolicy(), RUNTIMES)

    again = plan_host(applied(facts, plan), a_target(), RolloutPolicy(), RUNTIMES)

    assert again.verdict is Verdict.NOTHING
    assert again.changes == ()


@given(mirrors=_MIRRORS, others=_MIRRORS)
def test_a_drop_in_reads_back_as_what_it_was_written_from(
    mirrors: list[Mirror], others: list[Mirror]
) -> None:
    """Upstreams, locations, flags and order survive."""
    written = {"docker.io": mirrors, "quay.io": others}
    facts = host_facts({"files": {CONTAINERS_OWN: drop_in_text(written)}})
    file = facts.file(CONTAINERS_OWN)
    assert file is not None

    read = read_registries(file, drop_in=True)

    assert {one.prefix: list(one.mirrors) for one in read.registries} == written


@given(
    text=st.text(alphabet=st.characters(codec="utf-8")),
    path=st.sampled_from([CONTAINERS_CONFIG, f"{CONTAINERS_DROP_INS}/10-site.conf"]),
)
def test_no_text_breaks_the_plan_or_leads_to_a_wrong_write(text: str, path: str) -> None:
    """What cannot be read blocks the host; else there is our drop-in and nothing more."""
    plan = _plan({path: text})
    if plan.verdict is Verdict.BLOCKED:
        assert plan.changes == ()
        return
    assert path not in {change.path for change in plan.changes}


@given(value=st.one_of(st.integers(), st.booleans(), st.lists(st.integers(), max_size=2)))
def test_values_of_other_types_are_named(value: object) -> None:
    """A location that is a number, a list or a truth."""
    written = str(value).lower()
    plan = _plan({CONTAINERS_CONFIG: f'[[registry]]\nprefix = "docker.io"\nlocation = {written}\n'})

    reasons = [block.reason for runtime in plan.runtimes for block in runtime.blocks]
    assert reasons == [BlockReason.CONFIG_WRONG_TYPE]
