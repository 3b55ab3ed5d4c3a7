"""Calendar files that can't be used are refused with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.policy import PolicyError
from services.sla.calendars.files import load_book
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.calendar.opening import Calendars
from tests.unit.sla.calendar.shipped import BOOK, POLICIES

GOOD = "calendars:\n  one:\n    zone: UTC\n    week: { daily: [09:00-17:00] }\n"
HOLIDAYS = "holidays:\n  cn:\n    years:\n      2026:\n        status: official\n"


def told(tmp_path: Path, **files: str) -> list[str]:
    folder = tmp_path / "calendars"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        load_book(tmp_path)
    return str(refused.value).splitlines()


def calendar(week: str, more: str = "") -> str:
    return f"calendars:\n  one:\n    zone: Asia/Shanghai\n    week:\n{week}\n{more}"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (calendar("      mon: []"), 4, "a calendar without working time"),
        (calendar("      {}"), 4, "a calendar without working time"),
        (GOOD.replace("UTC", "Asia/Beijing"), 3, "unknown zone 'Asia/Beijing'"),
        (GOOD.replace("UTC", "../UTC"), 3, "unknown zone"),
        (GOOD.replace("UTC", "Asia"), 3, "unknown zone"),
        (
            calendar("      mon: [09:00-12:00, 11:00-18:00]"),
            5,
            "overlapping spans: 09:00-12:00 and 11:00-18:00",
        ),
        (
            calendar("      fri: [22:00-06:00]\n      sat: [05:00-09:00]"),
            4,
            "overlapping spans: 22:00-06:00 of fri and 05:00-09:00 of sat",
        ),
        (
            calendar("      sun: [22:00-06:00]\n      mon: [00:00-09:00]"),
            4,
            "overlapping spans: 22:00-06:00 of sun and 00:00-09:00 of mon",
        ),
        (
            calendar("      fri: [22:00-06:00]", "    days: { 2026-02-14: [05:59-07:00] }"),
            6,
            "overlapping spans: 22:00-06:00 of 2026-02-13 and 05:59-07:00 of 2026-02-14",
        ),
        (calendar("      mon-wed: [09:00-12:00]\n      wed: [13:00-18:00]"), 4, "mon-wed has"),
        (calendar("      fri-mon: [09:00-12:00]"), 4, "fri-mon: a range goes forward"),
        (calendar("      monday: [09:00-12:00]"), 4, "'monday' is no day"),
        (calendar("      mon: [9-12]"), 5, "'9-12' is no span"),
        (calendar("      mon: [09:00-12:60]"), 5, "09:00-12:60: no clock shows that"),
        (calendar("      mon: [09:00-24:01]"), 5, "09:00-24:01: no clock shows that"),
        (calendar("      mon: [24:00-06:00]"), 5, "a span starts before 24:00"),
        (calendar("      mon: [09:00-09:00]"), 5, "09:00-09:00 has no length"),
        (calendar("      mon: [09:00-17:00]", "    days: { 2026-02-30: [] }"), 6, "is no date"),
        (calendar("      mon: [09:00-17:00]", "    days: { 14.2.2026: [] }"), 6, "is no date"),
        (calendar("      mon: [09:00-17:00]", "    holidays: cn"), 6, "no holidays called cn"),
        (calendar("      mon: [09:00-17:00]", "    weekend: sat"), 6, "not permitted"),
        (GOOD.replace("    zone: UTC\n", ""), 2, "zone: it is missing"),
        (GOOD.replace("  one:", "  One Two:"), 2, "should match pattern"),
        (GOOD + "    zone: UTC\n", 5, "calendars.one.zone stands there twice"),
        (GOOD + "holiday: {}\n", 5, "holiday is unknown here: calendars, holidays, overlay"),
        (GOOD + "holidays: []\n", 5, "a mapping from names is expected"),
        ("- one\n", 1, "a mapping is expected at the top"),
        (GOOD + "  two: [\n", 6, "no YAML"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, text: str, line: int, reason: str) -> None:
    faults = told(tmp_path, mine=text)
    assert len(faults) == 1
    assert faults[0].startswith(f"calendars/mine.yaml, line {line}: ")
    assert reason in faults[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("calendars: &me [*me]\n", "it holds itself, or is nested too deep"),
        ("[" * 3_000, "it holds itself, or is nested too deep"),
        ("calendars: !!timestamp 2026-99-99\n", "month must be in 1..12"),
    ],
)
def test_what_no_reader_gets_through_is_told(tmp_path: Path, text: str, reason: str) -> None:
    assert told(tmp_path, mine=text) == [f"calendars/mine.yaml: no YAML: {reason}"]


@pytest.mark.parametrize(
    ("feast", "line", "reason"),
    [
        ("days: 2026-05-01, work: [2026-05-01]", 7, "2026-05-01 is both a holiday and a make-up"),
        ("days: 2026-02-29", 7, "2026-02-29 is no date"),
        ("days: 2026-05-05..2026-05-01", 7, "goes forward"),
        ("days: 2026-05-01..2026-07-01", 7, "31 days at most"),
        ("days: 2026-05-01..05", 7, "is no date"),
        ("days: 2025-05-01", 7, "2025-05-01 lies outside 2026 and the December before"),
        ("days: 2026-05-01, work: [2027-05-01]", 7, "2027-05-01 lies outside 2026"),
        ("days: 2026-05-01, work: [20260509]", 7, "is no date: write 2026-02-14"),
        ("off: 2026-05-01", 7, "it is missing"),
    ],
)
def test_a_holiday_that_can_not_be(tmp_path: Path, feast: str, line: int, reason: str) -> None:
    text = HOLIDAYS + "        holidays:\n          - { name: a, " + feast + " }\n"
    faults = told(tmp_path, mine=GOOD, off=text)
    assert any(f.startswith(f"calendars/off.yaml, line {line}: ") and reason in f for f in faults)


def test_a_make_up_day_that_another_year_has_off(tmp_path: Path) -> None:
    overlay = (
        "overlay:\n  cn:\n    2027:\n      status: official\n      holidays:\n"
        "        - { name: b, days: 2027-01-01, work: [2026-12-26] }\n"
    )
    holidays = HOLIDAYS + "        holidays:\n          - { name: a, days: 2026-12-26 }\n"
    faults = told(tmp_path, mine=GOOD, off=holidays, overlay=overlay)
    assert len(faults) == 1
    assert faults[0] == (
        "calendars/overlay.yaml, line 3: overlay.cn.2027: 2026-12-26 is a make-up workday, "
        "elsewhere a holiday"
    )


def test_make_up_workdays_need_hours(tmp_path: Path) -> None:
    day = "{ name: a, days: 2026-05-01, work: [2026-05-09] }"
    text = HOLIDAYS + f"        holidays:\n          - {day}\n"
    faults = told(tmp_path, mine=GOOD + "    holidays: cn\n", off=text)
    assert len(faults) == 1
    assert faults[0] == (
        "calendars/mine.yaml, line 5: calendars.one.holidays: cn has make-up workdays: say under "
        "makeup which hours they have"
    )


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("month: 2, day: 30", "is no date"),
        ("month: 13, day: 1", "less than or equal to 12"),
        ("month: 2", "say either day, or weekday and nth"),
        ("month: 2, nth: 1", "say either day, or weekday and nth"),
        ("month: 2, day: 1, weekday: mon, nth: 1", "say either day, or weekday and nth"),
        ("month: 2, weekday: mon, nth: 5", "it should be 1, 2, 3, 4 or -1"),
    ],
)
def test_a_rule_that_names_no_day(tmp_path: Path, rule: str, reason: str) -> None:
    text = f"holidays:\n  us:\n    rules:\n      - {{ name: a, {rule} }}\n"
    faults = told(tmp_path, mine=GOOD, us=text)
    assert any(f.startswith("calendars/us.yaml, line 4: ") and reason in f for f in faults)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    two = GOOD.replace("  one", "  two").replace("UTC", "Nowhere").replace("daily", "sun-mon")
    faults = told(tmp_path, a=GOOD.replace("  one", "  x").replace("09:00", "9"), b=two)
    assert [fault.split(": ")[0] for fault in faults] == [
        "calendars/a.yaml, line 4",
        "calendars/b.yaml, line 4",
    ]


def test_a_calendar_stated_in_two_files(tmp_path: Path) -> None:
    (fault,) = told(tmp_path, a=GOOD, b=GOOD)
    assert fault == "calendars/b.yaml, line 2: calendars.one is stated in a.yaml already"


def test_a_folder_without_calendars(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="calendars/: No such file"):
        load_book(tmp_path)
    (tmp_path / "calendars").mkdir()
    with pytest.raises(PolicyError, match=r"calendars/: no \*.yaml in it"):
        load_book(tmp_path)


def test_a_version_follows_from_the_content_alone(tmp_path: Path) -> None:
    (tmp_path / "calendars").mkdir()
    for path in (POLICIES / "calendars").iterdir():
        text = "# another comment\n" + path.read_text(encoding="utf-8")
        (tmp_path / "calendars" / f"x-{path.name}").write_text(text, encoding="utf-8")
    assert load_book(tmp_path).version == BOOK.version
    (tmp_path / "calendars" / "more.yaml").write_text(GOOD, encoding="utf-8")
    assert load_book(tmp_path).version != BOOK.version


def test_a_stored_version_is_the_same_book() -> None:
    body = BOOK.model_dump(mode="json")
    assert type(BOOK).model_validate(body) == BOOK


def test_a_book_with_a_fault_opens_no_calendars() -> None:
    book = CalendarBook.model_validate({"calendars": {"one": {"zone": "UTC", "week": {}}}})
    with pytest.raises(ValueError, match=r"calendars.one.week: a calendar without working time"):
        Calendars(book)
