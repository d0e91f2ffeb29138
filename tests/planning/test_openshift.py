"""What an OpenShift cluster is given instead of files on its hosts, to the letter."""

from __future__ import annotations

import pytest
import yaml

from tests.planning.cases import a_target
from wizard.errors import PlanError
from wizard.runtimes.openshift import MirrorSet, mirror_sets

BOTH = """\
# The nodes must trust the registry's CA: put it into a config map and name that in
# spec.additionalTrustedCA of image.config.openshift.io/cluster first.
---
apiVersion: config.openshift.io/v1
kind: ImageDigestMirrorSet
metadata:
  name: pilotage
spec:
  imageDigestMirrors:
  - source: "docker.io"
    mirrors:
    - "registry.example/dockerhub-proxy"
    mirrorSourcePolicy: AllowContactingSource
  - source: "quay.io"
    mirrors:
    - "registry.example/quay"
    mirrorSourcePolicy: AllowContactingSource
---
apiVersion: config.openshift.io/v1
kind: ImageTagMirrorSet
metadata:
  name: pilotage
spec:
  imageTagMirrors:
  - source: "docker.io"
    mirrors:
    - "registry.example/dockerhub-proxy"
    mirrorSourcePolicy: AllowContactingSource
  - source: "quay.io"
    mirrors:
    - "registry.example/quay"
    mirrorSourcePolicy: AllowContactingSource
"""


def test_both_kinds_lead_every_upstream_to_its_place() -> None:
    """Digests are one object, tags another; both are needed."""
    target = a_target(addressing="prefix", places=[{"upstream": "quay.io", "prefix": "quay"}])

    text = mirror_sets(target, MirrorSet)

    assert text == BOTH
    kinds = [document["kind"] for document in yaml.safe_load_all(text)]
    assert kinds == ["ImageDigestMirrorSet", "ImageTagMirrorSet"]


def test_tags_that_are_upstreams_have_no_object() -> None:
    """What has a digest comes from the target alone then; tags by themselves cannot be had."""
    target = a_target(tags="upstream")

    kinds = [one["kind"] for one in yaml.safe_load_all(mirror_sets(target, MirrorSet))]

    assert kinds == ["ImageDigestMirrorSet"]
    with pytest.raises(PlanError, match="what a tag is"):
        mirror_sets(target, [MirrorSet.ITMS])


def test_one_kind_alone_without_a_ca() -> None:
    """A port belongs to the host; at the root there is no path."""
    target = a_target(url="https://10.0.0.1:5000", ca=False)

    [found] = yaml.safe_load_all(mirror_sets(target, [MirrorSet.ITMS]))

    assert found["spec"] == {
        "imageTagMirrors": [
            {
                "source": "docker.io",
                "mirrors": ["10.0.0.1:5000"],
                "mirrorSourcePolicy": "AllowContactingSource",
            }
        ]
    }


def test_a_path_before_v2_cannot_be_said() -> None:
    """Nothing is printed that would not work."""
    with pytest.raises(PlanError, match="after /v2"):
        mirror_sets(a_target(addressing="path"), MirrorSet)
