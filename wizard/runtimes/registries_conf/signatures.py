"""policy.json: whether images that come from the target would have to be signed (§3.2).

Scopes are names as people write them, `docker.io/library/nginx`, but signatures are looked for
where the image comes from. A target that has the image and not its signatures fails the pull.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wizard.discovery.facts import FileFacts, HostFacts
from wizard.planning.blocks import Blocked, block
from wizard.planning.files import text_of
from wizard.planning.paths import POLICY_OF_USER, SIGNATURE_POLICY
from wizard.planning.plan import Block, BlockReason
from wizard.target import Target
from wizard.wording import _

_SIGNED: Final = frozenset({"signedBy", "sigstoreSigned"})
_REFUSED: Final = "reject"
_SOME_IMAGE: Final = "library/pilotage-canary:none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePolicy:
    """One policy.json.

    Attributes:
        scopes: of the transport docker, with the types of what each requires.
        default: the types that are required of whatever no scope is about.
    """

    path: str
    scopes: Mapping[str, frozenset[str]]
    default: frozenset[str]

    def governing(self, reference: str) -> tuple[str, frozenset[str]]:
        """Return the scope that counts for a name with tag, and what it requires."""
        for scope in _scopes_of(reference):
            if scope in self.scopes:
                return scope, self.scopes[scope]
        return "default", self.default


def policies_of(facts: HostFacts, homes: Iterable[str]) -> tuple[SignaturePolicy, ...]:
    """Return the policies of the system and of these users; raises Blocked.

    A user's own takes the place of the system's.
    """
    paths = (SIGNATURE_POLICY, *(f"{home}/{POLICY_OF_USER}" for home in homes))
    found = (policy_at(facts, path) for path in paths)
    return tuple(policy for policy in found if policy is not None)


def policy_at(facts: HostFacts, path: str) -> SignaturePolicy | None:
    """Return the policy of that file, None where there is none.

    Raises Blocked when it cannot be read: the format is strict, and every pull fails.
    """
    file = facts.file(path)
    text = text_of(file) if file is not None else None
    return None if file is None or text is None else _read(file, text)


def _read(file: FileFacts, text: str) -> SignaturePolicy:
    try:
        tree = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError) as error:
        raise Blocked(BlockReason.CONFIG_NOT_JSON, f"{file.path}: {error}") from error
    try:
        scopes = tree.get("transports", {}).get("docker", {})
        return SignaturePolicy(
            path=file.path,
            scopes={scope: _types(required) for scope, required in scopes.items()},
            default=_types(tree["default"]),
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise Blocked(BlockReason.CONFIG_WRONG_TYPE, file.path) from error


def _without_duplicates(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(_("a key stands twice"))
    return found


def _types(required: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    return frozenset(str(one["type"]) for one in required)


def _scopes_of(reference: str) -> Iterable[str]:
    """Yield the scopes that a name could be within, the most specific first."""
    yield reference
    name = reference.rpartition(":")[0]
    while name:
        yield name
        name = name.rpartition("/")[0]
    host = reference.partition("/")[0]
    while "." in host:
        host = host.partition(".")[2]
        yield f"*.{host}"
    yield ""


def signature_blocks(policies: Iterable[SignaturePolicy], target: Target) -> tuple[Block, ...]:
    """Return the policies that the canary itself could not satisfy."""
    found = []
    for policy in policies:
        for reference in _references(target).values():
            scope, types = policy.governing(reference)
            against = sorted(types & (_SIGNED | {_REFUSED}))
            if against:
                detail = f"{policy.path}: {scope or 'docker'}: {', '.join(against)}"
                found.append(block(BlockReason.SIGNATURE_POLICY, detail))
    return tuple(dict.fromkeys(found))


def signature_warnings(policies: Iterable[SignaturePolicy], target: Target) -> tuple[str, ...]:
    """Return the scopes within moved upstreams whose images must be signed at the target too."""
    scopes = sorted(
        {
            scope
            for policy in policies
            for upstream in _references(target)
            for scope, types in policy.scopes.items()
            if scope.startswith(f"{upstream}/") and types & _SIGNED
        }
    )
    if not scopes:
        return ()
    return (
        _(
            "Signatures of these are looked for at the target, and a pull fails where it has none:"
            " {names}."
        ).format(names=", ".join(scopes)),
    )


def _references(target: Target) -> dict[str, str]:
    """Return by upstream the name by which its canary is pulled."""
    return {
        one.upstream: one.canary.reference if one.canary else f"{one.upstream}/{_SOME_IMAGE}"
        for one in target.by_upstream
    }
