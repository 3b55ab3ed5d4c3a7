"""Learning: exact tables, the same bytes, and that it does learn."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.features import amount, folded, pieces
from services.triage.model.heads import CHOICES, CLASSES, heads_of
from services.triage.model.scorer import LinearScorer
from services.triage.training import learn
from services.triage.training.learn import Floats, fitted, likely, matrix, sums, weighed
from services.triage.training.texts import Example
from services.triage.training.train import Seen, trained

SUBTYPES = [f"{name}.any" for name in CLASSES]
HEADS = dict(heads_of(SUBTYPES))
WIDTH = max(part.stop for part in HEADS.values())
WORDS = {
    "product_mismatch": ["颜色不对", "色差太大", "做工粗糙"],
    "logistics": ["快递丢了", "物流停了", "还没送到"],
    "usage": ["怎么安装", "不会使用", "连不上网"],
    "service_attitude": ["客服骂人", "没人理我", "态度很差"],
    "special": ["开张发票", "差价补我", "取消订单"],
}


def toy(count: int) -> list[Example]:
    """Texts of two phrases of their class; every third asks."""
    dice = random.Random(7)
    examples = []
    for number in range(count):
        name = CLASSES[number % len(CLASSES)]
        text = f"{number}号 {' '.join(dice.sample(WORDS[name], 2))}"
        asks = number % 3 == 0
        examples.append(Example(
            text=text, subtype=f"{name}.any", emotion="calm", level="L2", safety=False,
            english=False, threat="none", demands=("explanation",) if asks else (), also=(),
        ))  # fmt: skip
    return examples


def look(examples: Sequence[Example]) -> list[Seen]:
    """Whether one asks is told by a sign."""
    return [
        Seen(one, pieces(one.text), amount(one.text), sign_of(one), dear=False) for one in examples
    ]


def sign_of(one: Example) -> dict[str, int]:
    """Of an example."""
    return {"@asks": 2} if one.demands else {"@tells": 2}


def quiet(line: str) -> None:
    """Nobody needs to hear how training goes."""


def random_sums(seed: int, rows: int, reach: float) -> Floats:
    """Sums of some rows, as wide as a model."""
    dice = random.Random(seed)
    return np.array([[dice.uniform(-reach, reach) for _ in range(WIDTH)] for _ in range(rows)])


def test_the_table_is_exact() -> None:
    table = learn._EXP.tolist()
    assert len(table) == 256 * 24 + 1
    for step, told in enumerate(table):
        assert told == round(math.exp(-step / 256) * 2**30) / 2**30
    # far enough from the middle that no library rounds to the other side
    parts = [math.exp(-step / 256) * 2**30 % 1 for step in range(len(table))]
    assert min(abs(part - 0.5) for part in parts) > 1e-6


@pytest.mark.parametrize("reach", [0.5, 5.0, 100.0, 1e6])
def test_probabilities_of_a_choice_add_up_to_one(reach: float) -> None:
    told = likely(random_sums(3, 40, reach), HEADS)
    assert ((told >= 0) & (told <= 1)).all()
    for group in CHOICES:
        assert told[:, HEADS[group]].sum(axis=1) == pytest.approx([1.0] * 40, abs=1e-12)


def test_probabilities_are_the_usual_ones_nearly() -> None:
    z = random_sums(4, 40, 6.0)
    told = likely(z, HEADS)
    assert told[:, HEADS["safety"]] == pytest.approx(
        1 / (1 + np.exp(-z[:, HEADS["safety"]])), abs=2e-3
    )
    grown = np.exp(z[:, HEADS["classes"]])
    wanted = grown / grown.sum(axis=1, keepdims=True)
    assert told[:, HEADS["classes"]] == pytest.approx(wanted, abs=4e-3)


def test_more_speaks_for_it_is_not_less_likely() -> None:
    z = np.repeat(np.linspace(-40, 40, 2001)[:, None], WIDTH, axis=1)
    told = likely(z, HEADS)[:, HEADS["asks"]].ravel()
    assert (told[1:] >= told[:-1]).all()
    assert told[0] < 1e-6
    assert told[-1] > 1 - 1e-6


ROWS = st.lists(
    st.dictionaries(st.integers(0, 9), st.floats(-4, 4), min_size=1, max_size=6),
    min_size=1,
    max_size=12,
)


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_sums_of_a_row_do_not_depend_on_the_others(
    rows: list[dict[int, float]], dice: random.Random
) -> None:
    weights, bias = random_sums(1, 10, 2.0), random_sums(2, 1, 1.0)[0]
    whole = matrix(rows)
    told = sums(weights, bias, whole)
    order = dice.sample(range(len(rows)), len(rows))
    assert (sums(weights, bias, whole.rows(order)) == told[order]).all()
    for place, row in enumerate(rows):
        assert (sums(weights, bias, matrix([row]))[0] == told[place]).all()
        by_hand = sum(weights[column] * value for column, value in row.items()) + bias
        assert told[place] == pytest.approx(by_hand, abs=1e-9)


def test_what_can_be_told_apart_is_learned() -> None:
    rows = [{number % 5: 1.0, 5: 1.0} for number in range(100)]
    wanted = np.zeros((100, WIDTH))
    for number in range(100):
        for group in ("classes", "subtypes", "about"):
            wanted[number, HEADS[group].start + number % 5] = 1.0
        wanted[number, HEADS["emotions"].start] = 1.0
        wanted[number, HEADS["asks"]] = number % 5 == 2
    weights, bias = fitted(matrix(rows), wanted, 6, HEADS, epochs=24)
    told = likely(sums(weights, bias, matrix(rows)), HEADS)
    for group in ("classes", "subtypes"):
        right = told[:, HEADS[group]].argmax(axis=1)
        assert right.tolist() == [number % 5 for number in range(100)]
    assert np.abs(told - wanted).max() < 0.1


def test_fitting_twice_gives_the_same_bits() -> None:
    rows = [{number % 7: 0.3, 7 + number % 3: 0.7} for number in range(80)]
    wanted = likely(random_sums(9, 80, 3.0), HEADS)
    one = fitted(matrix(rows), wanted, 10, HEADS, epochs=3)
    other = fitted(matrix(rows), wanted, 10, HEADS, epochs=3)
    assert [part.tobytes() for part in one] == [part.tobytes() for part in other]


def test_what_never_occurs_keeps_no_weight() -> None:
    wanted = likely(random_sums(5, 40, 3.0), HEADS)
    weights, _ = fitted(matrix([{1: 1.0}] * 40), wanted, 3, HEADS, epochs=2)
    assert not weights[[0, 2]].any()
    assert weights[1].any()


def test_what_is_usual_is_learned_without_any_word() -> None:
    wanted = np.zeros((64, WIDTH))
    wanted[:, HEADS["asks"]] = 1.0
    weights, bias = fitted(matrix([{0: 0.0}] * 64), wanted, 1, HEADS, epochs=2)
    assert not weights.any()
    assert bias[HEADS["asks"]] > 0 > bias[HEADS["safety"]]


def test_a_model_of_toy_texts_reads_them_and_is_the_same_twice() -> None:
    examples = toy(600)
    model = trained(examples, look, SUBTYPES, quiet)
    assert trained(toy(600), look, SUBTYPES, quiet).to_bytes == model.to_bytes
    scorer = LinearScorer(model)
    for one in examples:
        opinion = scorer.opinion(folded(one.text), sign_of(one))
        assert max(opinion.classes, key=lambda n: opinion.classes[n]) == one.problem_class
        assert max(opinion.subtypes, key=lambda n: opinion.subtypes[n]) == one.subtype
        assert (opinion.asks > 0.5) == bool(one.demands)


def test_what_several_answers_say_together_is_learned() -> None:
    said = random_sums(3, 300, 4.0)[:, :4]
    hard = (said[:, 0] - said[:, 1] + 2 * said[:, 2] > 0).astype(float)
    wanted = np.stack([hard, 1 - hard], axis=1)
    heads = {"classes": slice(0, 2)}
    weights, bias = weighed(said, wanted, heads)
    told = likely(said @ weights + bias, heads)
    assert ((told[:, 0] > 0.5) == (hard > 0.5)).mean() > 0.97
    lead = weights[:, 0] - weights[:, 1]
    assert lead[2] > lead[0] > abs(lead[3])
    assert lead[1] < -abs(lead[3])
    again = weighed(said.copy(), wanted, heads)
    assert [part.tobytes() for part in again] == [weights.tobytes(), bias.tobytes()]


def test_what_is_told_while_training_are_figures_and_no_texts() -> None:
    examples, told = toy(60), list[str]()
    trained(examples, look, SUBTYPES, told.append)
    assert len(told) >= 2 + len(CHOICES)
    assert not any(one.text in line for one in examples for line in told)
