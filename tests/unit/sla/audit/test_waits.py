"""Whose pauses, how long, and which of them should not have been."""

from __future__ import annotations

from typing import Any

from services.sla.audit.waits import paused_by
from tests.support.sla_story import at

TICKET = "t-1"


def entry(second: float, what: str, **more: Any) -> dict[str, Any]:
    moment = at(second).isoformat()
    return {"at": moment, "what": what, "source": f"{second}", "told_at": moment, **more}


def wait(second: float, by: str = "wang", cause: str = "customer") -> dict[str, Any]:
    return entry(second, "waiting", cause=cause, by=by)


def minutes(*ledger: dict[str, Any], since: float | None = None) -> dict[str, tuple[float, float]]:
    """By agent: paused, illegitimate, as of an hour after nine."""
    since_at = None if since is None else at(since)
    found = paused_by(TICKET, ledger, since_at, at(3600))
    return {
        agent: (each.paused.total_seconds() / 60, each.illegitimate.total_seconds() / 60)
        for agent, each in found.items()
    }


def test_waiting_for_an_answer_to_our_question_is_right() -> None:
    ledger = (entry(0, "agent_replied"), wait(60), entry(660, "customer_message"))
    assert minutes(*ledger) == {"wang": (10, 0)}


def test_waiting_for_a_customer_who_has_answered_is_not() -> None:
    ledger = (entry(0, "agent_replied"), entry(30, "customer_message"), wait(60))
    assert minutes(*ledger, entry(660, "resumed")) == {"wang": (10, 10)}


def test_the_customers_answer_ends_a_wait_and_setting_it_again_is_not_right() -> None:
    ledger = (entry(0, "agent_replied"), wait(60), entry(360, "customer_message"))
    again = (wait(420), entry(720, "resumed"))
    assert minutes(*ledger, *again) == {"wang": (10, 5)}


def test_who_answers_before_waiting_again_may() -> None:
    ledger = (entry(0, "customer_message"), entry(30, "agent_replied"), wait(60))
    assert minutes(*ledger, entry(660, "resumed")) == {"wang": (10, 0)}
    called = (entry(0, "customer_message"), entry(30, "call_made", answered=True), wait(60))
    assert minutes(*called, entry(660, "resumed")) == {"wang": (10, 0)}
    rang = (entry(0, "customer_message"), entry(30, "call_made", answered=False), wait(60))
    assert minutes(*rang, entry(660, "resumed")) == {"wang": (10, 10)}


def test_a_wait_told_late_takes_its_place_before_the_answer() -> None:
    ledger = (entry(0, "agent_replied"), entry(360, "customer_message"), wait(60))
    assert minutes(*ledger) == {"wang": (5, 0)}


def test_others_may_be_waited_for_whatever_the_customer_says() -> None:
    ledger = (entry(0, "customer_message"), wait(60, cause="carrier"), entry(360, "resumed"))
    assert minutes(*ledger) == {"wang": (5, 0)}


def test_each_agent_has_their_own_and_none_counts_twice() -> None:
    ledger = (
        wait(0, "wang", "carrier"),
        wait(60, "li", "carrier"),  # waited for already: sets nothing
        wait(120, "li", "inspection"),
        wait(120, "wang", "customer"),
        entry(600, "resumed"),
    )
    assert minutes(*ledger) == {"wang": (10, 0), "li": (8, 0)}


def test_an_end_ends_waits_and_what_goes_on_lasts_until_now() -> None:
    ended = (wait(0, cause="carrier"), entry(600, "resolved"), wait(900), entry(1200, "reopened"))
    assert minutes(*ended, wait(3000, cause="inspection")) == {"wang": (20, 0)}


def test_only_what_lies_after_a_moment() -> None:
    ledger = (wait(0, cause="carrier"), entry(600, "resumed"))
    assert minutes(*ledger, since=480) == {"wang": (2, 0)}
    assert minutes(*ledger, since=700) == {}


def test_ledgers_of_earlier_releases_do_not_say_who() -> None:
    ledger = (entry(0, "waiting", cause="carrier"), entry(600, "resumed"))
    assert minutes(*ledger) == {"-": (10, 0)}
