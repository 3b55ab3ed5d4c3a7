"""The circuit breaker's states, with time passed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.breaker import Breaker, BreakerPolicy
from services.notifier.channels.breaker import recorded
from services.notifier.channels.outcome import Accepted, Rejected, Sent, Unknown

T0 = datetime(2026, 1, 4, 9, 0, tzinfo=UTC)
POLICY = BreakerPolicy(failures_to_open=3, open_s=10, open_max_s=35, probes=1)
DOWN = Unknown("timeout")
OK = Accepted("x")
BAD_PHONE = Rejected("isv.MOBILE_NUMBER_ILLEGAL", "no", retryable=False)
BLOCKED = Rejected("130101", "too fast", True, retry_after_s=600, of_provider=True)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def after(breaker: Breaker, *results: Sent, seconds: float = 0) -> Breaker:
    for sent in results:
        breaker = recorded(breaker, sent, admitted_at=at(seconds), now=at(seconds))
    return breaker


def opened() -> Breaker:
    return after(Breaker(POLICY), DOWN, DOWN, DOWN)


def test_failures_in_a_row_open_it() -> None:
    breaker = after(Breaker(POLICY), DOWN, DOWN)
    assert breaker.admit(at(0)) == (breaker, True)
    breaker = after(breaker, DOWN)
    assert breaker.state == "open"
    assert not breaker.admit(at(9.9))[1]


@pytest.mark.parametrize("fine", [OK, BAD_PHONE])
def test_a_success_or_a_bad_message_proves_it_alive(fine: Sent) -> None:
    assert after(Breaker(POLICY), DOWN, DOWN, fine, DOWN, DOWN).state == "closed"


def test_one_probe_goes_out_and_its_success_closes() -> None:
    breaker, admitted = opened().admit(at(10))
    assert (breaker.state, admitted) == ("half_open", True)
    assert not breaker.admit(at(10))[1]
    assert after(breaker, OK, seconds=10) == Breaker(POLICY)


def test_failed_probes_double_the_pause_up_to_its_maximum() -> None:
    breaker, now, pauses = opened(), 10.0, []
    for _ in range(4):
        breaker, admitted = breaker.admit(at(now))
        assert admitted
        breaker = after(breaker, DOWN, seconds=now)
        assert breaker.retry_at is not None
        pauses.append((breaker.retry_at - at(now)).total_seconds())
        now += pauses[-1]
    assert pauses == [20, 35, 35, 35]


def test_a_probe_without_news_is_given_up() -> None:
    breaker, _ = opened().admit(at(10))
    assert not breaker.admit(at(19.9))[1]
    breaker, admitted = breaker.admit(at(20))
    assert admitted
    assert not breaker.admit(at(20))[1]


def test_several_probes_may_be_allowed() -> None:
    policy = BreakerPolicy(failures_to_open=1, open_s=10, probes=2)
    breaker, now = after(Breaker(policy), DOWN), at(10)
    answers = []
    for _ in range(3):
        breaker, admitted = breaker.admit(now)
        answers.append(admitted)
    assert answers == [True, True, False]


def test_news_of_sends_before_the_probes_decides_nothing() -> None:
    breaker, _ = opened().admit(at(10))
    for sent in (OK, DOWN):
        assert recorded(breaker, sent, admitted_at=at(5), now=at(11)) == breaker


def test_late_news_while_open_neither_closes_nor_prolongs() -> None:
    assert after(opened(), OK, DOWN, seconds=3) == opened()


def test_a_named_delay_opens_at_once_and_is_kept() -> None:
    breaker = after(Breaker(POLICY), BLOCKED)
    assert breaker.state == "open"
    assert not breaker.admit(at(599))[1]
    assert breaker.admit(at(600))[1]


def test_a_named_delay_while_open_prolongs_it() -> None:
    breaker = after(opened(), BLOCKED, seconds=5)
    assert breaker.retry_at == at(605)


@pytest.mark.parametrize(
    "bad",
    [{"failures_to_open": 0}, {"probes": 0}, {"open_s": 0}, {"open_s": 20, "open_max_s": 10}],
)
def test_a_policy_that_can_not_work_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="must be"):
        BreakerPolicy(**bad)


@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from([OK, DOWN, BAD_PHONE, BLOCKED, None]))))
def test_it_always_opens_up_again(steps: list[tuple[float, Sent | None]]) -> None:
    """Whatever happened, also probes that never came back (None), it admits in the end."""
    breaker, now = Breaker(POLICY), 0.0
    for pause, sent in steps:
        now += pause
        breaker, admitted = breaker.admit(at(now))
        assert breaker.probes_out <= POLICY.probes
        if admitted and sent is not None:
            breaker = recorded(breaker, sent, admitted_at=at(now), now=at(now))
    assert breaker.admit(at(now + 601))[1]
