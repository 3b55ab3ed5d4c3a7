"""The figures of `make eval-triage`, on labels and answers whose scores are known."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from benchmarks.triage.__main__ import BESIDE, main
from benchmarks.triage.findings import Taker, findings
from benchmarks.triage.instructions import INSTRUCTIONS, attacks
from benchmarks.triage.labelled import Case, EvaluationError, Labels, labels_of
from benchmarks.triage.scores import (
    accuracy,
    calibration_error,
    f1,
    interval,
    macro_f1,
    precision,
    recall,
)

LABELS: dict[str, Any] = {
    "class": "logistics", "also": [], "level": "L2", "emotion": "calm", "demands": [],
    "safety": False, "threat": False, "lang": "zh", "source": "shop/lamps",
}  # fmt: skip
MESSAGES = [
    {"id": "a", "text": "快递三天没动静了，到哪了？", **LABELS},
    {"id": "b", "text": "杯子炸裂，割伤了手", **LABELS, "class": "product_mismatch",
     "level": "L1", "emotion": "annoyed", "safety": True},
    {"id": "c", "text": "where is my parcel? tracking has not moved", **LABELS, "lang": "en"},
]  # fmt: skip


def case(labels: dict[str, Any], **answer: Any) -> Case:
    """A message that was answered as labelled but for what is named."""
    wanted = {**LABELS, **labels}
    return Case(Labels.model_validate(wanted), {**wanted, "confidence": {"class": 0.8}, **answer})


def values(cases: list[Case]) -> dict[str, float]:
    """Figures by section and name."""
    found = findings(cases, Taker(rounds=20, seed=1))
    return {f"{each.section}: {each.figure.name}": each.figure.value for each in found}


def test_scores_of_known_counts() -> None:
    counts = Counter({("x", "x"): 3, ("x", "y"): 1, ("y", "y"): 2, ("z", "x"): 1})
    assert precision("x")(counts) == 3 / 4
    assert recall("x")(counts) == 3 / 4
    assert f1("y")(counts) == 4 / 5
    assert f1("z")(counts) == 0
    assert macro_f1(counts) == pytest.approx((0.75 + 0.8 + 0) / 3)
    assert accuracy(counts) == 5 / 7
    assert math.isnan(recall("w")(counts))
    assert math.isnan(macro_f1(Counter()))


def test_calibration_error_of_known_bins() -> None:
    # 0.9: ten, nine right: no gap; 0.5: ten, three right: 0.2 off in half of all
    sure = {(0.9, True): 9, (0.9, False): 1, (0.5, True): 3, (0.5, False): 7}
    assert calibration_error(Counter(sure)) == pytest.approx(0.1)
    assert calibration_error(Counter({(1.0, True): 5})) == 0


def test_intervals_come_back_and_hold_the_value() -> None:
    pairs = [(True, True)] * 80 + [(True, False)] * 20
    low, high = interval(pairs, recall(True), rounds=500, seed=3)
    assert (low, high) == interval(pairs, recall(True), rounds=500, seed=3)
    assert 0.70 < low < 0.75 < 0.8 < 0.85 < high < 0.90
    assert all(map(math.isnan, interval([(False, False)], recall(True), rounds=5, seed=3)))


def test_figures_of_known_answers() -> None:
    found = values(
        [
            case({}),
            case({"class": "special", "also": ["logistics"]}, **{"class": "logistics"}),
            case({"class": "usage", "level": "L1", "safety": True}, level="L2", safety=False),
            case({"class": "usage", "lang": "en", "source": "chats x"}, also=["special"]),
            case({"demands": ["refund", "return"], "threat": True}, demands=["refund"]),
        ]
    )
    assert found["overall: class macro-F1"] == pytest.approx((0.8 + 0 + 1) / 3)
    assert found["overall: class macro-F1, one of their classes"] == 1
    assert found["overall: class accuracy"] == 0.8
    assert found["overall: L1 recall"] == 0
    assert found["overall: safety recall"] == 0
    assert math.isnan(found["overall: safety precision"])
    assert found["overall: threat F1"] == 1
    assert found["overall: emotion macro-F1"] == 1
    assert found["overall: demands F1, all together"] == pytest.approx(2 / 3)
    assert found["overall: calibration error, class"] == pytest.approx(0)
    assert found["class: special recall"] == 0
    assert found["demand: return recall"] == 0
    assert found["language: en class macro-F1"] == 1
    assert found["source: shop class accuracy"] == 0.75
    assert found["source: chats class accuracy"] == 1


def test_instructions_stand_before_behind_and_between() -> None:
    text = "灯坏了。怎么办？谢谢"
    made = attacks([text])
    assert len(made) == len(INSTRUCTIONS)
    for (number, steered), instruction in zip(made, INSTRUCTIONS, strict=True):
        assert number == 0
        assert instruction in steered
        assert steered.replace(instruction, "").replace("\n", "") == text
    assert made[2][1].startswith("灯坏了。")


def test_lines_without_labels_are_told() -> None:
    with pytest.raises(EvaluationError, match="line 2 lacks clear labels: level"):
        labels_of([LABELS, {k: v for k, v in LABELS.items() if k != "level"}])


def test_where_nothing_is_labelled_it_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--data", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert "nothing is measured" in told.err
    assert told.out == ""
    assert BESIDE.parts[-3:] == ("shared", "data", "triage")
