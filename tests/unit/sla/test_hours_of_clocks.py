"""Clocks that count a calendar of their own, and what a notice about holidays does to them."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from runtime.policy import PolicyError
from schemas.sla import SLABreached, SLAWarning
from services.sla.domain.plan import plan
from services.sla.policy import Loaded, SlaPolicy, load
from services.sla.shelf import RulesShelf
from tests.support.sla_story import POLICIES, Payloads, Story, at, policy_with

make = Payloads()
SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 3600
OFFICE = {"level": "L2", "clocks": [
    {"clock": "first_reply", "target_s": 2 * HOUR},
    {"clock": "closure", "target_s": 16 * HOUR, "calendar": "cn-office"},
]}  # fmt: skip
NOTICE = {"status": "official", "holidays": [
    {"name": "元旦", "days": "2027-01-01..2027-01-05", "work": ["2027-01-09"]},
]}  # fmt: skip


def folder(place: Path, overlay: dict[int, Any] | None = None, **changes: Any) -> Path:
    """The shipped policies with other content in sla.yaml, and with a notice."""
    shutil.copytree(POLICIES / "calendars", place / "calendars", dirs_exist_ok=True)
    content = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))
    text = yaml.safe_dump({**content, "conversation": [], **changes}, allow_unicode=True)
    (place / "sla.yaml").write_text(text, encoding="utf-8")
    if overlay is not None:
        told = yaml.safe_dump({"overlay": {"cn": overlay}}, allow_unicode=True)
        (place / "calendars" / "overlay.yaml").write_text(told, encoding="utf-8")
    return place


def in_office(place: Path, overlay: dict[int, Any] | None = None) -> Loaded:
    """`closure` of L2 counts office hours."""
    content = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))
    others = [each for each in content["targets"] if each["level"] != "L2"]
    return load(folder(place, overlay, targets=[*others, OFFICE]))


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def opened(when: str) -> float:
    """Seconds after nine o'clock of the stories."""
    return (local(when) - at(0)).total_seconds()


def due(rules: SlaPolicy, when: str) -> datetime | None:
    story = Story(rules)
    story.tell(make.triaged(opened(when), "L2", opened=opened(when)))
    return story.clocks(opened(when))["closure/1"].due_at


def test_a_target_counts_its_own_calendar_the_others_every_second(tmp_path: Path) -> None:
    rules = in_office(tmp_path).rules
    story = Story(rules)
    start = opened("2026-03-06T17:00")  # a Friday
    story.tell(make.triaged(start, "L2", opened=start))
    clocks = story.clocks(start)
    assert clocks["first_reply/1"].due_at == local("2026-03-06T19:00")
    assert clocks["closure/1"].due_at == local("2026-03-10T17:00")


def test_a_warning_stands_where_so_much_has_run_and_late_is_counted_twice(tmp_path: Path) -> None:
    story = Story(in_office(tmp_path).rules)
    start = opened("2026-03-06T17:00")
    story.tell(make.triaged(start, "L2", opened=start))
    story.tell(make.reply(start + 60))
    assert story.armed_at == local("2026-03-09T17:00")  # half: an hour, and seven on Monday
    [warning] = story.tick(local("2026-03-09T17:00"))
    assert isinstance(warning, SLAWarning)
    assert (warning.threshold, warning.left_s) == ("p50", 8 * HOUR)
    story.until(opened("2026-03-10T17:00"))
    [breach] = story.tick(local("2026-03-11T10:00"))
    assert isinstance(breach, SLABreached)
    assert breach.breached_at == local("2026-03-10T17:00")
    assert (breach.overdue_working_s, breach.overdue_wall_s) == (2 * HOUR, 17 * HOUR)


def test_while_it_pauses_the_deadline_told_is_that_of_running_on_in_working_time(
    tmp_path: Path,
) -> None:
    story = Story(in_office(tmp_path).rules)
    start = opened("2026-03-06T17:00")
    story.tell(make.triaged(start, "L2", opened=start))
    story.tell(make.waiting(start + 2 * HOUR))
    clock = story.clocks(opened("2026-03-10T09:00"))["closure/1"]
    assert (clock.state, clock.due_at, clock.used_s) == ("paused", None, HOUR)
    assert clock.deadline(local("2026-03-10T09:00")) == local("2026-03-11T17:00")


def test_the_calendars_that_clocks_name_are_part_of_the_version(tmp_path: Path) -> None:
    plain, office = load(folder(tmp_path / "a")), in_office(tmp_path / "b")
    assert plain.rules.book is None
    assert office.rules.book is not None
    assert set(office.rules.book.calendars) == {"cn-office"}
    noticed = in_office(tmp_path / "c", {2027: NOTICE}).rules
    assert len({plain.rules.version, office.rules.version, noticed.version}) == 3
    # Another calendar is none of its business.
    path = tmp_path / "b" / "calendars" / "calendars.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("22:00-06:00]", "22:00-05:00]"))
    assert load(tmp_path / "b").rules.version == office.rules.version
    path.write_text(path.read_text(encoding="utf-8").replace("13:00-18:00] }", "13:00-17:00] }"))
    assert load(tmp_path / "b").rules.version != office.rules.version


def test_a_version_survives_being_stored_and_one_without_calendars_counts_every_second(
    tmp_path: Path,
) -> None:
    office = in_office(tmp_path).rules
    stored = office.model_dump(mode="json", exclude={"version"})
    assert "counted_by" not in stored
    again = SlaPolicy.model_validate({**stored, "version": office.version})
    assert due(again, "2026-09-19T17:00") == due(office, "2026-09-19T17:00")
    earlier = policy_with().model_dump(mode="json", exclude={"version", "book", "conversation"})
    for part in (*earlier["clocks"], *(t for s in earlier["targets"] for t in s["clocks"])):
        del part["calendar"]
        part.pop("longest_pause_s", None)
    old = SlaPolicy.model_validate({**earlier, "version": "sla-of-an-earlier-release"})
    assert {term.calendar for term in old.terms("usage", "L2")} == {None}


def test_a_notice_moves_what_rests_on_an_expected_year_and_leaves_the_hours(
    tmp_path: Path,
) -> None:
    before, after = in_office(tmp_path / "a"), in_office(tmp_path / "b", {2027: NOTICE})
    assert after.calendars is not None
    kept = before.rules.counting_by(after.calendars, after.calendars.version)
    assert (kept.version, kept.counted_by) == (before.rules.version, after.calendars.version)
    assert due(before.rules, "2026-12-31T17:00") == local("2027-01-05T17:00")
    assert due(kept, "2026-12-31T17:00") == local("2027-01-07T17:00")
    # A make-up workday brings a deadline nearer.
    assert due(before.rules, "2027-01-08T17:00") == local("2027-01-12T17:00")
    assert due(kept, "2027-01-08T17:00") == local("2027-01-11T17:00")
    assert due(kept, "2026-03-06T17:00") == due(before.rules, "2026-03-06T17:00")
    assert kept.counting_by(after.calendars, after.calendars.version) is kept


def test_a_policy_without_holidays_stays_as_it_is(tmp_path: Path) -> None:
    plain = load(folder(tmp_path, {2027: NOTICE}))
    assert plain.calendars is not None
    assert plain.rules.counting_by(plain.calendars, "calendars-1") is plain.rules


def test_new_holidays_write_all_clocks_of_a_ticket_anew(tmp_path: Path) -> None:
    before, after = in_office(tmp_path / "a"), in_office(tmp_path / "b", {2027: NOTICE})
    assert after.calendars is not None
    story = Story(before.rules)
    start = opened("2026-12-31T17:00")
    story.tell(make.triaged(start, "L2", opened=start))
    story.tell(make.reply(start + 60))
    story.shelf.current = before.rules.counting_by(after.calendars, after.calendars.version)
    assert story.case is not None
    assert story.tick(story.armed_at or at(0)) == []  # armed by `recount`: nothing is due yet
    assert story.case.counted_by == after.calendars.version
    closure = {clock.key: clock.due_at for clock in story.case.clocks}["closure", 1]
    assert closure == local("2027-01-07T17:00")
    assert story.armed_at == local("2027-01-06T17:00")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calendar": "cn-offise"}, "closure counts by cn-offise, which is no calendar; known are"),
        ({"calendar": "Office"}, "calendar: String should match pattern"),
        ({"longest_pause_s": 60}, "first_reply has a longest pause, but never pauses"),
    ],
)
def test_what_can_not_be_counted_is_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    clocks = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))["clocks"]
    name = "first_reply" if "longest_pause_s" in changes else "closure"
    clocks = [each | changes if each["clock"] == name else each for each in clocks]
    with pytest.raises(PolicyError) as refused:
        load(folder(tmp_path, clocks=clocks))
    assert message in str(refused.value)


def test_always_is_every_second(tmp_path: Path) -> None:
    place = folder(tmp_path)
    path = place / "calendars" / "calendars.yaml"
    text = path.read_text(encoding="utf-8").replace("daily: [00:00-24:00]", "daily: [08:00-24:00]")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError, match="always means every second"):
        load(place)


def test_a_calendar_without_working_time_is_refused_by_file_and_line(tmp_path: Path) -> None:
    place = folder(tmp_path)
    (place / "calendars" / "own.yaml").write_text(
        "calendars:\n  nights:\n    zone: UTC\n    week: { mon: [] }\n", encoding="utf-8"
    )
    with pytest.raises(PolicyError, match=r"own\.yaml, line 4: .*without working time"):
        load(place)


def test_folders_without_calendars_still_load(tmp_path: Path) -> None:
    place = folder(tmp_path)
    shutil.rmtree(place / "calendars")
    assert load(place).calendars is None
    assert plan((), load(place).rules, at(0)) == ()


OWN = """
calendars:
  own: { zone: Asia/Shanghai, week: { mon-fri: [09:00-18:00] }, holidays: own%s }
holidays:
  own:
    years:
      2027: { status: official, holidays: [{ name: a, days: 2027-01-01%s }] }
"""


def test_hours_that_can_not_take_a_notice_keep_their_holidays(tmp_path: Path) -> None:
    clocks = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))["clocks"]
    clocks = [each | ({"calendar": "own"} if each["clock"] == "closure" else {}) for each in clocks]
    found = []
    for name, parts in (("a", ("", "")), ("b", (", makeup: []", ", work: [2027-01-09]"))):
        (tmp_path / name / "calendars").mkdir(parents=True)
        text = OWN % parts
        (tmp_path / name / "calendars" / "own.yaml").write_text(text, encoding="utf-8")
        found.append(load(folder(tmp_path / name, clocks=clocks)))
    before, after = found
    shelf = RulesShelf(Loaded(before.rules, after.calendars))
    assert shelf.current.counted_by is None
    assert shelf.current is before.rules
