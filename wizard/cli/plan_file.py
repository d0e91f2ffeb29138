"""A plan as a file that is approved now and applied later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wizard.cli.documents import plan_document
from wizard.cli.output import DOCUMENT_VERSION
from wizard.errors import InputError, PlanChanged
from wizard.fleet.whole_file import write_whole
from wizard.jsonform import from_data
from wizard.planning.plan import Plan
from wizard.wording import _


def write_plan(path: Path, plan: Plan, discovery: str) -> None:
    """Write the plan to `path`, for the owner's eyes only: it holds files of hosts."""
    document = {
        "version": DOCUMENT_VERSION,
        "document": "plan",
        **plan_document(plan, discovery),
    }
    write_whole(path, json.dumps(document, indent=2) + "\n", mode=0o600)


def read_plan(path: Path) -> Plan:
    """Return the plan in the file.

    Raises InputError for anything that is no plan of this version, and PlanChanged when the plan
    is not what its hash says.
    """
    data = _document(path)
    plan = from_data(Plan, data.get("plan"), source=str(path))
    if plan.hash != data.get("hash"):
        raise PlanChanged(
            _("The plan in the file is not the one that was approved: its hash differs."),
            file=str(path),
            state=_("Nothing was changed."),
            todo=_("Make a new plan with pilotage plan -o, and look at it."),
        )
    return plan


def _document(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            _("The plan cannot be read: {reason}.").format(reason=error.strerror),
            file=str(path),
            todo=_("Use a file that pilotage plan -o wrote."),
        ) from error
    except (ValueError, RecursionError) as error:
        raise InputError(
            _("The plan is not JSON."),
            file=str(path),
            todo=_("Use a file that pilotage plan -o wrote."),
        ) from error
    if not isinstance(data, dict) or data.get("document") != "plan":
        raise InputError(
            _("The file holds no plan."),
            file=str(path),
            todo=_("Use a file that pilotage plan -o wrote."),
        )
    if data.get("version") != DOCUMENT_VERSION:
        raise InputError(
            _("The plan was written by another version of Pilotage."),
            file=str(path),
            todo=_("Make a new plan with this version."),
        )
    return data
