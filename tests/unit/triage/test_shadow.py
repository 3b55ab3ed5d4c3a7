"""The shadow: it counts what a policy on trial would decide otherwise, and touches nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtime.metrics import Metrics
from schemas.tickets import TicketOpened
from services.triage.domain import Triager, triage
from services.triage.domain.verdict import Verdict
from services.triage.model import LinearScorer, finder_of, load
from services.triage.settings import TriageSettings
from services.triage.shadow import MOST_WAITING, Shadow, WatchedTriager, _shadow_of
from tests.support import bus
from tests.unit.triage.complaints import NOW, opened, order, triager
from tests.unit.triage.policies import policy


def strict(content: dict[str, Any]) -> None:
    """Goods of more than 10 CNY are L1."""
    for rule in content["levels"]:
        if rule["rule"] == "level.high_value":
            rule["when"]["value_above_fen"] = 1_000


def on_trial() -> Triager:
    return Triager(policy(strict, bare=True))


def ticket(number: int, text: str = "颜色不一样") -> TicketOpened:
    return opened(text, ticket_id=f"T-{number}", order=order()).data


def counted(metrics: Metrics, field: str, result: str) -> float:
    value = metrics.registry.get_sample_value(
        "aftercare_triage_shadow_total", {"field": field, "result": result}
    )
    return value or 0.0


async def judged(shadow: Shadow, metrics: Metrics, tickets: float) -> None:
    """Until so many were looked at."""
    await shadow.start()

    async def there() -> bool:
        results = ("same", "differs", "failed")
        return sum(counted(metrics, "ticket", result) for result in results) >= tickets

    await bus.until(there)
    await shadow.stop()


async def test_differences_are_counted_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics("triage")
    shadow = Shadow(on_trial(), 1, metrics)
    for number in range(3):
        one = ticket(number)
        shadow.seen(one, triager().verdict(one))
    await judged(shadow, metrics, 3)
    assert counted(metrics, "level", "differs") == 3
    assert counted(metrics, "level", "same") == 0
    assert counted(metrics, "threat", "same") == 3
    assert counted(metrics, "ticket", "differs") == 3
    logged = capsys.readouterr()
    said = logged.out + logged.err
    assert "T-0" in said
    assert "颜色" not in said


async def test_the_same_policy_differs_in_nothing() -> None:
    metrics = Metrics("triage")
    shadow = Shadow(triager(), 1, metrics)
    for number in range(5):
        one = ticket(number, "热水器漏电")
        shadow.seen(one, triager().verdict(one))
    await judged(shadow, metrics, 5)
    assert counted(metrics, "ticket", "same") == 5
    assert counted(metrics, "ticket", "differs") == 0


async def test_it_sees_about_one_in_so_many_and_always_the_same_ones() -> None:
    metrics = Metrics("triage")
    shadow = Shadow(triager(), 10, metrics)
    verdict = triager().verdict(ticket(0))
    for number in range(1000):
        shadow.seen(ticket(number), verdict)
    waiting = [one.ticket_id for one, _ in shadow._waiting]
    assert 60 <= len(waiting) <= 140
    again = Shadow(triager(), 10, metrics)
    for number in range(1000):
        again.seen(ticket(number), verdict)
    assert [one.ticket_id for one, _ in again._waiting] == waiting


async def test_what_it_can_not_keep_up_with_is_left_out_and_counted() -> None:
    metrics = Metrics("triage")
    shadow = Shadow(triager(), 1, metrics)
    verdict = triager().verdict(ticket(0))
    for number in range(MOST_WAITING + 7):
        shadow.seen(ticket(number), verdict)
    assert counted(metrics, "ticket", "skipped") == 7


class Broken(Triager):
    """Fails whatever it is given."""

    def verdict(self, ticket: TicketOpened, dated: bool = True) -> Verdict:
        raise RuntimeError(ticket.text)


async def test_one_that_fails_is_counted_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    metrics = Metrics("triage")
    shadow = Shadow(Broken(policy(strict, bare=True)), 1, metrics)
    for number in range(2):
        shadow.seen(ticket(number), triager().verdict(ticket(number)))
    await judged(shadow, metrics, 2)
    assert counted(metrics, "ticket", "failed") == 2
    logged = capsys.readouterr()
    assert "颜色" not in logged.out + logged.err


def test_the_live_one_decides_as_it_would_alone() -> None:
    told: list[str] = []
    watched = WatchedTriager(
        triager().rules, LinearScorer(load()), finder_of, lambda one, _: told.append(one.ticket_id)
    )
    event = opened("热水器漏电", ticket_id="T-9")
    assert triage(None, event, watched, NOW) == triage(None, event, triager(), NOW)
    assert told == ["T-9"]


def test_a_policy_that_is_no_text_is_refused_and_the_live_one_goes_on(tmp_path: Path) -> None:
    (tmp_path / "triage.yaml").write_bytes(b"sign: \xff\xfe")
    metrics = Metrics("triage")
    settings = TriageSettings.model_construct(
        triage_shadow_dir=str(tmp_path), triage_shadow_model="", triage_shadow_every=1
    )
    assert _shadow_of(settings, metrics, LinearScorer(load())) is None
    assert counted(metrics, "policy", "refused") == 1
