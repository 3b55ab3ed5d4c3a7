"""Shows people what came of a run: its strikes, and why it holds or does not. Used by the command
and by whoever wants to read a failed run."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chaos.verdict import Hit, Verdict

SHOWN_OFFENDERS = 5


def show(verdict: Verdict, console: Console) -> None:
    """All of it; behind a run that does not hold, where its logs lie and how to do it again."""
    console.print(_strikes(verdict))
    about = f", {verdict.version}" if verdict.version else ""
    console.print(
        f"\nseed {verdict.seed}, {verdict.seconds:g} s{escape(about)}: "
        f"{verdict.acknowledged:,} of {verdict.arrivals:,} complaints acknowledged, "
        f"{verdict.decisions:,} decisions, {verdict.several:,} keys with several operations, "
        f"{verdict.records:,} records"
    )
    console.print(f"hit: {' '.join(verdict.codes) or 'nothing'}; services killed: {verdict.kills}")
    unplanned = [code for code in verdict.asked if code not in _planned(verdict)]
    if verdict.hits and unplanned:
        console.print(f"no room in this plan for: {' '.join(unplanned)}")
    if verdict.left_out:
        console.print(f"hit nothing, the load was over: {' '.join(verdict.left_out)}")
    for code, reason in verdict.impossible.items():
        console.print(f"{code} not possible here: {escape(reason)}")
    for code, note in verdict.not_judged.items():
        console.print(f"{code} not judged: {escape(note)}")
    _show_outcome(verdict, console)


def _strikes(verdict: Verdict) -> Table:
    table = Table(
        "from s", "to s", "fault", "target", "what was seen", "gap", "backlog gone", box=None
    )
    for hit in sorted(verdict.hits, key=lambda each: each.begun_s):
        gone = "[red]never[/]" if hit.recovered_s is None else f"after {hit.recovered_s:.1f} s"
        times = f"{hit.begun_s:.1f}", f"{hit.healed_s:.1f}"
        table.add_row(*times, hit.code, escape(hit.target), _seen(hit), f"{hit.gap_s:.1f} s", gone)
    return table


def _seen(hit: Hit) -> str:
    if hit.missed:
        return f"[red]not hit: {escape(hit.missed)}[/]"
    return f"[red]broken: {escape(hit.broke)}[/]" if hit.broke else escape(hit.proof)


def _planned(verdict: Verdict) -> set[str]:
    return {*(hit.code for hit in verdict.hits), *verdict.impossible}


def _show_outcome(verdict: Verdict, console: Console) -> None:
    for check in verdict.broken:
        console.print(f"[red]{check.code} broken:[/] {escape(check.says)}")
        for offender in check.offenders[:SHOWN_OFFENDERS]:
            console.print(f"  {escape(str(offender))}")
    if verdict.holds:
        console.print(f"[green]holds:[/] all {verdict.held} invariants")
        return
    console.print(f"[red]does not hold:[/] {escape('; '.join(verdict.reasons))}")
    console.print(f"logs: {escape(verdict.logs)}", soft_wrap=True)
    console.print(f"again: {escape(verdict.replay)}", soft_wrap=True)
