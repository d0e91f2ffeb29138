"""Which registry product an operator practises with: its accounts, and the commands for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from wizard.practice.product_kind import ADMIN, ADMIN_FILE, HUB_ACCOUNT, HUB_FILE, ProductKind
from wizard.wording import _

README: Final = "README"


def accounts_lines(kind: ProductKind, url: str, migration_file: Path) -> list[str]:
    """Return what an operator needs to know of a practice product, in lines."""
    folder, command = migration_file.parent, f"pilotage registry {{}} -m {migration_file}"
    return [
        _(
            "The practice target is a stand-in of {product} at {url}, fresh from its install:"
        ).format(product=kind.value.capitalize(), url=url),
        _("nothing is provisioned in it, and until then it serves no image."),
        _("  administrator: {name}, password in {file}").format(
            name=ADMIN, file=folder / ADMIN_FILE
        ),
        _("  account at the practice Docker Hub: {name}, token in {file}").format(
            name=HUB_ACCOUNT, file=folder / HUB_FILE
        ),
        _("It has no pages: what people do by hand there is done by its API, with that login."),
        _("In the wizard, F4 on the registry step tells what is missing and F5 has it made."),
        _("The same from another terminal:"),
        f"  {command.format('doctor')}",
        f"  {command.format('provision')}",
    ]
