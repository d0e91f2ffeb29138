"""What the script reads from what a program said: to the byte, however much it is."""

from __future__ import annotations

from tests.transaction.conftest import EVERY_SHELL
from tests.transaction.practice_host import PracticeHost
from wizard.transaction.compose import shipped_files

WORDS = {
    "nothing": b"",
    "a newline": b"\n",
    "a line": b"one line\n",
    "no last newline": b"first\nand last",
    "empty lines around": b"\n\n first\n\n\nlast \n\n\n",
    "odd bytes": bytes(range(1, 256)) + b"\n",
    "backslashes": b"\\n \\\\ \\\n end\\\n",
    "nineteen lines": b"line\n" * 19,
    "twenty lines": b"line\n" * 20,
    "many lines": b"\n".join(b"%d" % number for number in range(300)),
}


@EVERY_SHELL
async def test_what_a_program_says_is_kept_to_the_byte(host: PracticeHost) -> None:
    """But for the newlines at its end; few lines and many are read in different ways."""
    (host.root / "said").mkdir()
    for name, words in WORDS.items():
        (host.root / "said" / name).write_bytes(words)
    script = (
        shipped_files()["surroundings.sh"]
        + """
look_at_all() {
  ROOT=$PILOTAGE_ROOT
  settle
  for FILE in "$ROOT"/said/*; do
    read_text "$FILE"
    printf '%s' "$TEXT" >"$FILE"
  done
}
look_at_all
"""
    )
    _, _, errors = await host.execute(script.encode())
    read = {name: (host.root / "said" / name).read_bytes() for name in WORDS}
    assert (errors, read) == (b"", {name: words.rstrip(b"\n") for name, words in WORDS.items()})
