"""Finds all that is wrong with `sla.yaml` and the calendars beside it, each with its line. Called
by `policy` before it loads them, and by `aftercare sla lint`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from runtime.places import Placed, placed
from services.sla.calendars.files import FOLDER, CalendarPolicy, load_book
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.policy import SlaRules
from services.sla.domain.policy_calendars import NO_CALENDAR
from services.sla.domain.problems import Problem
from services.sla.faults import Fault, FaultyPolicyError, keys_of, problems_of
from services.sla.policy_parts import problems_of_parts

FILE = "sla.yaml"
NOT_IN_THE_FILE = {"book": "calendars lie in calendars/", "counted_by": "it is filled in"}
FILLED_IN = {"version", *NOT_IN_THE_FILE}


def examined(policies: Path) -> CalendarPolicy | None:
    """The calendars of a folder of policies, None where it has none. Raises FaultyPolicyError with
    all that is wrong with them and with sla.yaml."""
    book, faults = None, list[Fault]()
    try:
        book = load_book(policies) if (policies / FOLDER).is_dir() else None
    except FaultyPolicyError as error:
        faults += error.faults
    try:
        found = faults_in((policies / FILE).read_bytes(), book)
    except OSError as error:
        found = [Fault(FILE, None, "", f"it can't be read: {error.strerror}")]
    # Of calendars that can't be read nobody knows which there are.
    faults = [each for each in found if not (faults and NO_CALENDAR in each.reason)] + faults
    if faults:
        raise FaultyPolicyError(faults)
    return book


def faults_in(raw: bytes, book: CalendarBook | None) -> list[Fault]:
    """In the order of the lines; none when it can be used with these calendars. Without calendars
    (None) there is `always` only."""
    try:
        document = placed(raw.decode("utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return [Fault(FILE, mark.line + 1 if mark else None, "", f"no YAML: {error.problem}")]
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return [Fault(FILE, line, "", f"no UTF-8: {error.reason}")]
    except (yaml.YAMLError, ValueError) as error:
        return [Fault(FILE, None, "", f"no YAML: {error}")]
    except RecursionError:
        return [Fault(FILE, None, "", "no YAML: it holds itself, or is nested too deep")]
    found = [Fault(FILE, line, "", f"{'.'.join(place)} stands there twice")
             for place, line in document.doubled]  # fmt: skip
    found += [_fault(document, each) for each in _problems(document.content, book)]
    return sorted(dict.fromkeys(found), key=lambda fault: fault.line or 0)


def _problems(content: Any, book: CalendarBook | None) -> Iterator[Problem]:
    if not isinstance(content, dict):
        yield Problem((), "a mapping is expected at the top")
        return
    for key, why in NOT_IN_THE_FILE.items():
        if key in content:
            yield Problem((key,), f"not permitted: {why}")
    stated = {key: value for key, value in content.items() if key not in FILLED_IN}
    try:
        SlaRules.model_validate({**stated, "book": book})
    except ValidationError as error:
        yield from problems_of(error)
        # What can be read is looked at as a whole all the same, so that nothing waits for a second
        # round.
        yield from problems_of_parts(stated, book)


def _fault(document: Placed, problem: Problem) -> Fault:
    keys = keys_of(problem.place)
    return Fault(FILE, document.line(keys) or (None if keys else 1), ".".join(keys), problem.reason)
