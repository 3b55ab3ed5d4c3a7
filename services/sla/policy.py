"""The file policies/<set>/sla.yaml, with the calendars that its clocks name, as a loadable policy.
Read by `app.py` and by the programs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from runtime.policy import Policy, parse_policy, read_policy
from services.sla.calendars.files import CalendarPolicy
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.policy import SlaRules
from services.sla.domain.policy_calendars import excerpt
from services.sla.policy_faults import examined


class SlaPolicy(SlaRules, Policy):
    """The SLA rules as a policy with immutable versions."""


class Loaded(NamedTuple):
    """A folder of policies as the clocks need it; no calendars where it has none."""

    rules: SlaPolicy
    calendars: CalendarPolicy | None


def load(policies: Path) -> Loaded:
    """sla.yaml and calendars/. The version of the rules covers the calendars that clocks name, so
    that a ticket keeps the hours it began with. Raises FaultyPolicyError with all that is wrong,
    each with file and line."""
    calendars = examined(policies)
    content = read_policy(policies, "sla")
    rules = parse_policy("sla", _with_book(content, calendars), SlaPolicy)
    used = excerpt(calendars, rules.calendars_named) if calendars else None
    # Anew, so that a calendar which no clock names makes no new version.
    return Loaded(parse_policy("sla", _with_book(content, used), SlaPolicy), calendars)


def _with_book(content: dict[str, Any], book: CalendarBook | None) -> dict[str, Any]:
    if book is None:
        return content
    return {**content, "book": book.model_dump(mode="json", include=set(CalendarBook.model_fields))}
