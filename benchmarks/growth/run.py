"""The course of `aftercare bench growth`: fill two databases, start two systems on them, send both
the same load in turns, judge what it left. Called by `aftercare bench`."""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial

from benchmarks.figures import Report
from benchmarks.growth.cost import Cost
from benchmarks.growth.findings import told
from benchmarks.growth.history import Rows, fill
from benchmarks.growth.side import Side
from benchmarks.growth.tables import HOT, TABLES, Table
from benchmarks.load.plan import Stream
from benchmarks.setting import Setting

LITTLE, MUCH, ELSEWHERE = 10_000, 10_000_000, 100_000
TICKETS = 1_500
BATCH = 250
PER_S = 4_000.0
SMALL, LARGE = "little history", "much history"


async def run(setting: Setting) -> Report:
    """Measure. Raises StackError when a stack does not start or come to rest."""
    filled: dict[str, Rows] = {SMALL: partial(_little, setting), LARGE: partial(_much, setting)}
    for name, rows in filled.items():
        await fill(setting.run_dir / name.split()[0], rows, setting.tell)
    costs: dict[str, list[Cost]] = {name: [] for name in filled}
    async with AsyncExitStack() as held:
        sides = [
            await held.enter_async_context(
                Side.started(name, setting.run_dir / name.split()[0], setting.tell)
            )
            for name in filled
        ]
        for number in range(1, setting.rounds + 1):
            for side in sides if number % 2 else reversed(sides):
                setting.tell(f"round {number}, {side.name}")
                costs[side.name].append(await side.measure(_load(setting), number, setting.tell))
        report = told(costs[SMALL], costs[LARGE])
        await _judge(report, sides, setting)
    _notes(report, filled)
    return report


def _load(setting: Setting) -> Stream:
    """More than a system can take, in large batches; both sides get the same tickets."""
    count = setting.of(TICKETS, least=20)
    batch = min(BATCH, count)
    return Stream(count=count, per_s=PER_S, batch=batch, way="single", connections=32)


def _little(setting: Setting, _: Table) -> int:
    return setting.of(LITTLE, least=200)


def _much(setting: Setting, table: Table) -> int:
    return setting.of(MUCH if table.hot else ELSEWHERE, least=400)


async def _judge(report: Report, sides: list[Side], setting: Setting) -> None:
    report.verified = True
    for side in sides:
        for check in await side.judged(setting.tell):
            if check.outcome == "broken":
                report.verified = False
                report.notes.append(
                    f"{side.name}: {check.code} broken: {', '.join(check.offenders)}"
                )


def _notes(report: Report, filled: dict[str, Rows]) -> None:
    for name, rows in filled.items():
        hot = max(rows(table) for table in TABLES)
        others = [rows(table) for table in TABLES if not table.hot]
        report.notes.append(
            f"{name}: {hot:,} rows in inbox and outbox of {HOT}, {max(others):,} in each of "
            f"{len(others)} other tables, {sum(map(rows, TABLES)):,} in all."
        )
    report.notes.append(
        "No event stands for the history: it is taken out before the invariants are judged on what "
        "the load left. It lies in this week's and last week's tables, half in each, vacuumed."
    )
    report.notes.append(
        "The database log holds a page whole at its first change after a checkpoint: in a run as "
        "short as this nearly every page of a large index is changed for the first time."
    )
    report.notes.append(
        "Two servers of the same PostgreSQL, so that their CPU and logs can be told apart."
    )
