"""Reads the folder policies/<set>/calendars: every *.yaml in it, taken together. Called by the
programs that count working time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from runtime.places import Place, Placed, placed
from runtime.policy import Policy
from services.sla.domain.calendar.book import CalendarBook
from services.sla.domain.policy_calendars import book_problems
from services.sla.faults import Fault, FaultyPolicyError, keys_of, problems_of

FOLDER = "calendars"
PARTS = ("calendars", "holidays", "overlay")


class CalendarPolicy(CalendarBook, Policy):
    """The calendars as a policy with immutable versions."""


def load_book(policies: Path) -> CalendarPolicy:
    """All calendars of a set of policies. Raises FaultyPolicyError with all that is wrong."""
    read = _read(policies / FOLDER)
    read.refuse()
    try:
        book = CalendarPolicy.model_validate(read.content)
    except ValidationError as error:
        for problem in problems_of(error):
            read.blame(problem.place, problem.reason)
        read.refuse()
        raise
    for problem in book_problems(book):
        read.blame(problem.place, problem.reason)
    read.refuse()
    body = book.model_dump(mode="json", exclude={"version"})
    canonical = json.dumps(body, sort_keys=True, ensure_ascii=False)
    version = f"calendars-{sha256(canonical.encode()).hexdigest()[:12]}"
    return book.model_copy(update={"version": version})


@dataclass(slots=True)
class _Read:
    """What the files say taken together, from where each part of it comes, and what is wrong."""

    folder: Path
    content: dict[str, dict[str, Any]] = field(default_factory=dict)
    homes: dict[Place, tuple[str, Placed]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def blame(self, place: tuple[str | int, ...], reason: str) -> None:
        """Tell a fault with file and line, as far as they are known."""
        keys = keys_of(place)
        home = self.homes.get(keys[:2])
        if home is None:
            self.faults.append(Fault(f"{self.folder.name}/", None, ".".join(keys), reason))
            return
        name, document = home
        self.tell(name, document.line(keys), reason, ".".join(keys))

    def tell(self, name: str, line: int | None, reason: str, place: str = "") -> None:
        """Tell a fault of one file."""
        self.faults.append(Fault(f"{self.folder.name}/{name}", line, place, reason))

    def refuse(self) -> None:
        """Raise FaultyPolicyError if anything is wrong."""
        if self.faults:
            raise FaultyPolicyError(self.faults)


def _read(folder: Path) -> _Read:
    read = _Read(folder)
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        raise FaultyPolicyError([_of_folder(folder, error.strerror or str(error))]) from error
    if not paths:
        raise FaultyPolicyError([_of_folder(folder, "no *.yaml in it")])
    for path in paths:
        try:
            _add(read, path.name, placed(path.read_text(encoding="utf-8")))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            read.tell(path.name, mark.line + 1 if mark else None, f"no YAML: {error.problem}")
        except (OSError, UnicodeDecodeError) as error:
            read.tell(path.name, None, str(error))
        except (yaml.YAMLError, ValueError) as error:
            read.tell(path.name, None, f"no YAML: {error}")
        except RecursionError:
            read.tell(path.name, None, "no YAML: it holds itself, or is nested too deep")
    return read


def _of_folder(folder: Path, reason: str) -> Fault:
    return Fault(f"{folder.name}/", None, "", reason)


def _add(read: _Read, name: str, document: Placed) -> None:
    for place, line in document.doubled:
        read.tell(name, line, f"{'.'.join(place)} stands there twice")
    content = {} if document.content is None else document.content
    if not isinstance(content, dict):
        read.tell(name, 1, "a mapping is expected at the top")
        return
    for part, named in content.items():
        at = document.line((str(part),))
        if part not in PARTS:
            read.tell(name, at, f"{part} is unknown here: {', '.join(PARTS)}")
        elif not isinstance(named, dict):
            read.tell(name, at, f"{part}: a mapping from names is expected")
        else:
            _join(read, name, document, str(part), named)


def _join(read: _Read, name: str, document: Placed, part: str, named: dict[Any, Any]) -> None:
    known = read.content.setdefault(part, {})
    for key, value in named.items():
        place = (part, str(key))
        if place in read.homes:
            other = read.homes[place][0]
            text = f"{part}.{key} is stated in {other} already"
            read.tell(name, document.line(place), text)
            continue
        known[key] = value
        read.homes[place] = (name, document)
