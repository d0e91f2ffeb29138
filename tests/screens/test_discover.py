"""Discover: choosing hosts, reading them, approving keys, typing passwords."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.screens import samples
from tests.screens.stage import on_stage, scripted
from wizard.errors import MigrationFileError
from wizard.fleet.host import Host
from wizard.secret import Secret
from wizard.service import MissingSecret, UnknownHostKey


async def test_says_why_next_is_off_before_anything_is_read(tmp_path: Path) -> None:
    """The reason is on the screen, and F10 repeats it instead of going on."""
    async with on_stage(tmp_path) as stage:
        assert "Next is off: no host has been read yet" in stage.text

        await stage.press("f10")

        assert "step 1/5" in stage.text


async def test_reads_the_migration_file_and_fills_the_table(tmp_path: Path) -> None:
    """Every host of the file is in the table with what runs on it."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.see("web1", "old1", "docker 26.1 overlay2", "8 hosts")

        assert stage.service.called("start_discovery")[0]["fleet"] == samples.fleet()


async def test_typed_names_are_saved_as_the_fleet(tmp_path: Path) -> None:
    """Names, users and ports that are typed become hosts of the migration file."""
    service = scripted(tmp_path)
    async with on_stage(tmp_path, service=service) as stage:
        await stage.press("down", "down", "tab")
        await stage.type("web1, admin@db2:2222")
        await stage.press("enter")
        await stage.see("F10: Registry")

        saved = service.saved[tmp_path / "migration.yaml"].fleet.hosts
        assert (
            Host(name="web1", address="web1"),
            Host(name="db2", address="db2", port=2222, user="admin"),
        ) == saved


async def test_typed_alias_takes_what_ssh_config_says(tmp_path: Path) -> None:
    """A bare name that ssh_config knows is resolved by it."""
    service = scripted(tmp_path)
    service.aliases = ("web1",)
    async with on_stage(tmp_path, service=service) as stage:
        await stage.press("down", "down", "tab")
        await stage.type("web1")
        await stage.press("enter")
        await stage.see("F10: Registry")

        assert service.saved[tmp_path / "migration.yaml"].fleet.hosts[0].port == 2222


async def test_wrong_names_are_told_under_the_field(tmp_path: Path) -> None:
    """A name that cannot be one is refused where it was typed, and nothing is read."""
    async with on_stage(tmp_path) as stage:
        await stage.press("down", "down", "tab")
        await stage.type("web1:99999")
        await stage.press("enter")
        await stage.see("web1:99999 is not [user@]host[:port]")

        assert stage.service.called("start_discovery") == []


async def test_picks_aliases_of_ssh_config(tmp_path: Path) -> None:
    """Ticked aliases become the fleet, with the options that ssh_config gives them."""
    service = scripted(tmp_path)
    service.aliases = ("alpha", "beta", "gamma")
    async with on_stage(tmp_path, service=service) as stage:
        await stage.press("down")
        await stage.focus("#pick")
        await stage.press("enter")
        await stage.see("Pick hosts", "gamma")
        await stage.press("space", "down", "space")
        await stage.see("Take 2 hosts")
        await stage.focus("#take")
        await stage.press("enter")
        await stage.see("2 picked")
        await stage.press("enter")
        await stage.see("F10: Registry")

        saved = service.saved[tmp_path / "migration.yaml"].fleet.hosts
        assert [(host.name, host.port) for host in saved] == [("alpha", 2222), ("beta", 2222)]


async def test_empty_ssh_config_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    """Without aliases the card says so, and other sources stay usable."""
    async with on_stage(tmp_path) as stage:
        await stage.press("down")
        await stage.focus("#pick")
        await stage.press("enter")
        await stage.see("names no host aliases", "Type the names here")
        await stage.press("enter")
        await stage.gone("names no host aliases")


async def test_wrong_migration_file_is_shown_with_its_place(tmp_path: Path) -> None:
    """The card has file, line and column, and what to do."""
    service = scripted(tmp_path)
    async with on_stage(tmp_path, service=service) as stage:
        await stage.see("migration file: 8 hosts")
        service.failure = MigrationFileError(
            "unknown key “hots”", file="migration.yaml", line=3, column=1, todo="Write “hosts”."
        )
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("That did not work", "unknown key “hots”", "migration.yaml:3:1", "Write")


NEW_KEY = UnknownHostKey(
    host="web1",
    address="10.0.0.1",
    port=22,
    fingerprint="SHA256:new",
    public_key="ssh-ed25519 AAAA",
)
CHANGED_KEY = replace(NEW_KEY, host="db1", fingerprint="SHA256:now", changed_from="SHA256:was")


async def test_unknown_keys_are_approved_and_only_those_hosts_read_again(tmp_path: Path) -> None:
    """Approving takes the new key, leaves the changed one out, and reads that host again."""
    service = scripted(tmp_path)
    service.discoveries = [
        samples.discovery(samples.NAMES[1:], unknown_keys=[NEW_KEY, CHANGED_KEY]),
        samples.discovery(["web1"]),
    ]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("SHA256:new", "SHA256:was", "SHA256:now", "KEY CHANGED")
        assert stage.app.focused is stage.part("#no")
        await stage.press("tab", "enter")
        await stage.see("F10: Registry")

        assert service.approved == [NEW_KEY]
        assert service.called("start_discovery")[1]["hosts"] == ("web1",)


async def test_changed_key_needs_its_own_tick(tmp_path: Path) -> None:
    """A changed key is approved only after the operator said to know why."""
    service = scripted(tmp_path)
    service.discoveries = [samples.discovery(unknown_keys=[CHANGED_KEY]), samples.discovery()]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("Approve 0 hosts")
        assert stage.part("#approve").disabled
        await stage.focus("#changed")
        await stage.press("space")
        await stage.see("Approve 1 host")
        await stage.focus("#approve")
        await stage.press("enter")
        await stage.see("F10: Registry")

        assert service.approved == [CHANGED_KEY]


async def test_escape_approves_no_key(tmp_path: Path) -> None:
    """Leaving the dialog trusts nobody, and what was read stays."""
    service = scripted(tmp_path)
    service.discoveries = [samples.discovery(samples.NAMES[1:], unknown_keys=[NEW_KEY])]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("Are these your hosts?")
        await stage.press("escape")
        await stage.see("F10: Registry")

        assert service.approved == []


async def test_missing_password_is_asked_for_and_used(tmp_path: Path) -> None:
    """The typed password goes to the next discovery of the hosts that wanted it."""
    service = scripted(tmp_path)
    missing = MissingSecret(key="sudo:default", hosts=("web1", "web2"))
    service.discoveries = [samples.discovery(missing_secrets=[missing]), samples.discovery()]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("sudo password of credential default, for 2 hosts")
        await stage.type("hunter2")
        assert "hunter2" not in stage.text
        await stage.press("enter")
        await stage.see("F10: Registry")

        second = service.called("start_discovery")[1]
        assert {"sudo:default": Secret("hunter2")} == second["secrets"]
        assert second["hosts"] == ("web1", "web2")


async def test_host_in_trouble_stands_first_and_shows_its_card(tmp_path: Path) -> None:
    """An unreachable host is on top; Enter says what happened and what to do."""
    service = scripted(tmp_path)
    failed = replace(samples.trouble("web2"), what="connection refused", failure="refused")
    names = [name for name in samples.NAMES if name != "web2"]
    service.discoveries = [samples.discovery(names, troubles=[failed])]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.focus("#read")
        await stage.press("enter")
        await stage.see("1 host could not be read")
        await stage.until(lambda: "unreachable" in stage.text, "unreachable")
        await stage.press("home", "enter")
        await stage.see("web2 needs you", "connection refused", "State now", "What to do")


async def test_enter_on_a_host_shows_its_facts(tmp_path: Path) -> None:
    """The drill-down has system, runtime and files of the host."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.focus("#fleet")
        await stage.press("enter")
        await stage.see("Debian 13 · x86_64", "26.1.5+dfsg1", "live-restore")
        await stage.press("escape")
        await stage.see("step 1/5")


async def test_filter_is_asked_for_by_slash(tmp_path: Path) -> None:
    """Slash asks for a text, and only rows that contain it stay."""
    async with on_stage(tmp_path) as stage:
        await stage.read_fleet()
        await stage.focus("#fleet")
        await stage.press("slash")
        await stage.type("db")
        await stage.press("enter")
        await stage.see("2 of 8 hosts", "/db")

        assert stage.part("#fleet").rows.shown == ["db1", "db2"]


async def test_changing_the_fleet_marks_later_steps_stale_and_keeps_them(tmp_path: Path) -> None:
    """Another fleet makes what was found stale; it is still there."""
    async with on_stage(tmp_path, size=(120, 30)) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("escape")
        await stage.press("escape")
        session = stage.app.session
        session.answers = replace(session.migration, fleet=samples.fleet(["web1"]))
        stage.part("#fleet")
        stage.app.screen.refresh_frame()  # type: ignore[attr-defined]  # every step has it
        await stage.see("↻ 1 Discover", "Next is off: the fleet was changed since it was read")

        assert session.probed is not None


async def test_starts_with_typed_names_where_there_is_no_file(tmp_path: Path) -> None:
    """Without a migration file the cursor is on typing names, and no card is in the way."""
    service = scripted(tmp_path)
    (tmp_path / "migration.yaml").unlink()
    async with on_stage(tmp_path, service=service) as stage:
        assert stage.part("#source").chosen == "typed"
        assert len(stage.part("#fleet").rows) == 0
        await stage.see("no hosts yet")


async def test_long_path_shows_its_end_where_the_file_name_is(tmp_path: Path) -> None:
    """A path wider than the field is scrolled, not replaced by a scrollbar."""
    folder = tmp_path / ("deep" * 20)
    folder.mkdir()
    async with on_stage(folder) as stage:
        await stage.focus("#where-input")

        assert "migration.yaml" in stage.text.splitlines()[7]
