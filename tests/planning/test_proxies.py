"""Whether a daemon asks its proxy for the target follows the rules of Go."""

from __future__ import annotations

import pytest

from wizard.planning.proxies import proxy_in_the_way


@pytest.mark.parametrize(
    ("exceptions", "direct"),
    [
        ("", False),
        ("registry.example", True),
        ("REGISTRY.example", True),
        ("example", True),
        (".example", True),
        ("*.example", True),
        ("*", True),
        ("localhost, registry.example", True),
        ("registry.example:5000", True),
        ("registry.example:443", False),
        ("gistry.example", False),
        ("10.0.0.0/8", False),
        ("example.registry", False),
    ],
)
def test_no_proxy_is_read_as_go_reads_it(exceptions: str, *, direct: bool) -> None:
    """Domains, subdomains, ports and the star, as `ProxyFromEnvironment` takes them."""
    proxies = [("https_proxy", "http://proxy:3128"), ("no_proxy", exceptions)]
    found = proxy_in_the_way("https://registry.example:5000", proxies)
    assert found == ("" if direct else "http://proxy:3128")


@pytest.mark.parametrize(
    ("url", "exceptions", "direct"),
    [
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3", "10.1.2.3", True),
        ("https://10.1.2.3", "10.1.2.4", False),
        ("https://10.1.2.3", "nonsense/8", False),
        ("https://127.0.0.1:5000", "", True),
        ("https://localhost", "", True),
        ("https://[fd00::1]:5000", "fd00::/8", True),
        ("https://[fd00::1]:5000", "[fd00::1]:5000", True),
    ],
)
def test_addresses_and_networks_are_exceptions_too(
    url: str, exceptions: str, *, direct: bool
) -> None:
    """Networks match addresses; this machine itself never goes through a proxy."""
    found = proxy_in_the_way(url, [("HTTPS_PROXY", "http://p"), ("NO_PROXY", exceptions)])
    assert found == ("" if direct else "http://p")


def test_without_a_proxy_for_the_scheme_nothing_is_in_the_way() -> None:
    """A proxy for plain HTTP does not matter to HTTPS."""
    assert not proxy_in_the_way("https://registry.example", [("HTTP_PROXY", "http://p:1")])
