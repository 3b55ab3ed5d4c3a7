"""What the audit leaves alone, with its reason, and what it makes of holidays that became known."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.sla.audit.case import Findings, Moment, StoredCase
from services.sla.audit.judge import judge
from services.sla.audit.versions import Versions
from services.sla.domain.calendar.book import CalendarBook
from services.sla.policy import SlaPolicy
from tests.support.sla_audit import Kept
from tests.support.sla_story import Payloads, at, default_policy, policy_with

make = Payloads()
DAY = 86_400


def body_of(policy: SlaPolicy) -> dict[str, Any]:
    return policy.model_dump(mode="json", exclude={"version"})


def found(
    case: StoredCase,
    policies: dict[str, Any],
    calendars: dict[str, Any],
    now: float,
    grace_s: float = 0,
) -> Findings:
    findings = Findings()
    moment = Moment(at(now), timedelta(seconds=grace_s), timedelta())
    judge(case, Versions(policies, calendars), moment, findings)
    return findings


def lived(policy: SlaPolicy) -> Kept:
    kept = Kept(policy)
    kept.tell(make.triaged(0, "L2"))
    kept.tell(make.resolved(60))
    return kept


def test_a_clock_of_which_the_policy_says_more_than_is_understood_is_not_judged() -> None:
    policy = default_policy()
    body = body_of(policy)
    for rule in body["clocks"]:
        if rule["clock"] == "review":
            rule["colour"] = "red"
    findings = found(lived(policy).stored(), {policy.version: body}, {}, 100)
    assert dict(findings.unjudged) == {"review: the policy says colour": 1}
    assert (findings.clocks, findings.differences) == (2, [])


def test_a_part_of_the_policy_and_a_clock_that_are_unknown_are_named() -> None:
    policy = default_policy()
    case = lived(policy).stored()
    case.clocks.append({**case.clocks[0], "clock": "moon_phase"})
    body = {**body_of(policy), "moon": [{"phase": "full"}]}
    findings = found(case, {policy.version: body}, {}, 100)
    assert set(findings.unjudged) == {"the policy's part moon", "moon_phase: unknown here"}
    assert findings.differences == []


def test_a_happening_that_is_unknown_leaves_its_ticket_unjudged() -> None:
    policy = default_policy()
    case = lived(policy).stored()
    case.ledger = [*case.ledger, {**case.ledger[-1], "what": "sung_to", "source": "x"}]
    findings = found(case, {policy.version: body_of(policy)}, {}, 100)
    assert dict(findings.unjudged) == {"the ledger has sung_to": 3}
    assert (findings.clocks, findings.differences) == (0, [])


def test_a_version_or_calendars_that_are_not_stored_are_named() -> None:
    policy = default_policy()
    case = lived(policy).stored()
    [reason] = found(case, {}, {}, 100).unjudged
    assert reason == f"policy version {policy.version}: not stored, or not understood"
    case.counted_by = "calendars-gone"
    [reason] = found(case, {policy.version: body_of(policy)}, {}, 100).unjudged
    assert "calendars-gone" in reason


def test_warnings_that_a_breach_swallowed_after_an_outage_are_not_missing() -> None:
    policy = default_policy()
    kept = Kept(policy)
    kept.tell(make.triaged(0, "L1"))
    kept.tick(at(20_000))
    case, policies = kept.stored(), {policy.version: body_of(policy)}
    for grace_s in (0, 19_150, 19_500, 19_990):  # back to between p90, p75, p50 and the beginning
        findings = found(case, policies, {}, 20_000, grace_s)
        assert findings.differences == []
    unseen = found(lived_until(policy, 0).stored(), policies, {}, 20_000, 60)
    assert {"told breached", "state"} <= {each.field for each in unseen.differences}


def lived_until(policy: SlaPolicy, second: float) -> Kept:
    kept = Kept(policy)
    kept.tell(make.triaged(0, "L1"))
    kept.until(second)
    return kept


def test_holidays_that_became_known_move_deadlines_and_what_was_told_before_stays_right() -> None:
    """Sunday, then a Monday that turns out to be off: the breach was told and is one no more."""
    before, after = _office([]), _office(["2026-01-05"])
    clocks = [{"clock": "closure", "kind": "resolution", "met_by": ["resolved"], "calendar": "one"}]
    targets = [
        {"level": level, "clocks": [{"clock": "closure", "target_s": 7_200}]}
        for level in ("L1", "L2", "L3")
    ]
    policy = policy_with(clocks=clocks, targets=targets, routes=[], conversation=[], book=before)
    kept = Kept(policy)
    kept.tell(make.triaged(0, "L2"))
    kept.until(2 * DAY)
    assert kept.rows["closure", 1]["breached_at"] == at(18 * 3_600)
    newer = policy.counting_by(CalendarBook.model_validate(after), "calendars-2")
    kept.shelf.current = newer
    kept.armed_at = at(2 * DAY)
    kept.tick(at(2 * DAY))
    assert kept.rows["closure", 1]["due_at"] == at(42 * 3_600)
    versions = {policy.version: body_of(policy)}
    findings = found(kept.stored(), versions, {"calendars-2": after}, 3 * DAY)
    assert (findings.differences, dict(findings.unjudged)) == ([], {})
    stale = kept.stored()
    stale.counted_by = None
    assert {each.field for each in found(stale, versions, {}, 3 * DAY).differences} >= {"due_at"}


def _office(off: list[str]) -> dict[str, Any]:
    holidays = [{"name": "off", "days": day, "work": []} for day in off]
    years = {"2026": {"status": "official", "source": None, "holidays": holidays}}
    week = {"mon-fri": ["01:00-09:00"]}
    rule = {"zone": "UTC", "week": week, "holidays": "some", "makeup": None, "days": {}}
    return {"calendars": {"one": rule}, "holidays": {"some": {"years": years}}}
