"""Recorded tickets, one JSON object a line: as `plan` takes them, or the ledgers of a running
system as `cli.sla.recorded` reads them, behind a line with the time and the policy's versions.
Read by `replay` and `migration`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from jiter import from_json
from pydantic import ValidationError

from runtime.lines import BadLineError
from services.sla.domain.ledger import Entry
from services.sla.domain.plan_model.ticket import Ticket
from services.sla.domain.policy import SlaRules
from services.sla.domain.problems import UnusableError
from services.sla.policy import Loaded, SlaPolicy

MARK = b"\xef\xbb\xbf"
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


class Recorded(NamedTuple):
    """What happened to a ticket by `now`. `version`: the policy that it keeps, None where the line
    does not say; `calendar`: what all its clocks count by, None for their own; `conversation`:
    whether it has clocks that the conversation starts."""

    id: str
    ledger: tuple[Entry, ...]
    now: datetime
    version: str | None = None
    calendar: str | None = None
    conversation: bool = True

    @property
    def opened_at(self) -> datetime | None:
        """When the customer complained; None before the first triage."""
        return min((e.opened_at or e.at for e in self.ledger if e.what == "triaged"), default=None)


class Head(NamedTuple):
    """What holds for all tickets of a running system: its time, and its policies by version."""

    now: datetime
    bodies: Mapping[str, Mapping[str, Any]]


class Tickets:
    """The tickets of some lines, in their order. `head`: that of the lines read so far. Tickets
    that are told have the clocks that `plan` shows, or all."""

    def __init__(self, lines: Iterable[bytes], *, all_clocks: bool = False) -> None:
        self._lines, self._all_clocks = lines, all_clocks
        self.head: Head | None = None

    def __iter__(self) -> Iterator[Recorded | BadLineError]:
        for line in self._lines:
            if not line.strip():
                continue
            try:
                found = self._read(line.removeprefix(MARK))
            except BadLineError as error:
                yield error
                continue
            if found is not None:
                yield found

    def _read(self, line: bytes) -> Recorded | None:
        """None for a head. Raises BadLineError."""
        try:
            content = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False)
        except ValueError as error:
            raise BadLineError(f"the line is no JSON: {error}") from error
        if not isinstance(content, dict):
            raise BadLineError("the line is no JSON object")
        try:
            if "versions" in content:
                now = datetime.fromisoformat(content["now"])
                self.head = Head(now, dict(content["versions"]))
                return None
            return self._kept(content) if "ledger" in content else self._told(content)
        except ValidationError as error:
            what = "; ".join(
                f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
                for item in error.errors(include_url=False, include_input=False)
            )
            raise BadLineError(f"ticket {content.get('id')}: {what}") from error
        except UNREADABLE as error:
            name = content.get("ticket_id", content.get("id"))
            raise BadLineError(f"ticket {name}: {type(error).__name__}: {error}") from error

    def _kept(self, content: Mapping[str, Any]) -> Recorded:
        if self.head is None:
            raise BadLineError("a ledger stands before the line with the time and the versions")
        ledger = tuple([Entry.from_json(entry) for entry in content["ledger"]])
        return Recorded(content["ticket_id"], ledger, self.head.now, content["policy_version"])

    def _told(self, content: Mapping[str, Any]) -> Recorded:
        ticket = Ticket.model_validate(content)
        ledger = tuple(ticket.ledger())
        return Recorded(str(ticket.id), ledger, ticket.now, None, ticket.calendar, self._all_clocks)


class Versions:
    """The policies of a running system, with the holidays known to `today`."""

    def __init__(self, tickets: Tickets, today: Loaded) -> None:
        self._tickets, self._today = tickets, today
        self._rules: dict[str, SlaRules] = {}

    def of(self, version: str) -> SlaRules:
        """Raises BadLineError for one that was never stored, or that this release can't read."""
        if version not in self._rules:
            self._rules[version] = self._read(version)
        return self._rules[version]

    @property
    def asked(self) -> list[str]:
        """Those that some ticket keeps."""
        return sorted(self._rules)

    def _read(self, version: str) -> SlaRules:
        bodies = self._tickets.head.bodies if self._tickets.head else {}
        if version not in bodies:
            raise BadLineError(f"policy version {version} is unknown")
        try:
            rules = SlaPolicy.model_validate({**bodies[version], "version": version})
        except ValidationError as error:
            raise BadLineError(f"policy version {version} can't be read any more") from error
        book = self._today.calendars
        try:
            return rules if book is None else rules.counting_by(book, book.version)
        except UnusableError:  # it keeps its own, as in the service
            return rules
