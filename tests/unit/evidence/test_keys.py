"""Names of dossiers: short enough for the runtime, never shared by two subjects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from schemas.envelope import Payload
from schemas.flows import CONSUMES, events_on
from schemas.registry import read_event
from schemas.topics import TOPICS
from schemas.values import Ref
from services.evidence.domain.keys import case_key, dossier_of, stream_dossier
from services.evidence.domain.rules import RULES
from tests.support.evidence_story import Story
from tests.support.golden import FORMS, golden, record

REF: TypeAdapter[str] = TypeAdapter(Ref)
long_refs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}", fullmatch=True)
CONSUMED = [
    kind for topic in TOPICS if topic.name in CONSUMES["evidence"] for kind in events_on(topic)
]
pairs = st.tuples(long_refs, long_refs)


@given(pairs, pairs)
def test_two_subjects_never_share_a_name(one: tuple[str, str], two: tuple[str, str]) -> None:
    assert (dossier_of(*one) == dossier_of(*two)) == (one == two)
    assert REF.validate_python(dossier_of(*one)) == dossier_of(*one)


def test_a_slash_in_a_shop_does_not_lead_into_another() -> None:
    assert dossier_of("a/b", "c") != dossier_of("a", "b/c")


@given(long_refs, long_refs, long_refs | st.none())
def test_stream_dossiers_are_apart_from_all_others(
    shop: str, session: str, sku: str | None
) -> None:
    name = stream_dossier(shop, session, sku)
    assert REF.validate_python(name) == name
    assert name != dossier_of(shop, session)
    assert name != stream_dossier(shop, session, f"{sku or ''}x")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", CONSUMED)
def test_every_consumed_event_has_a_case_and_a_rule(kind: type[Payload], form: str) -> None:
    event = read_event(record(golden(kind, form)))
    REF.validate_python(case_key(event))
    assert kind in RULES


def test_an_opened_ticket_is_worked_on_in_its_orders_case() -> None:
    story = Story()
    assert case_key(story.opened()) == case_key(story.shipped()) == "shop-a/O-1"
    assert case_key(story.opened(order=False)) == case_key(story.triaged()) == "shop-a/T-1"
    assert case_key(story.notified()) == "shop-a/T-1"
    assert case_key(story.segment("SKU-1")) != case_key(story.segment(None))
