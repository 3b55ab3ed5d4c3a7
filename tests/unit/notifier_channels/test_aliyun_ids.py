"""Our ids within the OutId of a request."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.aliyun_ids import (
    MOST,
    OUT_ID_MAX,
    joint_id,
    reference,
    references,
    span_of,
    stands_for,
)

IDS = st.lists(st.uuids(), min_size=1, max_size=MOST, unique=True)


@given(IDS)
def test_each_message_is_named_in_its_place(ids: list[UUID]) -> None:
    joint = joint_id(map(str, ids))
    assert len(joint) <= OUT_ID_MAX < 256
    assert references(joint) == tuple(reference(str(each)) for each in ids)
    assert all(stands_for(joint, str(each)) for each in ids)


@given(st.uuids(), st.uuids())
def test_a_whole_id_stands_for_itself_alone(one: UUID, other: UUID) -> None:
    assert stands_for(str(one), str(one))
    assert stands_for(str(one), str(other)) is (one == other)
    assert references(str(one)) == ()


@given(st.uuids())
def test_a_reference_spans_the_ids_that_begin_with_it(one: UUID) -> None:
    span = span_of(reference(str(one)))
    assert span is not None
    first, last = span
    assert first <= one <= last
    assert last.int - first.int == (1 << 80) - 1


def test_a_request_holds_so_many_and_no_more() -> None:
    joint_id([str(UUID(int=number)) for number in range(MOST)])
    with pytest.raises(ValueError, match="too many"):
        joint_id([str(UUID(int=number)) for number in range(MOST + 1)])


@pytest.mark.parametrize("odd", ["", "n-1", "x" * 256, "\u4e2d" * 8, "!!!!!!!!"])
def test_what_others_write_stands_for_nothing(odd: str) -> None:
    assert not stands_for(odd, "00000000-0000-0000-0000-000000000001")
    assert all(span_of(each) is None for each in references(odd))
