"""`bench scaling`: the plans for three rates from the newest measured costs, and the simulations.

Takes a second; reads what `bench pipeline` wrote.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.figures import Report
from benchmarks.results import LATEST, read
from benchmarks.scaling import pauses, skew
from benchmarks.scaling.costs import cost_of
from benchmarks.scaling.model import UTILISATION, Limits, Plan, Prices, plan
from benchmarks.setting import Setting

RATES = (1_000, 10_000, 50_000)
HOT_SHARES = {"evenly": 0.0, "hot shop 30 %": 0.3, "hot stream 60 %": 0.6}
PAUSES_S = {"clean stop": 2.0, "kill -9": 9.0, "broker restart": 30.0}


async def run(setting: Setting) -> Report:
    """The report; without a measured pipeline only the simulations."""
    report = Report("scaling")
    try:
        measured: dict[str, Any] = read(LATEST)
    except (OSError, json.JSONDecodeError):
        measured = {"benches": {}}
    cost = cost_of(measured)
    if cost is None:
        report.notes.append("no plans: `aftercare bench pipeline` has not been run yet")
    else:
        for rate in RATES:
            setting.tell(f"{rate:,} tickets/s")
            _tell_plan(report, plan(rate, cost, Limits(), Prices()))
    _tell_skew(report, setting)
    _tell_pauses(report)
    return report


def _tell_plan(report: Report, made: Plan) -> None:
    rate = f"{made.tickets_s:,.0f}/s"
    pods = ", ".join(f"{name} {count}" for name, count in made.pods.items())
    report.add(f"{rate}: pods", "", [sum(made.pods.values())], note=pods)
    report.add(f"{rate}: partitions a topic", "", [made.partitions])
    report.add(
        f"{rate}: database shards", "", [made.shards], note=f"bound by {made.shard_bound_by}"
    )
    report.add(f"{rate}: brokers", "", [made.brokers])
    report.add(f"{rate}: Kafka storage", "TB", [made.kafka_tb])
    report.add(f"{rate}: database storage", "TB", [made.database_tb])
    report.add(f"{rate}: cores", "", [made.cores])
    report.add(f"{rate}: money", "CNY/month", [made.cny_month])


def _tell_skew(report: Report, setting: Setting) -> None:
    for name, share in HOT_SHARES.items():
        setting.tell(f"skew: {name}")
        found = [
            skew.simulate(setting.of(100_000, 1_000), 24, 8, share, seed)
            for seed in range(setting.rounds)
        ]
        report.add(
            f"{name}: fullest of 24 partitions", "× mean",
            [each.partitions_by_ticket for each in found], note="key: ticket",
        )  # fmt: skip
        report.add(
            f"{name}: fullest of 8 shards", "× mean",
            [each.shards_by_shop for each in found], note="key: shop",
        )  # fmt: skip
        report.add(
            f"{name}: fullest of 8 shards, split shops", "× mean",
            [each.shards_by_shop_and_line for each in found], note="key: shop and 1 of 64 slices",
        )  # fmt: skip


def _tell_pauses(report: Report) -> None:
    for name, pause_s in PAUSES_S.items():
        seen = pauses.simulate(UTILISATION * 1_000, 1_000, pause_s)
        foretold = pauses.foretold_s(UTILISATION * 1_000, 1_000, pause_s)
        report.add(
            f"pause by {name}: backlog gone after", "s", [seen.gone_after_s],
            note=f"pause {pause_s:g} s, load {UTILISATION:.0%}, foretold {foretold:.1f} s",
        )  # fmt: skip
        report.add(f"pause by {name}: longest wait", "s", [seen.longest_wait_s])
