"""The part of the one door that only computes: which registry, and what clients need of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wizard.discovery.facts import HostFacts
from wizard.fleet.policy import Migration
from wizard.registries.choice.answers import Comparison, Need, Usage
from wizard.registries.choice.comparison import compare
from wizard.registries.pull_secret import PullSecret, manifests
from wizard.run.installation_answers import InstallationAnswers
from wizard.run.known_runtimes import known_runtimes
from wizard.secret import Secret


class RegistryAnswers(InstallationAnswers):
    """Answers that rest on nothing but what is asked; every service gives the same."""

    def compare_registries(
        self,
        migration: Migration,
        facts: Sequence[HostFacts],
        *,
        needs: Collection[Need] = (),
        usage: Usage | None = None,
    ) -> Comparison:
        """Compare what could be chosen, by the plans and what is known of products."""
        return compare(facts, migration.policy, known_runtimes(), needs=needs, usage=usage)

    def pull_secret_manifests(self, wanted: PullSecret, password: Secret) -> Secret:
        """Write pull secrets; nothing outside is asked."""
        return manifests(wanted, password)
