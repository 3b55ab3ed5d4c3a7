"""`python -m tests.simulation.clusters [STREAMS [SEEDS]]`: how often the cluster alarm is wrong,
and how late it is. Prints the tables that `docs/triage.md` shows."""

from __future__ import annotations

import sys
from time import process_time

from schemas.clusters import NameKind
from services.triage.domain.clusters.count import Shop, count
from services.triage.domain.clusters.shares import Shares
from tests.simulation.clusters.streams import Course, Planted, Stream
from tests.simulation.clusters.trials import default_rules, planted_row, played

STREAMS, SEEDS, FIRST_SEED = 200, 20, 10_000
NAMES: tuple[tuple[NameKind, float], ...] = (
    ("batch", 0.01), ("sku", 0.02), ("hub", 0.04), ("host", 0.15)
)  # fmt: skip
PLANTED = [
    Planted(kind=kind, times=times, share=share)
    for kind, share in NAMES
    for times in (2.0, 4.0, 8.0)
]
COURSES = {
    "nothing in particular": Course(best_seller=False, new_goods=False, spike=False, rhythm=False),
    "best-seller": Course(new_goods=False, spike=False, rhythm=False),
    "new goods that sell a lot": Course(spike=False, rhythm=False),
    "storm and outage, for all": Course(new_goods=False, rhythm=False),
    "all of it, day and night": Course(),
}


QUIET = ("without a cluster", "streams", "tickets", "false alarms", "stated at most")
FOUND = (
    "planted", "complaints", "found", "its tickets until then", "tickets of the shop",
    "other alarms",
)  # fmt: skip


def main(words: list[str]) -> int:
    """The exit code: 1 when there are more false alarms than stated."""
    streams = int(words[0]) if words else STREAMS
    seeds = range(FIRST_SEED, FIRST_SEED + (int(words[1]) if len(words) > 1 else SEEDS))
    alarms, stated = _without(streams // len(COURSES))
    _row(*FOUND)
    _row("---", *("--:" for _ in FOUND[1:]))
    for planted in PLANTED:
        _row(*planted_row(planted, seeds, default_rules()).cells)
    sys.stdout.write(f"\nmicroseconds of processor time a ticket: {_cost_us():.0f}\n")
    return int(alarms > stated)


def _without(streams: int) -> tuple[int, float]:
    """False alarms, and how many the policy states at most."""
    rules, alarms, all_tickets = default_rules(), 0, 0
    _row(*QUIET)
    _row("---", *("--:" for _ in QUIET[1:]))
    for number, (name, course) in enumerate(COURSES.items()):
        outcomes = [played(100_000 * number + seed, course, rules) for seed in range(streams)]
        tickets = sum(each.tickets for each in outcomes)
        wrong = sum(len(each.others) for each in outcomes)
        stated = tickets / rules.false_alarm_every_tickets
        _row(name, f"{len(outcomes)}", f"{tickets:,}", f"{wrong}", f"{stated:.0f}")
        alarms, all_tickets = alarms + wrong, all_tickets + tickets
    sys.stdout.write("\n")
    return alarms, all_tickets / rules.false_alarm_every_tickets


def _row(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def _cost_us() -> float:
    rules = default_rules()
    tickets = [seen for seen, _ in Stream(1, Course(tickets=5_000))]
    shop = Shop(0, Shares(rules.recent_tickets), Shares(rules.lasting_tickets))
    began_s = process_time()
    for seen in tickets:
        count(shop, seen, rules, seen.at)
    return (process_time() - began_s) / len(tickets) * 1e6


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
