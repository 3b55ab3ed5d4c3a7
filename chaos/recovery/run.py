"""The way in: `report = await run(Setting(folder, print))`. Called by `aftercare recovery`."""

from __future__ import annotations

from benchmarks.figures import Report
from chaos.recovery.cases import BREAKS, POISON, ZOMBIE, ZOMBIES
from chaos.recovery.course import Course
from chaos.recovery.findings import add_poison, add_recoveries, add_woken
from chaos.recovery.poison import poison_rounds
from chaos.recovery.setting import Setting


async def run(setting: Setting) -> Report:
    """Measure what the setting names. Raises StackError when a stack does not start, or does not
    come to rest."""
    report = Report("recovery")
    breaks = {name: fault for name, fault in BREAKS.items() if name in setting.names}
    if breaks or ZOMBIE in setting.names:
        async with Course.started(setting) as course:
            found = [await course.recovery(name, fault) for name, fault in breaks.items()]
            woken = await course.woken(ZOMBIE, ZOMBIES) if ZOMBIE in setting.names else None
            checks = await course.judged()
        add_recoveries(report, found)
        if woken is not None:
            add_woken(report, woken, checks)
        broken = [check for check in checks if check.outcome == "broken"]
        report.verified = not broken
        report.notes += [f"{each.code} broken: {'; '.join(each.offenders[:3])}" for each in broken]
    if POISON in setting.names:
        add_poison(report, await poison_rounds(setting))
    return report
