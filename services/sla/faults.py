"""Faults of policy files, told with file, line and reason. Found by the readers of `sla.yaml` and
of the calendars; shown by the service as it starts and by `aftercare sla lint`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from pydantic import ValidationError

from runtime.places import Place
from runtime.policy import PolicyError
from services.sla.domain.problems import Problem, UnusableError

_LIST, _MAPPING = "a list is expected", "a mapping of keys and values is expected"
_PLAIN = {
    "extra_forbidden": "not permitted: there is no such key here",
    "missing": "it is missing",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "string_type": "a text is expected",
    "int_type": "a whole number is expected",
    "int_parsing": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "bool_type": "true or false is expected",
    "bool_parsing": "true or false is expected",
}


class Fault(NamedTuple):
    """What is wrong in a file. `file` is named from the folder of policies; `place` are the keys
    that lead to it, with dots, if the file could be read so far."""

    file: str
    line: int | None
    place: str
    reason: str

    def __str__(self) -> str:
        at = f", line {self.line}" if self.line else ""
        return f"{self.file}{at}: {self.what}"

    @property
    def what(self) -> str:
        """Place and reason."""
        return f"{self.place}: {self.reason}" if self.place else self.reason


class FaultyPolicyError(PolicyError):
    """A set of policies can't be used; the text has a line for each fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


def problems_of(error: ValidationError) -> list[Problem]:
    """All that a model refused, placed from its top."""
    found: list[Problem] = []
    for item in error.errors(include_url=False, include_input=False):
        place = tuple([part for part in item["loc"] if part != "[key]"])
        cause = item.get("ctx", {}).get("error")
        if isinstance(cause, UnusableError):
            found += [Problem((*place, *each.place), each.reason) for each in cause.problems]
        else:
            found.append(Problem(place, _reason(item)))
    return found


def keys_of(place: tuple[str | int, ...]) -> Place:
    """As `runtime.places` counts lines."""
    return tuple([str(part) for part in place])


def _reason(item: Any) -> str:
    """In the words of the file; the model's own are those of its language."""
    text: str = _PLAIN.get(item["type"]) or item["msg"]
    return text.removeprefix("Value error, ").replace("Input should be", "it should be")
