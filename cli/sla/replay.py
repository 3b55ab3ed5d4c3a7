"""`aftercare sla replay`: what recorded tickets would have come to under another policy. Hung into
`command`.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.programs import absolute, asked
from cli.sla import recorded
from cli.sla.ended import ended, folder_of, reaching, since_of
from cli.sla.show_replay import show
from cli.stack import AsJson, RunDir
from devstack.settings import StackSettings
from runtime.clock import wall_now

PROGRAM = "services.sla.workbench.replay"


Against = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the old one; default: each ticket's own version, with --input that of "
        "AFTERCARE_POLICY_DIR."
    ),
]
Given = Annotated[
    str | None,
    typer.Option("--input", help="Tickets as for `plan` instead of a running system's; or -."),
]
Since = Annotated[
    str | None, typer.Option(help="Only tickets opened since then: 30m, 2h, 3d, or an ISO time.")
]
HandlingS = Annotated[
    list[str] | None,
    typer.Option(help="Seconds that one deed takes: 600, or first_contact=300; repeatable."),
]


def replay(
    policy: Annotated[Path, typer.Option(help="Folder of the new policy.")],
    against: Against = None,
    given: Given = None,
    since: Since = None,
    handling_s: HandlingS = None,
    all_clocks: Annotated[
        bool, typer.Option("--all-clocks", help="With --input, those of the conversation too.")
    ] = False,
    most: Annotated[int, typer.Option("--show", min=0, help="Changed tickets to show.")] = 20,
    run_dir: RunDir = None,
    as_json: AsJson = False,
) -> None:
    """Plan recorded tickets by another policy: breaches, costs and staff, before and after.

    Nothing is changed or published. Exit 1 if some lines held no ticket, 2 if not done.
    """
    words = ["--policy", absolute(policy)]
    words += [] if as_json else ["--most", str(most)]
    words += [word for each in handling_s or () for word in ("--handling-s", each)]
    words += ["--all-clocks"] if all_clocks else []
    if given is not None:
        live = against or StackSettings().policy_dir
        words += since_of(since, wall_now)
        words += ["--against", absolute(live), "--input", absolute(given)]
        answer, code = asked(PROGRAM, *words)
    else:
        words += ["--against", absolute(against)] if against else []
        answer, code = _of_the_running_system(folder_of(run_dir), words, since)
    ended(answer, code, as_json, lambda found, out: show(found, out, most))


def _of_the_running_system(
    folder: Path, words: list[str], since: str | None
) -> tuple[dict[str, Any], int]:
    with reaching():
        begin = since_of(since, lambda: recorded.business_time(folder))
        with closing(recorded.ledgers(folder)) as lines:
            return asked(PROGRAM, *words, *begin, lines=lines)
