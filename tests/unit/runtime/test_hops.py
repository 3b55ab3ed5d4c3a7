"""Trace contexts as strings: what is well-formed survives, what is not is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.hops import checked, read_traceparent, recorded


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.sampled_from([0, 1, 2, 3]))
def test_traceparents_survive(trace: int, span: int, flags: int) -> None:
    text = f"00-{trace:032x}-{span:016x}-{flags:02x}"
    context = read_traceparent(text)
    assert context is not None
    assert (context.trace_id, context.span_id, context.trace_flags) == (trace, span, flags)
    onwards = recorded(text)
    assert checked(onwards) == onwards
    assert onwards[:36] == text[:36]
    assert onwards[-2:] == f"{flags | 1:02x}"


@pytest.mark.parametrize(
    "text",
    [None, "", "00-0-0-01", f"00-{'0' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'0' * 16}-01",
     f"ff-{'1' * 32}-{'1' * 16}-01", f"00-{'1' * 32}-{'1' * 16}-01\n",
     f"00-{'A' * 32}-{'1' * 16}-01"],
)  # fmt: skip
def test_a_broken_traceparent_is_none(text: str | None) -> None:
    assert checked(text) is None
    assert read_traceparent(text) is None
