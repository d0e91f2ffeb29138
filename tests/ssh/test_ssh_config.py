"""The operator's ssh_config, read as ssh itself reads it (`ssh -G` is the judge)."""

from __future__ import annotations

import getpass
import subprocess
import time
from pathlib import Path

import pytest

from wizard.errors import InputError
from wizard.ssh.ssh_config import SSHConfig, SSHOptions

LOCAL_USER = "operator"


def config(home: Path, text: str, **included: str) -> SSHConfig:
    """Write `~/.ssh/config` and what it includes, and read it."""
    folder = home / ".ssh"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(text)
    for name, content in included.items():
        (folder / name).write_text(content)
    return SSHConfig.read(
        folder / "config", home=home, local_user=LOCAL_USER, environ={"KEYS": "/keys"}
    )


def as_ssh_sees_it(file: Path, alias: str) -> dict[str, list[str]]:
    """Return what `ssh -G` prints, the values by keyword."""
    printed = subprocess.run(
        ["ssh", "-G", "-F", str(file), alias],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(file.parent), "KEYS": "/keys"},
    ).stdout
    found: dict[str, list[str]] = {}
    for line in printed.splitlines():
        keyword, _space, value = line.partition(" ")
        found.setdefault(keyword, []).append(value)
    return found


CONFIGS = {
    "first value wins": "Host web\n Port 1\nHost web*\n Port 2\n User two\nHost *\n User three\n",
    "negation": "Host web* !web2 *\n Port 7\nHost web2\n Port 8\n",
    "negation alone matches nothing": "Host !web9\n Port 7\n",
    "case of hosts": "Host WEB\n Port 7\nHost web\n Port 8\n",
    "case of match": "Match host WEB*\n Port 7\nMatch user EVE\n Port 8\n",
    "question mark": "Host we?\n Port 7\nHost w?\n Port 8\n",
    "brackets are letters": "Host we[b]\n Port 7\n",
    "equals": 'Host=web\n Port = 7\n HostName="10.0.0.1"\n User =eve\n',
    "comments": "# Host web\nHost web # the web\n Port 7 # seven\n User a#b\n",
    "quotes": 'Host web\n IdentityFile "/keys/my key"\n IdentityFile \'/keys/it"s\'\n',
    "backslashes": "Host web\n IdentityFile /keys/my\\ key\n IdentityFile /keys/a\\b\n",
    "tabs and carriage returns": "Host\tweb\r\n\tPort\t7\r\n",
    "match host sees HostName": "Host web\n HostName db.lan\nMatch host *.lan\n Port 7\n",
    "match host sees the alias": "Match host web\n Port 7\n",
    "match originalhost": "Host web\n HostName x\nMatch originalhost web\n Port 7\n",
    "match user": "Host web\n User eve\nMatch user eve,bob\n Port 7\nMatch user bob\n User x\n",
    "match negated": "Match !host web\n Port 7\nMatch host web !user eve\n Port 8\n",
    "match all": "Match all\n Port 7\n",
    "match with a list and a negation": "Match host *,!web\n Port 7\n",
    "keys accumulate": "Host web\n IdentityFile /a\nHost *\n IdentityFile /b\n IdentityFile /a\n",
    "tokens": "Host web\n HostName %h.lan\n Port 7\n User eve\n IdentityFile /k/%h-%n-%r-%p-%%\n",
    "environment": "Host web\n IdentityFile ${KEYS}/one\n",
    "jump": "Host web\n ProxyJump a,eve@b:7\nHost *\n ProxyJump c\n",
    "no jump": "Host web\n ProxyJump none\nHost *\n ProxyJump c\n",
    "alias of a key": "Host web\n HostKeyAlias cluster\n",
    "identities only": "Host web\n IdentitiesOnly yes\nHost *\n IdentitiesOnly no\n",
    "directives before any host": "Port 7\nHost web\n Port 8\n",
}


@pytest.mark.parametrize("text", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("alias", ["web", "web2", "WEB"])
def test_agrees_with_ssh(tmp_path: Path, alias: str, text: str) -> None:
    """Address, port, user, keys and jump hosts are those that ssh itself would use."""
    ours = config(tmp_path, text).resolve(alias)
    theirs = as_ssh_sees_it(tmp_path / ".ssh" / "config", alias)

    assert theirs["hostname"] == [ours.address.lower()]
    assert theirs["port"] == [str(ours.port or 22)]
    assert theirs["identitiesonly"] == ["yes" if ours.identities_only else "no"]
    assert theirs.get("proxyjump", [""]) == [",".join(ours.proxy_jump)]
    assert theirs.get("hostkeyalias", [None]) == [ours.host_key_alias]
    own = getpass.getuser()
    assert theirs["user"] == [own if ours.user == LOCAL_USER else ours.user]
    printed = list(dict.fromkeys(theirs["identityfile"]))
    if "~/.ssh/id_rsa" in printed:
        assert ours.identity_files == ()
    else:
        # ssh -G prints tokens as they are written.
        assert len(printed) == len(ours.identity_files)
        assert set("%$") & set("".join(printed)) or printed == list(ours.identity_files)


def test_tokens_and_paths_are_expanded(tmp_path: Path) -> None:
    """`~`, `%d`, `%h`, `%r`, `%u`, `%%` and `${NAME}` stand for what ssh puts there."""
    found = config(
        tmp_path,
        "Host web\n HostName %h.lan\n User eve\n"
        " IdentityFile ~/a_%h_%r\n IdentityFile %d/b_%u_%%h\n IdentityFile ${KEYS}/c\n"
        " IdentityFile relative\n",
    ).resolve("web")

    assert found.address == "web.lan"
    assert found.identity_files == (
        f"{tmp_path}/a_web.lan_eve",
        f"{tmp_path}/b_{LOCAL_USER}_%h",
        "/keys/c",
        f"{tmp_path}/relative",
    )


def test_include_stands_under_the_host_around_it(tmp_path: Path) -> None:
    """What a Host block includes holds for that host only, its own Host lines too."""
    read = config(
        tmp_path,
        "Host web\n Include inside*.conf\n User eve\nHost *\n Port 9\n",
        **{"inside1.conf": "Port 7\nHost db\n User root\n", "inside2.conf": "HostName w.lan\n"},
    )

    web, db = read.resolve("web"), read.resolve("db")
    assert (web.address, web.port, web.user) == ("w.lan", 7, "eve")
    assert (db.address, db.port, db.user) == ("db", 9, LOCAL_USER)


def test_include_of_nothing_is_no_error(tmp_path: Path) -> None:
    """A pattern that no file matches includes nothing, as with ssh."""
    read = config(tmp_path, "Include conf.d/*.conf missing\nHost web\n Port 7\n")

    assert read.resolve("web").port == 7


def test_aliases_are_the_concrete_names(tmp_path: Path) -> None:
    """Patterns and exclusions are no hosts to import; included names are, in order."""
    read = config(
        tmp_path,
        "Include more.conf\nHost web1 web2 *.lan !bad\nMatch originalhost db\n Port 1\nHost web1\n",
        **{"more.conf": "Host first\n"},
    )

    assert read.aliases == ("first", "web1", "web2")


@pytest.mark.parametrize("nothing", ["none", "/dev/null"])
def test_no_known_hosts_file_never_means_no_verification(tmp_path: Path, nothing: str) -> None:
    """`UserKnownHostsFile none` names no file; the transport then takes its own."""
    found = config(tmp_path, f"Host web\n UserKnownHostsFile {nothing}\n").resolve("web")

    assert found.known_hosts_files == ()


def test_several_known_hosts_files(tmp_path: Path) -> None:
    """Several files are all taken, and naming the global one keeps the user's own."""
    read = config(
        tmp_path,
        "Host web\n UserKnownHostsFile ~/one /two\nHost db\n GlobalKnownHostsFile /three\n",
    )

    assert read.resolve("web").known_hosts_files == (f"{tmp_path}/one", "/two")
    assert read.resolve("db").known_hosts_files == (f"{tmp_path}/.ssh/known_hosts", "/three")


def test_nothing_is_executed(tmp_path: Path) -> None:
    """`Match exec` and ProxyCommand are told, and no command runs."""
    witness = tmp_path / "ran"
    found = config(
        tmp_path,
        f"Match exec 'touch {witness}'\n User mallory\nMatch host web final\n User mallory\n"
        f"Host web\n ProxyCommand touch {witness}\n StrictHostKeyChecking no\n",
    ).resolve("web")

    assert found.user == LOCAL_USER
    assert found.ignored == ("Match exec", "Match final", "ProxyCommand", "StrictHostKeyChecking")
    assert not witness.exists()


def test_agent(tmp_path: Path) -> None:
    """IdentityAgent names a socket, nothing, or the environment's."""
    read = config(
        tmp_path,
        "Host a\n IdentityAgent ~/agent\nHost b\n IdentityAgent none\n"
        "Host c\n IdentityAgent SSH_AUTH_SOCK\nHost d\n IdentityAgent $KEYS\n",
    )

    assert [read.resolve(alias).identity_agent for alias in "abcd"] == [
        f"{tmp_path}/agent",
        "none",
        None,
        "/keys",
    ]


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    """Without a config an alias is its own address."""
    read = SSHConfig.read(tmp_path / "none", home=tmp_path, local_user=LOCAL_USER)

    assert read.resolve("web") == SSHOptions(address="web", user=LOCAL_USER)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Host web\n Port many\n", 2, "Port cannot be “many”"),
        ("Host web\n Port 65536\n", 2, "Port cannot be “65536”"),
        ("Host web\n\n User\n", 3, "User has no value"),
        ("Host\n", 1, "Host has no value"),
        ('Host web\n IdentityFile "/a\n', 2, "quotation mark"),
        ("Match host\n", 1, "Match host has no value"),
        ("Host web\n IdentitiesOnly perhaps\n", 2, "IdentitiesOnly cannot be “perhaps”"),
        ("Host web\n HostName one two\n", 2, "HostName cannot be “one two”"),
    ],
)
def test_mistakes_are_told_with_file_and_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    """A mistake names its file and line, and what was expected."""
    with pytest.raises(InputError, match=words) as caught:
        config(tmp_path, text)

    assert caught.value.file == f"{tmp_path}/.ssh/config:{line}"
    assert caught.value.todo


def test_a_mistake_in_an_include_names_that_file(tmp_path: Path) -> None:
    """The place is the included file, not the one that includes it."""
    with pytest.raises(InputError) as caught:
        config(tmp_path, "Include more\n", more="Port x\n")

    assert caught.value.file == f"{tmp_path}/.ssh/more:1"


def test_a_circle_of_includes_ends(tmp_path: Path) -> None:
    """A file that includes itself is told, not followed for ever."""
    with pytest.raises(InputError, match="16 files deep"):
        config(tmp_path, "Include config\n")


def test_five_thousand_hosts_are_fast(tmp_path: Path) -> None:
    """Each of 5,000 aliases is answered from an index: far below 1 ms, asyncssh needs 266."""
    text = "".join(f"Host h{n}\n HostName 10.0.{n >> 8}.{n & 255}\n" for n in range(5000))
    read = config(tmp_path, text + "Host *\n User eve\n")

    began = time.process_time()
    found = [read.resolve(alias) for alias in read.aliases]
    spent = time.process_time() - began

    assert (found[4999].address, found[4999].user) == ("10.0.19.135", "eve")
    assert spent < 2.5, f"{spent / 5000 * 1000:.2f} ms per alias"
