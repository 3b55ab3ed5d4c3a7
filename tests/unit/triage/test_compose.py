"""Training texts made of two: what is the main thing in them, and what goes beside it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from services.triage.training.compose import LONGEST, MOST_WORDS, composed
from services.triage.training.texts import Example, examples

PLAIN = Example(
    text="", subtype="", emotion="annoyed", level="L2", safety=False, english=False,
    threat="none", demands=(), also=(),
)  # fmt: skip


def one(subtype: str, text: str, **more: object) -> Example:
    """An example with nothing else to it."""
    return replace(PLAIN, subtype=subtype, text=text, **more)  # type: ignore[arg-type]


LONG = "客服把我骂了一顿还挂电话" * 3
EVENT = one("logistics.lost", "包裹丢了三天了", demands=("refund",), emotion="calm")
TREATMENT = one("service_attitude.rude", "客服骂人", threat="platform")
FAULT = one("product_mismatch.quality_defect", "锅底掉漆", level="L1", safety=True)
REFUSAL = one("special.return_refused", "拆了就不给退", demands=("return",))


def of(pairs: list[Example], one_part: str, other: str) -> list[Example]:
    """Those made of the two."""
    return [pair for pair in pairs if one_part in pair.text and other in pair.text]


def test_the_event_is_the_class_and_treatment_stands_beside_it() -> None:
    pairs = composed([EVENT, TREATMENT, FAULT, REFUSAL] * 30)
    of_event = of(pairs, EVENT.text, TREATMENT.text)
    assert of_event
    for pair in of_event:
        assert (pair.problem_class, pair.also) == ("logistics", ("service_attitude",))
        assert (pair.emotion, pair.threat, pair.demands) == ("annoyed", "platform", ("refund",))


def test_faulty_goods_that_are_not_taken_back_are_goods() -> None:
    pairs = composed([EVENT, TREATMENT, FAULT, REFUSAL] * 30)
    refused = of(pairs, FAULT.text, REFUSAL.text)
    assert refused
    for pair in refused:
        assert (pair.problem_class, pair.also) == ("product_mismatch", ("special",))
        assert (pair.level, pair.safety, pair.demands) == ("L1", True, ("return",))


def test_treatment_that_takes_most_words_is_the_class() -> None:
    assert len(LONG) > MOST_WORDS * len(EVENT.text)
    pairs = composed([EVENT, replace(TREATMENT, text=LONG), FAULT, REFUSAL] * 30)
    of_event = of(pairs, EVENT.text, LONG)
    assert {(pair.problem_class, pair.also) for pair in of_event} == {
        ("service_attitude", ("logistics",))
    }


@pytest.mark.parametrize("missing", [TREATMENT, FAULT, REFUSAL])
def test_where_a_part_is_missing_nothing_is_made(missing: Example) -> None:
    assert composed([each for each in (EVENT, TREATMENT, FAULT, REFUSAL) if each != missing]) == []


def test_our_own_texts_make_few_pairs_and_always_the_same() -> None:
    texts = examples()
    pairs = composed(texts)
    assert pairs == composed(texts)
    assert len(texts) / 20 < len(pairs) < len(texts) / 5
    assert len({pair.text for pair in pairs}) == len(pairs)
    assert all(len(pair.text) <= LONGEST for pair in pairs)
    counted = Counter(pair.problem_class for pair in pairs)
    assert 0 < counted["service_attitude"] < len(pairs) / 2
    assert all(pair.level == "L1" for pair in pairs if pair.safety)
