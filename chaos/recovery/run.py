"""The way in: `report = await run(Setting(folder, print))`. Called by `aftercare recovery`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.figures import Report
from chaos.fault import FAILURES, Fault, said
from chaos.recovery.cases import BREAKS, POISON, ZOMBIE, ZOMBIES
from chaos.recovery.course import Course
from chaos.recovery.findings import (
    PoisonRound,
    Recovery,
    Woken,
    add_poison,
    add_recoveries,
    add_woken,
)
from chaos.recovery.poison import poison_rounds
from chaos.recovery.setting import Setting
from cli.demo.summary import Check


async def run(setting: Setting) -> Report:
    """Measure what the setting names. What ends a measurement early (a stack does not start, or
    does not come to rest) is told by the report: what was measured until then stays, and what was
    not has no value."""
    report = Report("recovery")
    breaks = {name: fault for name, fault in BREAKS.items() if name in setting.names}
    if breaks or ZOMBIE in setting.names:
        await _add_faults(report, setting, breaks)
    if POISON in setting.names:
        await _add_poison(report, setting)
    return report


async def _add_faults(report: Report, setting: Setting, breaks: Mapping[str, Fault]) -> None:
    """One fault after the other on one stack, zombies behind them, and what all of it broke."""
    found: list[Recovery] = []
    woken = Woken("", 0, "not reached")
    checks: Sequence[Check] = ()
    why = ""
    try:
        async with Course.started(setting) as course:
            for name, fault in breaks.items():
                found.append(await course.recovery(name, fault))
            if ZOMBIE in setting.names:
                woken = await course.woken(ZOMBIE, ZOMBIES)
            checks = await course.judged()
    except* FAILURES as failures:
        why = said(failures)
    add_recoveries(report, found, list(breaks)[len(found) :], why)
    if ZOMBIE in setting.names:
        # What nobody judged had no effects that anybody knows of.
        add_woken(report, woken if checks else Woken(woken.seen, woken.refused, why), checks)
    if not checks:
        report.notes.append(f"nothing was judged: {why}")
        return
    broken = [check for check in checks if check.outcome == "broken"]
    report.verified = not broken
    report.notes += [f"{each.code} broken: {'; '.join(each.offenders[:3])}" for each in broken]


async def _add_poison(report: Report, setting: Setting) -> None:
    rounds: list[PoisonRound] = []
    why = ""
    try:
        rounds, why = await poison_rounds(setting)
    except* FAILURES as failures:
        why = f"not measured: {said(failures)}"
    add_poison(report, rounds, why)
