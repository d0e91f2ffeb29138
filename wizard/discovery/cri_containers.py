"""What runs and what lies in a runtime that serves Kubernetes; pure."""

from __future__ import annotations

import json

from wizard.discovery.container_facts import Container
from wizard.discovery.sections import Sections, garbage


def parse_cri_images(sections: Sections, name: str) -> tuple[str, ...]:
    """Return the names of images that `ctr images ls -q` listed in that section."""
    images = (line for line in sections.lines(name) if "@" not in line)
    return tuple(image for image in images if not image.startswith("sha256:"))


def listed_containers(sections: Sections, name: str) -> tuple[Container, ...]:
    """Return the containers that `crictl ps -o json` lists; raises ProtocolError."""
    return tuple(container for container, _pod in _listed(sections, name))


def parse_cri_containers(sections: Sections, listed: str, tasks: str) -> tuple[Container, ...]:
    """Return CRI's containers, and tasks of its namespace that CRI does not know.

    `listed` and `tasks` are the sections of `crictl ps` and `ctr tasks ls`. Raises ProtocolError.
    """
    of_cri = _listed(sections, listed)
    found = [container for container, _pod in of_cri]
    known = {container.id for container in found} | {pod for _container, pod in of_cri}
    for line in sections.lines(tasks)[1:]:
        words = line.split()
        if len(words) == 3 and words[2] == "RUNNING" and words[0] not in known:  # noqa: PLR2004  # task, pid, state
            found.append(
                Container(id=words[0], name=words[0], image="", started_at=f"pid {words[1]}")
            )
    return tuple(found)


def _listed(sections: Sections, name: str) -> list[tuple[Container, str]]:
    """Return what `crictl ps` lists, with the pod of each; raises ProtocolError."""
    ran = sections.ran(name)
    if ran is None or ran.failure:
        return []
    try:
        return [
            (
                Container(
                    id=one["id"],
                    name=one["metadata"]["name"],
                    image=one["image"]["image"],
                    started_at=one["createdAt"],
                ),
                one.get("podSandboxId", ""),
            )
            for one in json.loads(ran.output or "{}").get("containers") or []
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise garbage(sections.host, "crictl ps is not what it should be") from error
