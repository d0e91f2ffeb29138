"""Daemons that trust other certificates than the system's store has (facts/runtimes.md §6).

SSL_CERT_FILE takes the place of the usual bundles, SSL_CERT_DIR that of the usual directories; a
Go program reads both, whichever is set (golang crypto/x509/root_unix.go; run with Go 1.26).
"""

from __future__ import annotations

from typing import Final

from wizard.discovery.container_facts import OwnRoots
from wizard.discovery.facts import HostFacts
from wizard.planning.plan import Runtime
from wizard.target import Target
from wizard.wording import _

_BUNDLES: Final = frozenset(
    {
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    }
)
_DIRECTORY: Final = "/etc/ssl/certs"
_HOLDS_EACH: Final = frozenset({"debian", "suse", "flatcar"})
"""Stores whose directory surely has each certificate, whatever is done with the bundle."""


def roots_elsewhere(facts: HostFacts, runtime: Runtime) -> str:
    """Return by what a runtime's daemon passes the system's store over; empty where it does not."""
    own = (one for one in facts.roots if one.daemon == runtime.value)
    return next((_words(one) for one in own if not _reads_store(one, facts.ca_store)), "")


def roots_notes(facts: HostFacts, target: Target) -> tuple[str, ...]:
    """Return for which daemons it says nothing that the host trusts the target.

    What a runtime is given for the target alone counts beside whatever else it trusts.
    """
    if target.ca_pem is not None:
        return ()
    found = ((runtime.value, roots_elsewhere(facts, runtime)) for runtime in Runtime)
    text = _(
        "{runtime} is told to trust other certificates than the system's ({where}): the host may"
        " trust the target, and this daemon not. If the canary fails for its certificate, give the"
        " CA in the registry step."
    )
    return tuple(text.format(runtime=name, where=where) for name, where in found if where)


def _reads_store(own: OwnRoots, store: str) -> bool:
    if own.file in {"", *_BUNDLES}:
        return True
    directories = own.directories.split(":") if own.directories else [_DIRECTORY]
    return store in _HOLDS_EACH and _DIRECTORY in {one.rstrip("/") for one in directories}


def _words(own: OwnRoots) -> str:
    said = (("SSL_CERT_FILE", own.file), ("SSL_CERT_DIR", own.directories))
    return " ".join(f"{name}={value}" for name, value in said if value)
