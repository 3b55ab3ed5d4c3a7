"""What the stand-ins let through: clock windows for SMS, sliding ones for robots."""

from __future__ import annotations

from typing import Literal

from devstack.standins.limits import RobotLimits, RobotQuota, SmsLimits, SmsQuota

# 2026-01-04 08:59:30 at UTC+8, half a minute before a full hour.
START_S = 1_767_488_370.0


def take(
    limits: SmsLimits,
    now_s: float,
    kind: Literal["code", "notice"] = "code",
    template: str = "SMS_1",
    recipient: str = "a",
) -> str | None:
    return limits.take(
        sign="s", template=template, kind=kind, recipient=recipient, now_s=START_S + now_s
    )


def test_one_code_in_a_minute_of_the_clock() -> None:
    limits = SmsLimits(SmsQuota())
    assert take(limits, 0) is None
    assert take(limits, 29) == "minute"
    assert take(limits, 30) is None


def test_five_codes_in_an_hour_of_the_clock() -> None:
    limits = SmsLimits(SmsQuota(code_per_minute=0))
    assert [take(limits, 30 + each) for each in range(6)] == [None] * 5 + ["hour"]
    assert take(limits, 30 + 3600) is None


def test_ten_codes_in_rolling_24_hours() -> None:
    limits = SmsLimits(SmsQuota(code_per_minute=0, code_per_hour=0))
    assert [take(limits, each) for each in range(11)] == [None] * 10 + ["day"]
    assert take(limits, 86_400 - 0.5) == "day"
    assert take(limits, 86_400) is None


def test_codes_share_a_signature_notices_have_each_template() -> None:
    limits = SmsLimits(SmsQuota(notice_per_day=1))
    assert take(limits, 0) is None
    assert take(limits, 1, template="SMS_2") == "minute"
    assert take(limits, 2, "notice") is None
    assert take(limits, 3, "notice") == "day"
    assert take(limits, 4, "notice", template="SMS_2") is None
    assert take(limits, 5, "notice", recipient="b") is None


def test_fifty_notices_in_rolling_24_hours() -> None:
    limits = SmsLimits(SmsQuota())
    assert [take(limits, 0, "notice") for _ in range(51)] == [None] * 50 + ["day"]


def test_zero_means_no_limit() -> None:
    limits = SmsLimits(SmsQuota(0, 0, 0, 0))
    assert {take(limits, 0, kind) for kind in ("code", "notice") for _ in range(200)} == {None}
    robots = RobotLimits(RobotQuota(per_minute=0))
    assert all(robots.take("r", START_S) for _ in range(200))


def test_a_robot_may_send_twenty_in_any_minute() -> None:
    limits = RobotLimits(RobotQuota(per_minute=20))
    assert [limits.take("r", START_S + each) for each in range(21)] == [True] * 20 + [False]
    assert not limits.take("r", START_S + 59)
    assert limits.take("r", START_S + 60)
    assert limits.take("other", START_S)


def test_one_too_many_blocks_the_robot() -> None:
    limits = RobotLimits(RobotQuota(per_minute=20, blocked_s=600))
    for each in range(21):
        limits.take("r", START_S + each)
    assert not limits.take("r", START_S + 20 + 599)
    assert limits.take("r", START_S + 20 + 600)


def test_five_a_second() -> None:
    limits = RobotLimits(RobotQuota(per_minute=100, per_second=5))
    assert [limits.take("r", START_S) for _ in range(6)] == [True] * 5 + [False]
    assert limits.take("r", START_S + 1)
