"""Live engine, plan command and audit come to the same, whatever happened, in whatever order it was
told, under any calendar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla.audit.anything import Arrival, audit_agrees
from tests.unit.sla.audit.anything import stories as stories_of_anything
from tests.unit.sla.audit.three_ways import Case, agree, cases, hours

moments = st.integers(130, 200)


@settings(max_examples=500)
@given(cases())
def test_engine_plan_and_audit_agree(case: Case) -> None:
    agree(case)


@settings(max_examples=300)
@given(stories_of_anything(), hours(), st.booleans(), moments)
def test_the_audit_agrees_with_the_engine_on_all_clocks(
    arrivals: list[Arrival], texts: tuple[str, ...], punctual: bool, now: int
) -> None:
    audit_agrees(arrivals, texts, punctual, now)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@settings(max_examples=20_000)
@given(cases())
def test_engine_plan_and_audit_agree_all_night(case: Case) -> None:
    agree(case)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@settings(max_examples=20_000)
@given(stories_of_anything(), hours(), st.booleans(), moments)
def test_the_audit_agrees_with_the_engine_on_all_clocks_all_night(
    arrivals: list[Arrival], texts: tuple[str, ...], punctual: bool, now: int
) -> None:
    audit_agrees(arrivals, texts, punctual, now)
