"""`aftercare sla migrate --preview`: what would become of open tickets if they moved to another
version of the policy. Hung into `command`.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cli.programs import absolute, asked
from cli.sla import recorded
from cli.sla.ended import ended, folder_of, reaching, refused
from cli.sla.show_migration import show
from cli.stack import AsJson, RunDir
from devstack.settings import StackSettings

PROGRAM = "services.sla.workbench.migration"


def migrate(
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would change; nothing is written.")
    ] = False,
    policy: Annotated[
        Path | None, typer.Option(help="Folder of the policy; default: AFTERCARE_POLICY_DIR.")
    ] = None,
    version: Annotated[
        str | None, typer.Option("--from", help="Only tickets that keep this version.")
    ] = None,
    most: Annotated[int, typer.Option("--show", min=0, help="Changed tickets to show.")] = 20,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Show what moving the open tickets of a running system to a policy would change.

    Deadlines earlier and later, and what would be breached at once; nothing is written. Exit 1 if
    some tickets can't be planned, 2 if not done.
    """
    if not preview:
        refused("say --preview", "tickets keep the version they began with; nothing moves them.")
    words = ["--policy", absolute(policy or StackSettings().policy_dir)]
    words += [] if as_json else ["--most", str(most)]
    words += ["--from", version] if version else []
    with reaching(), closing(recorded.ledgers(folder_of(run_dir))) as lines:
        answer, code = asked(PROGRAM, *words, lines=lines)
    ended(answer, code, as_json, lambda found, out: show(found, out, most))
