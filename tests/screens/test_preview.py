"""Preview: the exact change, what is blocked, the waves, and the start."""

from __future__ import annotations

from pathlib import Path

from screens.session import Step
from tests.screens import samples
from tests.screens.stage import on_stage, scripted
from wizard.errors import PlanChanged
from wizard.planning.plan import Activation, Plan
from wizard.run.states import HostState


async def test_identical_changes_are_one_group_with_signs_and_numbers(tmp_path: Path) -> None:
    """Six hosts share a diff; added and removed lines have their signs."""
    async with on_stage(tmp_path, step=Step.PREVIEW) as stage:
        await stage.focus("#parts")
        await stage.press("home")
        await stage.see("6 ✓ reload  /etc/docker/daemon.json +2 -1", '+   "registry-mirrors"')
        await stage.see('   3      -   "live-restore": true')


async def test_blocked_hosts_show_reason_and_ways_out(tmp_path: Path) -> None:
    """The detail of a block has the reason, the ways out and the hosts."""
    async with on_stage(tmp_path, size=(80, 40), step=Step.PREVIEW) as stage:
        await stage.focus("#parts")
        await stage.press("home", "down", "down", "down")
        await stage.see("Ways out", "Move the flag from the unit", "old1")


async def test_enter_goes_from_group_to_host_to_everything_there(tmp_path: Path) -> None:
    """Two Enters show all files and steps of one host; two Esc come back."""
    async with on_stage(tmp_path, size=(100, 40), step=Step.PREVIEW) as stage:
        await stage.focus("#parts")
        await stage.press("home", "enter")
        await stage.see("6 hosts: Enter shows all that happens there", "web4")
        await stage.press("enter")
        await stage.see("Makes it live", "docker_reload docker.service", "ca.crt new, 3 lines")
        await stage.press("escape")
        await stage.see("step 3/5")


async def test_blocked_hosts_keep_next_off_until_left_out(tmp_path: Path) -> None:
    """The choice to leave them out is saved and opens Next."""
    service = scripted(tmp_path)
    async with on_stage(tmp_path, service=service) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("f10")
        await stage.see("Next is off: 1 host blocked")
        await stage.focus("#leave_out")
        await stage.press("space")
        await stage.see("F10: Start canary wave · 1 host")

        assert service.saved[tmp_path / "migration.yaml"].policy.leave_out_blocked


async def test_plan_hash_is_shown_and_approved(tmp_path: Path) -> None:
    """What starts is exactly the plan whose hash stands on the screen."""
    async with on_stage(tmp_path, step=Step.PREVIEW) as stage:
        planned = stage.app.session.planned
        assert planned is not None
        await stage.see(f"plan {planned.plan.hash[:12]}")
        await stage.roll_out()

        assert planned.plan.hash == stage.service.called("start_rollout")[0]["hash"]


async def test_start_has_cancel_focused_and_needs_time_and_the_number(tmp_path: Path) -> None:
    """A stray Enter cancels; before half a second and without the number nothing starts."""
    async with on_stage(tmp_path, step=Step.PREVIEW) as stage:
        await stage.press("f10")
        await stage.see("Start the rollout?", "First the canary wave, 1 host: web1")
        await stage.see("Nothing restarts", "Takes about")
        assert stage.app.focused is stage.part("#no")
        await stage.focus("#count-input")
        await stage.press("7", "enter")
        assert stage.part("#yes").disabled
        stage.clock.advance(0.4)
        await stage.press("enter")
        assert stage.service.called("start_rollout") == []

        stage.clock.advance(0.2)
        await stage.until(lambda: not stage.part("#yes").disabled, "armed")
        await stage.press("backspace", "6", "enter")
        assert stage.part("#yes").disabled
        await stage.press("escape")
        await stage.gone("Start the rollout?")
        assert stage.service.called("start_rollout") == []


async def test_canary_alone_starts_without_typing_a_number(tmp_path: Path) -> None:
    """When nothing follows the canary wave, the button is enough."""
    service = scripted(tmp_path)
    service.discoveries = [samples.discovery(["web1"])]
    async with on_stage(tmp_path, service=service) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("f10")
        await stage.see("F10: Start canary wave")
        await stage.press("f10")
        await stage.see("Start the rollout?")
        assert not stage.app.screen.query("#count")
        stage.clock.advance(1.0)
        await stage.until(lambda: not stage.part("#yes").disabled, "armed")
        service.show(samples.run_view({"web1": HostState.WAITING}))
        await stage.focus("#yes")
        await stage.press("enter")
        await stage.see("step 4/5")


async def test_restarts_are_named_in_the_confirmation(tmp_path: Path) -> None:
    """A restart says on how many hosts and which containers stop."""
    service = scripted(tmp_path)

    def restarting(migration: object, found: object, target: object) -> Plan:
        host = samples.host_plan("web1", activation=Activation.RESTART, stops=("shop",))
        return Plan(target=samples.TARGET, hosts=(host,), waves=(("web1",),))

    service.planner = restarting
    async with on_stage(tmp_path, service=service) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("f10")
        await stage.see("◆ RESTART  /etc/docker/daemon.json")
        await stage.press("f10")
        await stage.see("RESTARTS the runtime on 1 host", "It stops: shop")


async def test_refused_start_is_a_card_and_nothing_else(tmp_path: Path) -> None:
    """A plan that no longer matches is told, and the step stays."""
    async with on_stage(tmp_path, step=Step.PREVIEW) as stage:
        await stage.press("f10")
        await stage.see("Start the rollout?")
        stage.clock.advance(1.0)
        stage.service.failure = PlanChanged("daemon.json of web1 changed", todo="Read again.")
        await stage.focus("#count-input")
        await stage.press("7", "enter")
        await stage.see("That did not work", "daemon.json of web1 changed")
        await stage.press("enter")
        await stage.see("step 3/5")


async def test_policy_is_edited_checked_and_saved(tmp_path: Path) -> None:
    """Waves, soak and gate limits are checked in words and saved."""
    service = scripted(tmp_path)
    async with on_stage(tmp_path, service=service, step=Step.PREVIEW) as stage:
        await stage.focus("#policy")
        await stage.press("enter")
        await stage.see("Waves, soak and gate")
        stage.part("#waves-input").value = "0% many"
        stage.part("#soak-input").value = "soon"
        await stage.focus("#take")
        await stage.press("enter")
        await stage.see("sizes like 3 or 25%", "a number of seconds")
        stage.part("#waves-input").value = "2, 50%"
        stage.part("#soak-input").value = "2.5"
        await stage.focus("#take")
        await stage.press("enter")
        await stage.gone("Waves, soak and gate")
        await stage.see("F10: Start")

        policy = service.saved[tmp_path / "migration.yaml"].policy
        assert (policy.waves, policy.soak) == (("2", "50%"), 2.5)


async def test_nothing_to_change_is_told(tmp_path: Path) -> None:
    """A fleet that is served already has no start."""
    service = scripted(tmp_path)
    service.planner = lambda _migration, _found, target: Plan(target=target, hosts=(), waves=())
    async with on_stage(tmp_path, service=service) as stage:
        await stage.read_fleet()
        await stage.probe_registry()
        await stage.press("f10")
        await stage.see("Next is off: no host changes")
        await stage.focus("#parts")
        await stage.press("up", "down", "home", "end", "pageup", "pagedown", "enter")
