"""Whatever is done to a policy: all faults have a line, and there are none exactly if it loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.policy import PolicyError, parse_policy
from services.sla.calendars.files import load_book
from services.sla.policy import SlaPolicy
from services.sla.policy_faults import faults_in
from tests.support.sla_story import POLICIES

BOOK = load_book(POLICIES)
TEXT = (POLICIES / "sla.yaml").read_text(encoding="utf-8")
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 100_000), st.floats(allow_nan=False),
    st.sampled_from(["L1", "L2", "usage", "closure", "reply", "resolution", "cn-office", "x"]),
    st.lists(st.sampled_from(["L1", "usage", "resolved", "customer", 1, None]), max_size=2),
    st.dictionaries(st.sampled_from(["clock", "target_s", "level", "percent"]), st.integers(0, 9)),
)  # fmt: skip


def _places(content: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = content.items() if isinstance(content, dict) else enumerate(
        content if isinstance(content, list) else ()
    )  # fmt: skip
    for key, value in items:
        yield (*at, key)
        yield from _places(value, (*at, key))


@st.composite
def mistaken(draw: st.DrawFn) -> dict[str, Any]:
    """The shipped policy with up to three mistakes."""
    content: dict[str, Any] = yaml.safe_load(TEXT)
    for _ in range(draw(st.integers(0, 3))):
        *path, last = draw(st.sampled_from(list(_places(content))))
        inside: Any = content
        for key in path:
            inside = inside[key]
        what = draw(st.sampled_from(["other", "gone", "twice", "more"]))
        if what == "gone":
            del inside[last]
        elif what == "twice" and isinstance(inside, list):
            inside.append(inside[last])
        elif what == "more" and isinstance(inside, dict):
            inside[draw(st.sampled_from(["calendar", "warnings", "kind", "x"]))] = draw(VALUES)
        else:
            inside[last] = draw(VALUES)
        if not content:
            break
    return content


@given(content=mistaken())
@settings(max_examples=60)
def test_faults_are_found_exactly_where_it_does_not_load(content: dict[str, Any]) -> None:
    text = yaml.safe_dump(content, sort_keys=False)
    faults = faults_in(text.encode(), BOOK)
    lines = text.count("\n")
    for fault in faults:
        assert fault.reason
        assert fault.line is None or 1 <= fault.line <= lines
        assert fault.line is not None or "required" in fault.reason
    book = BOOK.model_dump(mode="json", exclude={"version"})
    try:
        parse_policy("sla", {**content, "book": book}, SlaPolicy)
    except PolicyError:
        assert faults
    else:
        assert faults == []
