"""The part of the one door that only computes: which registry, and what is written for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib import resources

from wizard.discovery.facts import HostFacts
from wizard.errand.errand import Errand, ErrandAnswer
from wizard.fleet.policy import Migration
from wizard.registries.choice.answers import Comparison, Need, Usage
from wizard.registries.choice.comparison import compare
from wizard.registries.installing.backup import BackupSettings, backup_files
from wizard.registries.installing.harbor_yml import harbor_yml
from wizard.registries.installing.install import Installation, install_errand, ports
from wizard.registries.installing.preflight import Preflight, findings, host_facts
from wizard.registries.installing.settings import HarborSettings
from wizard.registries.pull_secret import PullSecret, manifests
from wizard.runtimes import RUNTIMES
from wizard.secret import Secret


class RegistryAnswers:
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
        return compare(facts, migration.policy, RUNTIMES, needs=needs, usage=usage)

    def pull_secret_manifests(self, wanted: PullSecret, password: Secret) -> Secret:
        """Write pull secrets; nothing outside is asked."""
        return manifests(wanted, password)

    def harbor_yml(self, template: str, settings: HarborSettings, *, file: str) -> Secret:
        """Edit the template; nothing outside is asked."""
        return harbor_yml(template, settings, file=file)

    def harbor_preflight(self, answer: ErrandAnswer, opened: Sequence[int]) -> Preflight:
        """Judge what the host told."""
        facts = host_facts(answer.steps)
        return Preflight(facts=facts, findings=findings(facts, opened))

    def harbor_installation(self, wanted: Installation, harbor_yml: Secret) -> Errand:
        """Compose the errand; nothing outside is asked."""
        return install_errand(wanted, harbor_yml.reveal())

    def harbor_ports(self, harbor_yml: Secret) -> Sequence[int]:
        """Read them in the file."""
        return ports(harbor_yml.reveal())

    def harbor_backup_files(self, settings: BackupSettings) -> Mapping[str, tuple[int, str]]:
        """Write the script that ships, its settings and its timer."""
        script = resources.files("assets") / "host" / "harbor_backup.sh"
        return backup_files(script.read_text(encoding="utf-8"), settings)
