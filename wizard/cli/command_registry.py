"""`pilotage registry`: the group of what is about the registry that is moved to."""

from __future__ import annotations

from typing import Final

import click

from wizard.cli.lazy_group import Commands, LazyGroup
from wizard.wording import mark

_COMMANDS: Final[Commands] = {
    "choose": (
        "command_registry_choose",
        "choose",
        mark("Compare registries for this fleet and your needs; change nothing."),
    ),
    "doctor": (
        "command_registry_doctor",
        "doctor",
        mark("Tell what is wrong with the target, and what to do; change nothing."),
    ),
    "provision": (
        "command_registry_provision",
        "provision",
        mark("Bring the target to what the file wants of it, its plan shown first."),
    ),
    "changes": (
        "command_registry_changes",
        "changes",
        mark("List what was changed at registries from this machine; change nothing."),
    ),
    "renew-robot": (
        "command_registry_renew_robot",
        "renew_robot",
        mark("Give a robot of Harbor a new secret; the old one ends."),
    ),
    "certificate": (
        "command_registry_certificate",
        "certificate",
        mark("Make a certificate for a registry, from an authority of your own."),
    ),
    "docker-install": (
        "command_registry_docker_install",
        "docker_install",
        mark("Install Docker on a host out of its distribution."),
    ),
    "harbor-preflight": (
        "command_registry_harbor_preflight",
        "harbor_preflight",
        mark("Tell what on a host stands against Harbor; change nothing."),
    ),
    "harbor-yml": (
        "command_registry_harbor_yml",
        "harbor_yml",
        mark("Write harbor.yml out of the installer's own template."),
    ),
    "harbor-install": (
        "command_registry_harbor_install",
        "harbor_install",
        mark("Install Harbor on a host by its own installer."),
    ),
    "harbor-remove": (
        "command_registry_harbor_remove",
        "harbor_remove",
        mark("Take an installation of Harbor back; its data only by name."),
    ),
    "harbor-backup": (
        "command_registry_harbor_backup",
        "harbor_backup",
        mark("Write what takes backups of Harbor on its host, and proves them."),
    ),
    "restore-drill": (
        "command_registry_restore_drill",
        "restore_drill",
        mark("Prove on its host that a backup of Harbor or Nexus can be restored."),
    ),
    "nexus-backup": (
        "command_registry_nexus_backup",
        "nexus_backup",
        mark("Write what takes backups of Nexus on its host, and proves them."),
    ),
    "nexus-preflight": (
        "command_registry_nexus_preflight",
        "nexus_preflight",
        mark("Tell what on a host stands against Nexus as a container; change nothing."),
    ),
    "nexus-install": (
        "command_registry_nexus_install",
        "nexus_install",
        mark("Install Nexus on a host as a container."),
    ),
    "nexus-remove": (
        "command_registry_nexus_remove",
        "nexus_remove",
        mark("Take an installation of Nexus back; its data only by name."),
    ),
    "pull-secret": (
        "command_registry_pull_secret",
        "pull_secret",
        mark("Write pull secrets of Kubernetes for the target."),
    ),
}


@click.group(
    cls=LazyGroup, lazy=_COMMANDS, help=mark("Choose the registry to move to, and set it up.")
)
def registry() -> None:
    """Choose the registry to move to, and set it up."""
