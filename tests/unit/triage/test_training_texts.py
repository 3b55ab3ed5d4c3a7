"""The texts that the model is trained on: all can be read, enough of each, nothing copied."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

import pytest

from schemas.triage import Emotion, Threat
from schemas.values import Demand, Level, ProblemClass
from services.triage.training.texts import FOLDER, Example, TextError, examples
from tests.unit.triage.complaints import triager

ALL = examples()
MEASURING = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "triage"
"""Labelled messages that readings are measured on; they may lie next to the repository."""
CHINESE, LATIN = 12, 40
"""Characters in a row, whatever stands between them, that two people don't write by chance."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z0-9]+")
GOOD = "usage.how_to\tcalm\t怎么用"


# ---------------------------------------------------------------- what was written


def test_all_files_are_read() -> None:
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in FOLDER.glob("*.tsv")]
    assert len(lines) >= 6
    assert len(ALL) == sum(lines) >= 7000


def test_all_labels_are_ours() -> None:
    subtypes = {f"{n}.{sub}" for n, of in triager().rules.classes.items() for sub in of.subtypes}
    for one in ALL:
        assert one.subtype in subtypes, one
        assert one.emotion in get_args(Emotion), one
        assert one.threat in get_args(Threat), one
        assert {*one.demands} <= {*get_args(Demand)}, one
        assert {*one.also} <= {*get_args(ProblemClass)} - {one.problem_class}, one
        assert not one.safety or one.level == "L1", one


@pytest.mark.parametrize(
    ("label", "names", "least"),
    [
        ("problem_class", get_args(ProblemClass), 900),
        ("level", get_args(Level), 300),
        ("emotion", get_args(Emotion), 900),
        ("threat", get_args(Threat), 120),
        ("safety", (True, False), 900),
        ("english", (True, False), 900),
    ],
)
def test_there_is_enough_of_each(label: str, names: tuple[object, ...], least: int) -> None:
    counted = Counter(getattr(one, label) for one in ALL)
    assert {name: counted[name] for name in names if counted[name] < least} == {}


def test_there_is_enough_of_each_sub_type() -> None:
    classes = triager().rules.classes
    counted = Counter(one.subtype for one in ALL)
    names = [f"{name}.{sub}" for name, of in classes.items() for sub in of.subtypes]
    assert {name: counted[name] for name in names if counted[name] < 50} == {}


def test_there_is_enough_of_what_may_come_along() -> None:
    demands = Counter(demand for one in ALL for demand in one.demands)
    also = Counter(name for one in ALL for name in one.also)
    # what only the policy's words tell
    learned = {*get_args(Demand)} - {"price_protection", "invoice"}
    assert {name for name in learned if demands[name] < 100} == set()
    assert {name for name in get_args(ProblemClass) if also[name] < 50} == set()


def test_english_texts_are_marked_as_such() -> None:
    chinese = re.compile("[\u4e00-\u9fff]")
    assert [one.text for one in ALL if one.english == bool(chinese.search(one.text))] == []


def test_nobody_can_be_reached_by_a_text() -> None:
    private = re.compile(r"1[3-9]\d{9}|\d{15,}|https?:|www\.|[a-z0-9]@[a-z0-9]", re.IGNORECASE)
    assert [one.text for one in ALL if private.search(one.text)] == []


def test_nothing_is_copied_from_what_is_measured_on() -> None:
    if not MEASURING.is_dir():
        pytest.skip("the labelled messages do not lie next to the repository")
    measured = [
        json.loads(line)["text"]
        for path in sorted(MEASURING.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert measured
    assert _copied(measured) == set()


def _copied(measured: Iterable[str]) -> set[str]:
    """Texts of ours that share a run with one of those."""
    ours: dict[str, str] = {}
    for one in ALL:
        ours.update(dict.fromkeys(_runs(one.text), one.text))
    return {ours[run] for text in measured for run in _runs(text) if run in ours}


def test_a_text_of_ours_among_what_is_measured_on_would_be_seen() -> None:
    """Also where the labelled messages are not at hand."""
    long = next(one.text for one in ALL if not one.english and len(one.text) > 3 * CHINESE)
    assert long in _copied([f"前面还有话，{long}后面也有。"])
    assert _copied(["这一句谁也没有写过，它只在这里出现一回而已"]) == set()


def test_a_copied_run_would_be_seen() -> None:
    text = "这个电热水壶用了三天就不再加热了"
    assert {*_runs(f"你好，{text}！")} & {*_runs(f"请问{text}怎么办")}
    assert not {*_runs(text[: CHINESE - 1])}
    english = "The kettle that I bought three days ago does not heat"
    assert {*_runs(f"Hello. {english}!")} & {*_runs(english.upper().replace(" ", "  "))}
    assert not {*_runs(english[: LATIN - 1])}


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "three columns"),
        ("usage.how_to\tcalm", "three columns"),
        ("usage.how_to\tcalm\t怎么退\t多", "three columns"),
        ("usage.how_to\t\t怎么退", "three columns"),
        ("usage.how_to\tcalm\t", "three columns"),
        ("usage.how_to\tL3\t怎么退", "one emotion"),
        ("usage.how_to\tcalm angry\t怎么退", "one emotion"),
        ("usage.how_to\tcalm L1 L3\t怎么退", "one level at most"),
        ("usage.how_to\tcalm L2\t怎么退", "no label is called L2"),
        ("usage.how_to\tfurious\t怎么退", "no label is called furious"),
        ("usage.how_to\tcalm t:police\t怎么退", "no label is called t:police"),
        ("usage.how_to\tcalm d:refund,gold\t怎么退", "no label is called d:refund,gold"),
        ("usage.how_to\tcalm d:\t怎么退", "no label is called d:"),
        ("usage.how_to\tcalm a:danger\t怎么退", "no label is called a:danger"),
        ("usage.how_to\tcalm x:refund\t怎么退", "no label is called x:refund"),
        ("usage.how_to\tcalm s\t漏电", "danger is L1"),
        ("usage.how_to\tcalm s L3\t漏电", "danger is L1"),
        ("usage.account\tangry\t怎么用", "the same text as a.tsv:1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    (tmp_path / "a.tsv").write_text(f"{GOOD}\n", encoding="utf-8")
    (tmp_path / "b.tsv").write_text(f"{GOOD}好\n{line}\n", encoding="utf-8")
    with pytest.raises(TextError, match=rf"^b\.tsv:2: .*{re.escape(complaint)}"):
        examples(tmp_path)


def test_what_a_line_says(tmp_path: Path) -> None:
    line = "logistics.lost\tangry L1 s t:court d:refund,reship a:special,usage en\tIt burns"
    (tmp_path / "a.tsv").write_text(f"{GOOD}\n{line}\n", encoding="utf-8")
    first, second = examples(tmp_path)
    assert first == Example(
        text="怎么用", subtype="usage.how_to", emotion="calm", level="L2", safety=False,
        english=False, threat="none", demands=(), also=(),
    )  # fmt: skip
    assert second == Example(
        text="It burns", subtype="logistics.lost", emotion="angry", level="L1", safety=True,
        english=True, threat="court", demands=("refund", "reship"), also=("special", "usage"),
    )  # fmt: skip
    assert second.problem_class == "logistics"


def test_the_order_of_files_is_that_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        path = tmp_path / f"{name}.tsv"
        path.write_text(f"usage.how_to\tcalm\t{name}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no texts", encoding="utf-8")
    assert [one.text for one in examples(tmp_path)] == ["a", "b", "c"]


# ---------------------------------------------------------------- shapes


def _runs(text: str) -> Iterator[str]:
    """Every stretch that is long enough to be a copy."""
    text = unicodedata.normalize("NFKC", text).lower()
    run = "".join(_CHINESE.findall(text))
    for at in range(len(run) - CHINESE + 1):
        yield run[at : at + CHINESE]
    words = " ".join(_LATIN.findall(text))
    for at in range(len(words) - LATIN + 1):
        yield words[at : at + LATIN]
