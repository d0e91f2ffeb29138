"""What each containerd makes of its files (facts/runtimes.md §2.1–§2.3)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizard.practice.runtimes.containerd_config import Configuration, default_tree, load
from wizard.practice.runtimes.containerd_plugins import IMAGES_ID, BadConfig
from wizard.practice.runtimes.cri_places import config_paths, cri_problem
from wizard.practice.runtimes.releases import Release

RECORDED = Path(__file__).parents[2] / "discovery" / "recorded"
V16, V17, V21, V22 = (1, 6, 20), (1, 7, 24), (2, 1, 9), (2, 2, 7)
FILE = "/etc/containerd/config.toml"
OLD = 'plugins."io.containerd.grpc.v1.cri"'
NEW = f'plugins."{IMAGES_ID}"'
LIST = "/etc/containerd/certs.d:/etc/docker/certs.d"


def loaded(root: Path, release: Release, text: str, **others: str) -> Configuration:
    """Return the configuration of a file and of further ones beside it."""
    folder = root / "etc/containerd"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(text)
    for name, content in others.items():
        (folder / f"{name}.toml").write_text(content)
    return load(root, FILE, release)


@pytest.mark.parametrize(
    ("host", "release"),
    [
        ("book-cri", V16),
        ("book-docker", V16),
        ("trixie-cri", V17),
        ("trixie-sudo", V17),
        ("trixie-docker", V17),
        ("forky-c8d", V21),
        ("forky-docker", V21),
    ],
)
def test_dump_is_that_of_the_real_one(tmp_path: Path, host: str, release: Release) -> None:
    """Byte for byte, for every recorded host with containerd."""
    stream = json.loads((RECORDED / f"{host}.json").read_text())["stream"]

    def section(name: str) -> str:
        return str(stream).split(f" {name}\n", 1)[1].split("\n@0123456789abcdef")[0]

    config = loaded(tmp_path, release, section(f"content {FILE}"))

    assert config.dump().rstrip() == section("containerd.dump").rstrip()


@pytest.mark.parametrize(
    ("release", "text", "expected"),
    [
        (V16, f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"', "/d"),
        (V17, f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"', "/d"),
        (V17, '[plugins.cri.registry]\nconfig_path = "/d"', "/d"),
        (V17, f'version = 2\n[{NEW}.registry]\nconfig_path = "/d"', ""),
        (V22, f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"', "/d"),
        (V22, f'version = 3\n[{OLD}.registry]\nconfig_path = "/d"', ""),
        (V22, f'version = 2\n[{NEW}.registry]\nconfig_path = "/d"', "/d"),
        (V22, f'version = 3\n[{NEW}.registry]\nconfig_path = "/d"', "/d"),
        (V22, '[plugins.cri.registry]\nconfig_path = "/d"', ""),
    ],
)
def test_table_of_the_registry(tmp_path: Path, release: Release, text: str, expected: str) -> None:
    """By the version of the file and of the program (§2.3)."""
    assert loaded(tmp_path, release, text).registry["config_path"] == expected


def test_pause_image_moves_to_pinned_images(tmp_path: Path) -> None:
    """§2.5."""
    config = loaded(tmp_path, V21, f'version = 2\n[{OLD}]\nsandbox_image = "own/pause:1"')

    assert config.cri["pinned_images"] == {"sandbox": "own/pause:1"}
    assert default_tree(V22)["plugins"][IMAGES_ID]["pinned_images"]["sandbox"].endswith(":3.10.1")


DROP_IN = f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"'
MAIN = f'version = 2\nimports = ["drop*.toml"]\n[{OLD}]\nsandbox_image = "own/pause:1"\n'


@pytest.mark.parametrize(
    ("release", "kept"), [(V16, False), (V17, False), (V21, True), (V22, True)]
)
def test_drop_in_replaces_the_whole_section_on_1_x(
    tmp_path: Path, release: Release, *, kept: bool
) -> None:
    """Its `registry` wiped the pause image of the main file (§2.3)."""
    config = loaded(tmp_path, release, MAIN, drop1=DROP_IN)

    assert config.registry["config_path"] == "/d"
    assert ("own/pause:1" in config.dump()) is kept


def test_conf_d_is_printed_and_not_read(tmp_path: Path) -> None:
    """Without `imports` in the file (§2.3)."""
    folder = tmp_path / "etc/containerd/conf.d"
    folder.mkdir(parents=True)
    (folder / "mirror.toml").write_text(f'version = 3\n[{NEW}.registry]\nconfig_path = "/d"')
    config = load(tmp_path, FILE, V22)

    assert config.tree["imports"] == ["/etc/containerd/conf.d/*.toml"]
    assert config.registry["config_path"] == ""


@pytest.mark.parametrize(
    ("release", "text", "words"),
    [
        (V16, "x = [", r"failed to load TOML: /etc/containerd/config.toml: \(\d+, \d+\): "),
        (V17, "version = 2\n[plugins.cri]\n", 'invalid plugin key URI "cri" expect'),
        (V22, "version = 4\n", "equal to or less than `3`, got `4`"),
    ],
)
def test_files_that_are_refused(tmp_path: Path, release: Release, text: str, words: str) -> None:
    """Containerd does not start with these (§2.3)."""
    with pytest.raises(BadConfig, match=words):
        loaded(tmp_path, release, text)


MIRRORS = '.mirrors."docker.io"]\nendpoint = ["https://h.test"]'
TLS = '.configs."h.test".tls]\nca_file = "/c"'


@pytest.mark.parametrize(
    ("release", "text", "expected"),
    [
        (
            V17,
            f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"\n[{OLD}.registry{MIRRORS}',
            "invalid plugin config: `mirrors` cannot be set when `config_path` is provided",
        ),
        (
            V21,
            f'version = 3\n[{NEW}.registry]\nconfig_path = "/d"\n[{NEW}.registry{MIRRORS}',
            "invalid cri image config: `mirrors` cannot be set when `config_path` is provided",
        ),
        (
            V17,
            f'version = 2\n[{OLD}.registry]\nconfig_path = "/d"\n[{OLD}.registry{TLS}',
            "invalid plugin config: `configs.tls` cannot be set when `config_path` is provided",
        ),
        (V21, f'version = 3\n[{NEW}.registry]\nconfig_path = "/d"\n[{NEW}.registry{TLS}', ""),
        (V17, f"version = 2\n[{OLD}.registry{MIRRORS}", ""),
        (V22, f"version = 3\n[{NEW}.registry{MIRRORS}", ""),
    ],
)
def test_mirrors_beside_config_path(
    tmp_path: Path, release: Release, text: str, expected: str
) -> None:
    """The CRI plugin does not load; the dump says nothing of it (§2.2, §2.5)."""
    assert cri_problem(loaded(tmp_path, release, text)) == expected


@pytest.mark.parametrize(
    ("release", "path", "expected"),
    [
        (V16, LIST, tuple(LIST.split(":"))),
        (V17, LIST, tuple(LIST.split(":"))),
        (V21, LIST, (LIST,)),
        (V22, LIST, (LIST,)),
        (V22, "", (LIST,)),
        (V21, "", ()),
        (V21, "/etc/containerd/certs.d", ("/etc/containerd/certs.d",)),
    ],
)
def test_colon_list(tmp_path: Path, release: Release, path: str, expected: tuple[str, ...]) -> None:
    """One directory of that name since 2.1; the default of 2.2 is such a list (§2.1, §2.2)."""
    table = OLD if release < (2, 0, 0) else NEW
    version = 2 if release < (2, 0, 0) else 3
    text = f'version = {version}\n[{table}.registry]\nconfig_path = "{path}"'

    assert config_paths(loaded(tmp_path, release, text)) == expected


def test_local_pulls_split_the_list_again(tmp_path: Path) -> None:
    """A setting that forces CRI to pull by itself (§2.1)."""
    text = f"version = 3\n[{NEW}]\nmax_concurrent_downloads = 5\n[{NEW}.registry]\n"

    assert config_paths(loaded(tmp_path, V21, f'{text}config_path = "/a:/b"')) == ("/a", "/b")
