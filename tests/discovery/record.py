"""Record what real hosts answer: `python -m tests.discovery.record FLEET`, as root.

The recordings are the parsers' cases; make them anew when the script or the fleet changes.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

from tests.fleet import opened
from wizard.discovery.probe import compose
from wizard.discovery.sections import join_frames
from wizard.target import Target

NONCE: Final = "0123456789abcdef0123456789abcdef"
FOLDER: Final = Path(__file__).parent / "recorded"


def main() -> None:
    """Record every host of the fleet that has a runtime."""
    fleet = opened(sys.argv[1])
    target = Target(url="https://registry.fleet.test", ca_pem=fleet.target.ca_pem.read_text())
    script = compose(target, nonce=NONCE)
    FOLDER.mkdir(exist_ok=True)
    for name in fleet.hosts:
        output = fleet.exec(name, "exec /bin/sh -s", script).stdout
        mark = NONCE.encode() + b" "
        frames = [line[len(mark) :] for line in output.split(b"\n") if line.startswith(mark)]
        recording = {"now": time.time(), "stream": join_frames(name, frames).decode()}
        text = json.dumps(recording, indent=0, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
