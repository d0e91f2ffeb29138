"""What the migration file chooses for a Nexus becomes exactly what is wanted of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from wizard.fleet.migration import load
from wizard.registries.authority import Login
from wizard.registries.nexus.chosen import nexus_wanted
from wizard.registries.nexus.wanted import Group, Hosted, Quota, Upstream, Wanted
from wizard.secret import Secret

TOKEN: Final = Secret("dckr_pat_planted")
EVERYTHING: Final = """\
version: 1
hosts: [web1]
target:
  kind: nexus
  url: https://nexus.test
  prefix: repository/hub
  upstreams: {quay.io: {prefix: quay, addressing: prefix}}
  provision:
    accounts: {docker.io: {username: company, password: env:HUB}}
    nexus:
      base_url: https://nexus.test/
      blob_store: images
      quota: 20GB
      quota_of_remaining: true
      upstreams:
        docker.io: {port: 8082, renew_password: true}
        r.corp:5000: {server: "https://10.0.0.7:5000", private: true, by_path: true}
      hosted: {own: {port: 8083}}
      groups: {all: {members: [hub, own], by_path: true}}
      anonymous_reads: [all]
      keep_anonymous_roles: true
      cleanup_days: 0
      housekeeping: false
      backup: dumps
"""


def test_everything_that_can_be_chosen_is_wanted(tmp_path: Path) -> None:
    """Each key reaches its field; names come from the target's own paths."""
    file = tmp_path / "migration.yaml"
    file.write_text(EVERYTHING, encoding="utf-8")
    target = load(file, lookup=lambda _alias, _file: pytest.fail("no alias")).target
    assert target
    assert nexus_wanted(target, {"account:docker.io": TOKEN}, accepted_eula="words") == Wanted(
        accepted_eula="words",
        base_url="https://nexus.test/",
        blob_store="images",
        quota=Quota(bytes=20 * 10**9, remaining=True),
        upstreams=(
            Upstream(
                repository="hub",
                login=Login(username="company", password=TOKEN),
                http_port=8082,
                renews_password=True,
            ),
            Upstream(upstream="quay.io", repository="quay", by_path=True),
            Upstream(
                upstream="r.corp:5000",
                repository="r.corp-5000",
                server="https://10.0.0.7:5000",
                is_private=True,
                by_path=True,
            ),
        ),
        hosted=(Hosted(repository="own", http_port=8083),),
        groups=(Group(repository="all", members=("hub", "own"), by_path=True),),
        anonymous_reads=("all",),
        keeps_anonymous_roles=True,
        cleanup_days=0,
        housekeeping=False,
        backup="dumps",
    )
