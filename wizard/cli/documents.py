"""The JSON documents of `--json`; documented API.

Every document is an object with `version` (this page's number, 1) and `document`, its kind:

    discovery    run, hosts (facts), troubles, unknown_host_keys, missing_secrets
    plan         hash, discovery, counts, plan; what `plan -o` writes and `apply` reads
    matrix       discovery, counts: {addressing: {cost: hosts}}, hosts: [{host, flavour,
                 cells: [{addressing, cost, blocks, notes}]}]
    choice       discovery, needs, load: {hosts, requests, components, seen}, candidates: best
                 first [{product, ways: [{addressing, condition, counts}], hosts, load,
                 answers: {need: {verdict, reason, source}}}]
    doctor       worst, url, kind, version, edition, observations: [{topic, severity, found,
                 todo, source, fixed_by: [{kind, name}]}], attempts
    provisioning url, kind, version, findings: [{subject, action: nothing, create, change or
                 by_hand, differences: [{field, found, wanted}], warnings, tells_once, named:
                 {kind, name} or null}], licence: words that are to be accepted, done: subjects
                 that were carried out, complete, secrets_in: file or null; never a secret; an
                 `error` follows where it failed
    manifest     kinds: idms, itms or both, yaml: objects for an OpenShift cluster
    pull_secret  file, registry, name, namespaces, service_accounts; never the login itself
    preflight    run, host, facts, findings: [{severity, what, todo, source}]
    nexus        run, host, name, ports, licence_accepted; `run` where it was not installed
    certificate  folder: of its files, names; with --apply it is `run`
    registry_changes  changes: newest first [{at, ended: 0 where nobody noted it, by, url, subject,
                 action, differences, outcome: done, failed, left or unknown, reason, of: a pass}],
                 passes: newest first [{identity, at, by, url, ended, result: done, failed, stopped
                 or unknown, reason, at_work}]
    robot        name: whole, secrets_in: file or null; never the secret itself
    harbor_yml   file, hostname; passwords are in the file only
    harbor_backup, nexus_backup  folder, files: [{file, path on the host, mode}]
    front        server: nginx, name: DNS name, site: the text of its file
    images       discovery, images: [{host, runtime, image, becomes, containers}]
    diff         hash, groups: [{hosts, path, purpose, is_new, diff}]
    run          run, a RunView without its events; also what `apply` and `rollback` end with
    runs         runs: newest first
    event        one line for each event of `watch`, then one `run`
    order        run, order
    host_keys    approved, unknown
    started      run: started with --detach
    interrupted  run: still going on, or null
    demo         scenario, hosts, seed, registry, addressing, as_documented, seconds, phases,
                 peak_memory, struck, blocked: [{host, reason}], rollout, rollback, checks,
                 unmet: [{phase, subject, host, expected, found}]
    scenarios    scenarios: [{name, summary, ending}]
    drill        drill, reached, seconds, done: [{after, deed, run, kind, what}],
                 hosts: [{name, wanted, found, wrong}], open: runs that are not ended
    drills       drills: [{name, story, goal}]
    error        error: {kind, what, host, file, line, column, state, todo, exit_code}

A key may be added without a new version; none is renamed or removed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from wizard.jsonform import to_data
from wizard.planning.plan import Plan, Verdict
from wizard.run.view import RunView
from wizard.service import Discovery, RunSummary, UnknownHostKey


def discovery_document(found: Discovery) -> dict[str, Any]:
    """Return the content of a `discovery` document."""
    return {
        "run": found.run,
        "hosts": [to_data(facts) for facts in found.facts],
        "troubles": [to_data(trouble) for trouble in found.troubles],
        "unknown_host_keys": [to_data(key) for key in found.unknown_keys],
        "missing_secrets": [to_data(secret) for secret in found.missing_secrets],
    }


def plan_document(plan: Plan, discovery: str) -> dict[str, Any]:
    """Return the content of a `plan` document; `discovery` is the run that it rests on."""
    counts = Counter(host.verdict for host in plan.hosts)
    return {
        "hash": plan.hash,
        "discovery": discovery,
        "counts": {verdict.value: counts[verdict] for verdict in Verdict},
        "plan": to_data(plan),
    }


def run_document(view: RunView) -> dict[str, Any]:
    """Return the content of a `run` document."""
    data: dict[str, Any] = to_data(view)
    del data["recent"]
    return data


def runs_document(runs: tuple[RunSummary, ...]) -> dict[str, Any]:
    """Return the content of a `runs` document."""
    return {"runs": [to_data(run) for run in runs]}


def host_keys_document(
    approved: list[UnknownHostKey], unknown: list[UnknownHostKey]
) -> dict[str, Any]:
    """Return the content of a `host_keys` document."""
    return {
        "approved": [to_data(key) for key in approved],
        "unknown": [to_data(key) for key in unknown],
    }
