"""I22: planted personal data stands nowhere in the clear."""

from __future__ import annotations

from cli.verify.facts import Facts
from cli.verify.report import Findings, Verdict

ELSEWHERE = (
    "bodies of refusals are kept nowhere: tests of each edge look at them (I22 covers what stays)"
)


def nowhere_in_the_clear(facts: Facts) -> Verdict:
    """I22 on Kafka (keys, values, headers, dead letters), logs, spans and metrics."""
    found = Findings("I22", "no planted phone, name or address stands anywhere in the clear")
    if facts.leaks is None:
        return found.not_applicable("not yet: no list of planted persons lies there to look for")
    for what, number in facts.leaks.looked.items():
        found.count(what, number)
    for kind, where in facts.leaks.found:
        found.offend(f"{kind} in the clear", where)
    for what in facts.leaks.unseen:
        found.note(what)
    found.note(ELSEWHERE)
    return found.verdict()
