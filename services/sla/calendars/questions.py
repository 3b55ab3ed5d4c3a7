"""What the calendar program takes in and gives back: one question a line. Used by `__main__`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from runtime.lines import BadLineError
from schemas.values import Instant, Value
from services.sla.domain.calendar.working_time import Calendar, OutOfCalendarError

LONGEST_S = 10_000_000_000
"""Three hundred years: beyond what calendars count, and well within what a time can hold."""


def _an_id(given: object) -> object:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        raise ValueError("must be a text or a whole number")
    return given


class Question(Value):
    """Due after `seconds`, or how much until `to`. Fields not named here are passed over."""

    id: Annotated[str | int, BeforeValidator(_an_id)] = Field(description="Given back as it is.")
    calendar: str = Field(min_length=1, description="By which calendar.")
    from_at: Instant = Field(validation_alias="from", description="Counted from here.")
    seconds: int | None = Field(
        default=None, ge=0, le=LONGEST_S, strict=True, description="Working seconds to pass."
    )
    to_at: Instant | None = Field(default=None, validation_alias="to", description="Until when.")

    @model_validator(mode="after")
    def _one_question(self) -> Question:
        if (self.seconds is None) == (self.to_at is None):
            raise ValueError("say either seconds or to")
        return self


def answer(content: Mapping[str, object], calendars: Mapping[str, Calendar]) -> dict[str, object]:
    """The answer to one line. Raises ValidationError, BadLineError.

    `provisional` stands there, and is true, only where the answer rests on holidays that are not
    known for good.
    """
    asked = Question.model_validate(content)
    calendar = calendars.get(asked.calendar)
    if calendar is None:
        known = ", ".join(sorted(calendars))
        raise BadLineError(f"calendar: there is none of that name; known are {known}")
    try:
        found, until_at = _asked_of(calendar, asked)
    except OutOfCalendarError as error:
        raise BadLineError(str(error)) from error
    if calendar.is_provisional(asked.from_at, until_at):
        found["provisional"] = True
    return {"id": asked.id, **found}


def _asked_of(calendar: Calendar, asked: Question) -> tuple[dict[str, object], datetime]:
    """The answer, and up to where the calendar was read for it."""
    if asked.to_at is not None:
        return {"seconds": calendar.between(asked.from_at, asked.to_at)}, asked.to_at
    due_at = calendar.due(asked.from_at, asked.seconds or 0)
    return {"due_at": calendar.local(due_at).isoformat()}, due_at
