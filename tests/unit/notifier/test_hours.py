"""Local time: quiet hours, time zones, the changing of clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.notifier.domain.hours import Hours, Zones, is_open, moment_of_day, next_open

DAY = Hours(opens=time(9), closes=time(21))
CHINA, PARIS, SYDNEY = "Asia/Shanghai", "Europe/Paris", "Australia/Sydney"


@pytest.mark.parametrize(
    ("clock", "now_open"),
    [("00:59:59", False), ("01:00:00", True), ("12:59:59", True), ("13:00:00", False)],
)
def test_the_bounds_of_the_day(clock: str, now_open: bool) -> None:
    at = datetime.fromisoformat(f"2026-01-04T{clock}+00:00")
    assert is_open(at, CHINA, DAY) is now_open


def test_before_nine_it_is_today_after_nine_in_the_evening_tomorrow() -> None:
    early = datetime(2026, 1, 3, 23, 30, tzinfo=UTC)
    late = datetime(2026, 1, 4, 13, 30, tzinfo=UTC)
    assert next_open(early, CHINA, DAY) == datetime(2026, 1, 4, 1, 0, tzinfo=UTC)
    assert next_open(late, CHINA, DAY) == datetime(2026, 1, 5, 1, 0, tzinfo=UTC)


def test_summer_time_moves_the_morning() -> None:
    night = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
    assert next_open(night, PARIS, DAY) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)


@given(
    st.integers(1_735_689_600, 1_893_456_000).map(lambda s: datetime.fromtimestamp(s, UTC)),
    st.sampled_from([CHINA, PARIS, SYDNEY, "America/New_York"]),
)
def test_the_next_moment_is_open_never_early_and_within_a_day(at: datetime, zone: str) -> None:
    found = next_open(at, zone, DAY)
    assert is_open(found, zone, DAY)
    assert at <= found < at + timedelta(hours=14)
    assert (found == at) is is_open(at, zone, DAY)


def test_a_moment_of_the_local_day() -> None:
    at = datetime(2026, 1, 4, 20, 0, tzinfo=UTC)
    assert moment_of_day(at, CHINA, time(9, 30)) == datetime(2026, 1, 5, 1, 30, tzinfo=UTC)


def test_what_makes_no_day_is_refused() -> None:
    with pytest.raises(ValidationError, match="open before"):
        Hours(opens=time(21), closes=time(9))
    with pytest.raises(ValidationError, match="no time zone"):
        Zones(default="Mars/Olympus")
    zones = Zones(default=CHINA, by_channel={"tiktok_shop": PARIS})
    assert zones.name_of("tiktok_shop") == PARIS
    assert zones.name_of("douyin") == zones.name_of(None) == CHINA
