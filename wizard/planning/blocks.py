"""Why a runtime cannot be served, in words, with the ways out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from wizard.errors import PlanError
from wizard.planning.plan import Block, BlockReason
from wizard.wording import _


class Blocked(PlanError):
    """Planning of a runtime cannot go on; its planner turns this into a `Block`."""

    def __init__(self, reason: BlockReason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        self.block = block(reason, detail)
        super().__init__(self.block.detail)


@contextmanager
def naming_file(path: str) -> Iterator[None]:
    """Put the path of the file in front of the detail of a block that is raised within."""
    try:
        yield
    except Blocked as obstacle:
        detail = f"{path}: {obstacle.detail}" if obstacle.detail else path
        raise Blocked(obstacle.reason, detail) from obstacle


def block(reason: BlockReason, detail: str = "", *, ways_out: Sequence[str] = ()) -> Block:
    """Return the block with its ways out, in the chosen language.

    Args:
        reason: what kind of obstacle.
        detail: what exactly was found on this host; foreign text in it is cleaned when shown.
        ways_out: of this host, before those of the reason.
    """
    general, *of_reason = (_(words) for words in _WORDS[reason])
    return Block(
        reason=reason,
        detail=f"{general} ({detail})" if detail else general,
        ways_out=(*ways_out, *of_reason),
    )


def N_(message: str) -> str:  # noqa: N802  # the name by which extractors find such words
    """Mark words that are translated when they are used."""
    return message


_CORRECT_IT: Final = N_("Correct it on the host, then discover it again.")
_ROOT_NAME: Final = N_("Give the registry a host name whose root answers as Docker Hub does.")

_WORDS: Final[dict[BlockReason, tuple[str, ...]]] = {
    BlockReason.PREFIX_NOT_POSSIBLE: (
        N_("This Docker cannot put a project before the image name, as in /v2/<project>/…"),
        _ROOT_NAME,
        N_("Use the containerd image store of Docker 28 or later."),
        N_("Change the image names instead: they then name the registry themselves."),
    ),
    BlockReason.PREFIX_IN_HOSTS_FILE: (
        N_("This containerd cannot put a project before the image name in a hosts.toml."),
        _ROOT_NAME,
        N_("Upgrade containerd to 1.6 or later."),
        N_("If no hosts.toml is needed, remove config_path, restart containerd, discover again."),
    ),
    BlockReason.PATH_NOT_POSSIBLE: (
        N_("This Docker cannot use a mirror whose URL has a path."),
        _ROOT_NAME,
        N_("Upgrade Docker to 28 or later."),
    ),
    BlockReason.PATH_BEFORE_V2: (
        N_("This runtime puts the path of a mirror after /v2: this target wants it before."),
        _ROOT_NAME,
        N_("Leave this host out of the migration."),
    ),
    BlockReason.TAGS_NOT_POSSIBLE: (
        N_(
            "Upstream is to say what a tag is: this runtime cannot ask a mirror for the rest alone."
        ),
        N_("Let the target say it: tags: target."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.FLAGS_CONFLICT: (
        N_("The daemon gets mirrors by a flag: with the key in its file too it will not start."),
        N_("Move the flag from the unit into daemon.json, restart Docker, discover again."),
    ),
    BlockReason.MIRRORS_AND_CONFIG_PATH: (
        N_("config_path stands beside the old mirrors or tls tables: CRI does not load so."),
        N_("Decide which is meant, remove the other, restart containerd, discover again."),
    ),
    BlockReason.OTHER_MIRRORS: (
        N_("A configured mirror names the same registry in a form that it does not answer."),
        N_("Remove that mirror, reload the daemon, then discover the host again."),
    ),
    BlockReason.INSECURE_REGISTRY: (
        N_("A mirror is in insecure-registries: since Docker 28 that trusts anybody as Hub too."),
        N_("Remove the entry, reload the daemon, and let Pilotage install the CA instead."),
    ),
    BlockReason.INSECURE_EVERYWHERE: (
        N_("nerdctl trusts any registry here, for which it passes hosts.toml over."),
        N_("Remove insecure_registry from nerdctl.toml, then discover the host again."),
    ),
    BlockReason.FOREIGN_HOSTS_FILE: (
        N_("Somebody else wrote a hosts.toml here, and only one is read."),
        N_("Remove it if it is no longer needed, then discover the host again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.FOREIGN_REGISTRIES: (
        N_("Somebody else has settled in a registries file what docker.io is."),
        N_("Remove that table if it is no longer needed, then discover the host again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.NAMES_REWRITTEN: (
        N_("A rewrite changes the image names for every mirror, so for the target too."),
        N_("Remove the rewrite if it is no longer needed, then discover the host again."),
        N_("Or name the target yourself, with the rewrite that it needs."),
    ),
    BlockReason.DEFAULT_LISTED: (
        N_("The registry's own endpoint is listed: this release then uses no mirror at all."),
        N_("Remove it from the list: it is asked last in any case. Then discover again."),
        N_("Or upgrade to the next patch release."),
    ),
    BlockReason.OWN_TEMPLATE: (
        N_("A template of somebody's replaces the configuration of containerd, without mirrors."),
        N_('Put {{ template "base" . }} into it, restart the service, then discover again.'),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.USER_REGISTRIES: (
        N_("A user has registries of their own, which take the place of the system's."),
        N_("Move them to /etc/containers/registries.conf.d, then discover the host again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.USER_CERTIFICATES: (
        N_("A user has certificates of their own for the target, and its CA is not among them."),
        N_("Put the CA into that directory as well, then discover the host again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.REGISTRIES_ELSEWHERE: (
        N_("CRI-O is told by a flag or a variable to read its registries from another place."),
        N_("Remove it from its unit, restart CRI-O, then discover the host again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.JOURNAL_SILENT: (
        N_("Only its journal tells whether CRI-O has taken up a change, and it would not tell."),
        N_("Set log_level to info without a log_filter, reload CRI-O, discover again."),
    ),
    BlockReason.SIGNATURE_POLICY: (
        N_("The signature policy wants what the target would have to have too, or refuses all."),
        N_("Copy the signatures to the target as well, and move this host by hand."),
        N_("Accept unsigned images of that registry in policy.json, then discover again."),
        N_("Leave this host out of the migration."),
    ),
    BlockReason.OPENSHIFT: (
        N_("OpenShift owns the files of this host: it would undo a change and call it an error."),
        N_("Apply to the cluster what `pilotage manifest` prints, and leave the host out."),
    ),
    BlockReason.REGISTRIES_INVALID: (
        N_("A registries file says what no release accepts: so every pull fails."),
        _CORRECT_IT,
    ),
    BlockReason.REGISTRIES_MIXED: (
        N_("Both versions of the registries format are mixed: so every pull fails."),
        _CORRECT_IT,
    ),
    BlockReason.ROOTLESS: (
        N_("The daemon runs rootless: its files and its service belong to a user."),
        N_("Or leave this host out of the migration."),
    ),
    BlockReason.SNAP: (
        N_("The daemon is a snap: it cannot read files outside its own directories."),
        N_("Or install Docker from packages, or leave this host out of the migration."),
    ),
    BlockReason.NOT_RUNNING: (
        N_("The daemon does not answer, so what it uses now cannot be known."),
        N_("Start it, then discover the host again."),
    ),
    BlockReason.CRI_BROKEN: (
        N_("The CRI plugin of containerd does not work now."),
        N_("Repair it first (its journal says why), then discover the host again."),
    ),
    BlockReason.NO_CRICTL: (
        N_("Without crictl nothing on this host can prove a pull through CRI."),
        N_("Install crictl (package cri-tools), then discover the host again."),
    ),
    BlockReason.NO_BUILDCTL: (
        N_("Without buildctl nothing on this host can prove a build through BuildKit."),
        N_("Install buildctl, which comes with BuildKit, then discover the host again."),
    ),
    BlockReason.VERSION_UNKNOWN: (
        N_("What this version does with mirrors is not known."),
        N_("Upgrade the runtime to a version that Pilotage knows."),
    ),
    BlockReason.RESTART_NOT_ALLOWED: (
        N_("A restart is needed that reaches containers, and the rollout policy forbids it."),
        N_("Allow restarts of that runtime in the rollout policy."),
        N_("Drain this host and change it in a run of its own."),
    ),
    BlockReason.RESTART_NOT_POSSIBLE: (
        N_("A restart is needed, and no systemd unit runs the daemon."),
        N_("Set config_path to one directory, restart the daemon yourself, discover again."),
    ),
    BlockReason.BY_HAND: (
        N_("Pilotage does not change this runtime. By hand it is done so, line by line."),
        N_("Or leave this host out of the migration."),
    ),
    BlockReason.NO_UNIT: (
        N_("A restart is needed, and none of the usual systemd units runs the service."),
        N_("Change its file by hand, restart it yourself, then discover the host again."),
    ),
    BlockReason.CONFIG_NOT_LOADED: (
        N_("The daemon runs with other settings than its file has: a reload would apply them."),
        N_("Reload or restart the daemon yourself, look at the result, then discover again."),
        N_("Or make the file say again what runs, then discover the host again."),
    ),
    BlockReason.CONFIG_PATH_LIST: (
        N_("config_path names several directories: containerd since 2.1 reads none of them."),
        N_("Move all into the first, name only that, restart containerd, discover again."),
    ),
    BlockReason.CONFIG_IN_IMPORT: (
        N_("The registry settings do not come from containerd's own file but from an import."),
        N_("Move them into the main file, restart containerd, then discover again."),
    ),
    BlockReason.CONFIG_WRONG_TABLE: (
        N_("Registry settings stand in a table that only a later containerd reads."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_NOT_JSON: (N_("The file is not valid JSON."), _CORRECT_IT),
    BlockReason.CONFIG_NOT_TOML: (N_("The file is not valid TOML."), _CORRECT_IT),
    BlockReason.CONFIG_NOT_YAML: (
        N_("The file is not YAML, or in a form of it that is not changed: nothing was."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_NOT_UTF8: (N_("The file is not UTF-8 text."), _CORRECT_IT),
    BlockReason.CONFIG_UNREADABLE: (N_("The file could not be read."), _CORRECT_IT),
    BlockReason.CONFIG_TOO_LARGE: (
        N_("The file is larger than 1 MiB: that much is not read, so it cannot be changed."),
        N_("Make it smaller on the host, then discover it again."),
    ),
    BlockReason.CONFIG_HAS_SECRETS: (
        N_("The file holds credentials, which never leave the host: so it cannot be changed."),
        N_("Remove the credential if it is no longer needed, then discover the host again."),
        N_("Move logins to where clients keep them: imagePullSecrets of Kubernetes, docker login."),
        N_(
            "Move logins of proxies to the environment of the daemon's unit, those of log drivers"
            " to their collector."
        ),
        N_("Let the registry give images without a login, then the credential can go."),
    ),
    BlockReason.CONFIG_HAS_BOM: (
        N_("The file begins with a byte order mark: this Docker will not start with it."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_DUPLICATE_KEY: (
        N_("A key stands twice in the file: the daemon takes the last one without a word."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_WRONG_TYPE: (N_("A value is of the wrong type."), _CORRECT_IT),
    BlockReason.CONFIG_FATAL_VALUE: (
        N_("A value in the file keeps this Docker from starting again."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_MISSPELT_KEY: (
        N_("A key is nearly registry-mirrors, but not quite."),
        _CORRECT_IT,
    ),
    BlockReason.CONFIG_NOT_EDITABLE: (
        N_("The file has a form in which Pilotage cannot change one setting and keep the rest."),
        N_("Write the registry settings as tables of their own, then discover again."),
    ),
    BlockReason.IMMUTABLE_FILE: (
        N_("The file has the immutable attribute."),
        N_("Remove it with chattr -i if whoever set it agrees, then discover again."),
    ),
    BlockReason.READ_ONLY: (
        N_("The file is on a read-only mount."),
        N_("Change it where it comes from: the image or the configuration manager."),
    ),
    BlockReason.BIND_MOUNTED: (
        N_("The file is a mount of its own, so it cannot be replaced in one step."),
        N_("Change the file on the side that it is mounted from."),
    ),
    BlockReason.NOT_A_FILE: (N_("This is not a regular file."), _CORRECT_IT),
    BlockReason.DANGLING_LINK: (N_("This is a link to nothing."), _CORRECT_IT),
    BlockReason.IMMUTABLE_OS: (
        N_("This operating system takes its configuration from an image or an API."),
        N_("Change the host through that, and leave it out of this migration."),
    ),
    BlockReason.NO_CANARY: (
        N_("There is no canary image, so no pull could prove that the target is used."),
        N_("Name or push a canary image in the registry step."),
    ),
    BlockReason.CANARY_UPSTREAM: (
        N_("Docker Hub has the canary too, with the same digest: pulling it proves nothing."),
        N_("Name a canary image that only the target has."),
        N_("Or leave the canary empty, and give a user who may push: Pilotage then pushes one."),
    ),
    BlockReason.TARGET_UNREACHABLE: (
        N_("The host does not reach the target."),
        N_("Open the way (name, route, firewall), then discover the host again."),
    ),
    BlockReason.TARGET_UNTRUSTED: (
        N_("The host does not trust the target's certificate."),
        N_("Give the CA that signed it in the registry step."),
        N_("Give the target a certificate for the name that its URL uses."),
    ),
    BlockReason.CA_STORE_UNKNOWN: (
        N_("Pilotage cannot put a certificate into the system's store here."),
        N_("Let each runtime keep the CA: ca_trust: registry."),
        N_("Add the CA to the system's store yourself, restart the daemons, discover again."),
    ),
    BlockReason.OWN_REGISTRY: (
        N_("A registry like the target runs here, and after this would have to come from itself."),
        N_("Or run the target on hosts that do not pull from it, or leave this host out."),
    ),
    BlockReason.OWN_ROOTS: (
        N_("This daemon is told to trust other certificates than those of the system's store."),
        N_("Let each runtime keep the CA: ca_trust: registry."),
        N_("Take the variable out of the daemon's unit, restart it, then discover again."),
    ),
    BlockReason.LONE_CLIENT_FILE: (
        N_("A client certificate without its key, or a key alone: so the registry is not asked."),
        N_("Put the other one beside it, as NAME.cert and NAME.key, then discover again."),
        N_("If it is a CA, give it a name that ends in .crt; if it is nothing, remove it."),
    ),
    BlockReason.PROXY_IN_THE_WAY: (
        N_("The daemon would ask its HTTP proxy for the target."),
        N_("Add the target's host name to the daemon's NO_PROXY and restart the daemon."),
    ),
    BlockReason.NO_SPACE: (
        N_("There is too little free disk space."),
        N_("Free some space, then discover the host again."),
    ),
    BlockReason.MISSING_TOOLS: (
        N_("Programs that a safe change needs are missing."),
        N_("Install them, then discover the host again."),
    ),
    BlockReason.ARMED_ELSEWHERE: (
        N_("Another run has changed this host and not yet confirmed it."),
        N_("Confirm or roll back that run first."),
    ),
    BlockReason.REVERTING_ELSEWHERE: (
        N_("Another run is being taken back on this host, and that has come to no end."),
        N_("Roll that run back once more; if it fails again, mend what its failed step names."),
    ),
}
