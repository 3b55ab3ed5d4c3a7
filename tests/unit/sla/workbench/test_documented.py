"""The figures of docs/clocks.md about its own nine tickets under another policy."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from cli.sla.show_replay import show
from services.sla.workbench.recorded import Tickets
from services.sla.workbench.replay import replayed
from services.sla.workbench.staffing import Handling
from tests.unit.sla.workbench.made_up import FIRST_REPLY, SHIPPED, policy

PAGE = (Path(__file__).resolve().parents[4] / "docs" / "clocks.md").read_text(encoding="utf-8")


def test_the_tickets_of_the_page(tmp_path: Path) -> None:
    given = [line.encode() for line in PAGE.splitlines() if line.startswith('{"id": ')]
    nine = given[:9]
    new = policy(tmp_path, (FIRST_REPLY, "first_reply, target_s: 1800"))
    out = Console(record=True, width=200)
    show(replayed(Tickets(nine), new, SHIPPED, Handling()), out, 0)
    said = out.export_text().strip().splitlines()[-1]
    assert f"30 minutes for `first_reply` instead of an hour: {said}." in PAGE
