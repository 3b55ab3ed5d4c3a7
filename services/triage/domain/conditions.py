"""Turns the conditions of a policy into tests. Built once per policy, asked for every ticket."""

from __future__ import annotations

from collections.abc import Callable

from services.triage.domain.reading import Reading
from services.triage.domain.rules import When

Test = Callable[[Reading], bool]


def test_of(when: When) -> Test:
    """A test that holds when everything stated holds; of an empty condition: always."""
    tests = [*_of_facts(when), *_of_words(when), *_of_class(when)]
    if len(tests) == 1:
        return tests[0]
    return lambda reading: _hold(tests, reading)


def _hold(tests: list[Test], reading: Reading) -> bool:
    for test in tests:  # noqa: SIM110  a generator takes twice as long, and this is asked a lot
        if not test(reading):
            return False
    return True


def _of_facts(when: When) -> list[Test]:
    tests: list[Test] = []
    for name in ("gift_due", "custom_made", "overdue", "delivered", "watched", "again"):
        wanted = getattr(when, name)
        if wanted is not None:
            tests.append(_fact(name, wanted))
    if when.opened is not None:
        tests.append(lambda r: r.facts.opened is when.opened)
    limit_fen = when.value_above_fen
    if limit_fen is not None:
        tests.append(lambda r: r.facts.value_fen is not None and r.facts.value_fen > limit_fen)
    if when.parcel_any:
        tests.append(lambda r: r.facts.parcel in when.parcel_any)
    return tests


def _fact(name: str, wanted: bool) -> Test:
    return lambda reading: getattr(reading.facts, name) is wanted


def _of_words(when: When) -> list[Test]:
    tests: list[Test] = []
    if when.safety is not None:
        tests.append(lambda r: bool(r.safety) is when.safety)
    if when.emotion_any:
        tests.append(lambda r: r.emotion in when.emotion_any)
    if when.threat_any:
        tests.append(lambda r: r.threat in when.threat_any)
    if when.demand_any:
        demands = frozenset(when.demand_any)
        tests.append(lambda r: not demands.isdisjoint(r.demands))
    if when.demand_none:
        undemanded = frozenset(when.demand_none)
        tests.append(lambda r: undemanded.isdisjoint(r.demands))
    if when.signs_all:
        every = frozenset(when.signs_all)
        tests.append(lambda r: every <= r.signs)
    if when.signs_any:
        some = frozenset(when.signs_any)
        tests.append(lambda r: not some.isdisjoint(r.signs))
    if when.signs_none:
        none = frozenset(when.signs_none)
        tests.append(lambda r: none.isdisjoint(r.signs))
    return tests


def _of_class(when: When) -> list[Test]:
    tests: list[Test] = []
    if when.unclear is not None:
        tests.append(lambda r: r.unclear is when.unclear)
    if when.level_any:
        tests.append(lambda r: r.level in when.level_any)
    if when.class_any:
        tests.append(lambda r: r.problem_class in when.class_any)
    if when.class_none:
        tests.append(lambda r: r.problem_class not in when.class_none)
    if when.about_any:
        about = frozenset(when.about_any)
        tests.append(lambda r: r.problem_class in about or not about.isdisjoint(r.also))
    if when.subtype_any:
        tests.append(lambda r: r.subtype in when.subtype_any)
    if when.nature_any:
        tests.append(lambda r: r.nature in when.nature_any)
    return tests
