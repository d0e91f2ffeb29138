"""A hosts.toml of ours is known again, byte for byte, and nobody else's is taken for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wizard.runtimes.hosts_toml import HostEntry, HostsFile, Trust, own_hosts_file

_PATHS = st.sampled_from(["/etc/a.pem", '/etc/"odd".pem', "/etc/ü.pem"])
_TRUSTS = st.builds(
    Trust,
    ca=st.lists(_PATHS, max_size=2).map(tuple),
    skip_verify=st.booleans(),
    client=st.none() | st.tuples(_PATHS, _PATHS),
)
_ENTRIES = st.builds(
    HostEntry,
    url=st.sampled_from(["https://a", "http://b:5000", "https://c/v2/d", 'https://"e"']),
    override_path=st.booleans(),
    trust=_TRUSTS,
    dial_timeout=st.sampled_from(["", "5s"]),
)


@given(
    server=st.sampled_from(["", "https://registry-1.docker.io"]),
    hosts=st.lists(_ENTRIES, max_size=3, unique_by=lambda entry: entry.url).map(tuple),
    trust=_TRUSTS,
)
def test_own_hosts_file_is_read_back_as_it_was_written(
    server: str, hosts: tuple[HostEntry, ...], trust: Trust
) -> None:
    """What was carried over once is found again, whatever it was."""
    written = HostsFile(server=server, hosts=hosts, server_trust=trust)
    assert written == own_hosts_file(written.text())
    assert own_hosts_file(written.text() + "# edited\n") is None


@given(text=st.text())
def test_foreign_hosts_files_are_never_taken_for_ours(text: str) -> None:
    """Only a file that we would write again byte for byte is ours."""
    found = own_hosts_file("# Written by Pilotage" + text)
    assert found is None or found.text() == "# Written by Pilotage" + text
