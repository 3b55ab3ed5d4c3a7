"""`lint` on words, and its program: the shipped policy has no fault, every planted one is found."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from services.triage.classify import POLICIES
from services.triage.workbench.check_words import (
    check_contradictions,
    check_findable,
    check_labels,
    check_silent,
    check_unseen,
)
from services.triage.workbench.finding import Finding
from services.triage.workbench.lint import linted, main
from tests.unit.triage.policies import Edit, folder, nothing, policy, set_to

Content = dict[str, Any]


def told(found: Iterable[Finding], code: str) -> list[tuple[str, str]]:
    """Weight and place of what was found under a code."""
    return [(one.weight, one.place) for one in found if one.code == code]


def test_the_shipped_policy_has_no_fault() -> None:
    answer = linted(POLICIES)
    assert [one for one in answer["findings"] if one["weight"] == "error"] == []
    assert answer["version"].startswith("triage-")
    assert all(one["line"] for one in answer["findings"] if one["file"] == "triage.yaml")
    assert {one["code"] for one in answer["findings"]} >= {"unseen", "own-label"}


def _says(sign: str, *phrases: str, **more: Any) -> Edit:
    return lambda c: c["signs"][sign].update(says=[*phrases], **more)


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (_says("fault", "壞了"), "signs.fault.says.0"),
        (_says("fault", "坏了", "ａｂｃ"), "signs.fault.says.1"),
        (_says("fault", "坏了 ~ 漏\u200b水"), "signs.fault.says.0"),
        (_says("fault", "漏电保护", unless=["保护"]), "signs.fault.says.0"),
        (_says("fault", "等级设为"), "signs.fault.says.0"),
        (lambda c: c["negation"].update(between=["無"]), "negation.between.0"),
    ],
)
def test_a_phrase_that_no_text_can_hit_is_found(edit: Edit, place: str) -> None:
    found = [*check_findable(policy(edit, bare=True))]
    assert ("error", place) in told(found, "never-found")
    assert {one.place for one in found} == {place}


def test_an_ordinary_word_that_is_also_a_phrase_is_hinted_at() -> None:
    def plant(c: Content) -> None:
        _says("fault", "炸了")(c)
        c["neutral"] = ["气炸锅", "炸了"]

    found = told(check_contradictions(policy(plant, bare=True)), "listed-twice")
    assert ("hint", "neutral.1") in found


def test_phrases_that_can_be_hit_are_none() -> None:
    edit = _says("fault", "坏了|碎了 ~ 屏|盖", "用了#天", "leak*", "won't ~4 turn on", "没反应")
    assert [*check_findable(policy(edit, bare=True))] == []


def test_contradicting_lists_are_found() -> None:
    def plant(c: Content) -> None:
        _says("fault", "坏了", "碎", "碎", unless=["坏了"])(c)
        overdue = c["classes"]["logistics"]["subtypes"]["overdue"]
        overdue.update(strong=["太慢"], weak=["太慢"])
        c["classes"]["usage"]["subtypes"]["how_to"]["strong"] = ["太慢"]
        c["negation"]["not_when"] = ["没有没", "没"]

    found = told(check_contradictions(policy(plant, bare=True)), "listed-twice")
    errors = {place for weight, place in found if weight == "error"}
    assert {
        "signs.fault.unless.0",
        "classes.logistics.subtypes.overdue.weak.0",
    } < errors
    assert any(place.startswith("negation.before.") for place in errors)
    hints = {place for weight, place in found if weight == "hint"}
    assert hints == {"signs.fault.says.2", "classes.usage.subtypes.how_to.strong.0"}


def test_our_own_labels_as_phrases_are_found() -> None:
    found = told(
        check_labels(policy(_says("fault", "product_mismatch", "坏了 ~ l1", "urgent*"), bare=True)),
        "own-label",
    )
    assert found == [
        ("error", "signs.fault.says.0"),
        ("error", "signs.fault.says.1"),
        ("hint", "signs.fault.says.2"),
    ]


def test_a_danger_a_threat_or_a_demand_without_words_is_found() -> None:
    def plant(c: Content) -> None:
        for family, name in (("safety", "electric"), ("threats", "court"), ("demands", "refund")):
            c[family][name]["says"] = []

    assert told(check_silent(policy(plant)), "silent") == [
        ("error", "safety.electric.says"),
        ("error", "threats.court.says"),
        ("error", "demands.refund.says"),
    ]


def test_phrases_that_no_text_has_are_hinted_at() -> None:
    edited = policy(_says("fault", "坏了", "碎 ~ 屏", "化了"), bare=True)
    found = told(check_unseen(edited, ["灯壞了", "屏碎了"]), "unseen")
    assert found == [("hint", "signs.fault.says.1"), ("hint", "signs.fault.says.2")]


def test_a_policy_that_can_not_be_loaded_is_told_with_its_line(tmp_path: Path) -> None:
    place = folder(tmp_path, set_to("model", "safety_from", 1.5), bare=True)
    answer = linted(place)
    (fault,) = answer["findings"]
    lines = (place / "triage.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[fault["line"] - 1].strip() == "safety_from: 1.5"
    assert (fault["code"], fault["place"], answer["version"]) == (
        "not-loaded", "model.safety_from", None,
    )  # fmt: skip


def test_a_key_that_stands_twice_is_told(tmp_path: Path) -> None:
    place = folder(tmp_path, nothing, bare=True)
    with (place / "triage.yaml").open("a", encoding="utf-8") as file:
        file.write("gift: {before_h: 1, after_h: 1}\n")
    (fault,) = [one for one in linted(place)["findings"] if one["code"] == "key-twice"]
    assert (fault["weight"], fault["place"]) == ("error", "gift")


@pytest.mark.parametrize("text", ["a: [", "- 1\n", "rules: 1\n"])
def test_what_is_no_policy_is_told_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / "triage.yaml").write_text(text)
    answer = linted(tmp_path)
    assert answer["errors"] > 0
    assert {one["code"] for one in answer["findings"]} == {"not-loaded"}


def _one_word_each(c: Content) -> None:
    for family in ("safety", "threats", "demands"):
        for name, kind in c[family].items():
            kind["says"] = [f"{family}{name}".replace("_", "")]


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def plant(c: Content) -> None:
        _one_word_each(c)
        set_to("weights", "weak", 5)(c)

    bad = folder(tmp_path / "bad", plant, bare=True)
    assert main(["--policy", str(bad)]) == 1
    assert json.loads(capsys.readouterr().out)["errors"] == 1
    good = folder(tmp_path / "good", _one_word_each, bare=True)
    assert main(["--policy", str(good)]) == 0
    capsys.readouterr()
    assert main(["--policy", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize(
    "end", [b"\xff\xfe", b"\n? [a]\n: b\n", b"\nx: !other b\n", b"\nx: &a [*a]\n"]
)
def test_a_file_that_is_no_plain_yaml_is_a_finding(tmp_path: Path, end: bytes) -> None:
    place = folder(tmp_path, nothing, bare=True)
    with (place / "triage.yaml").open("ab") as file:
        file.write(end)
    answer = linted(place)
    assert answer["errors"] == 1
    assert answer["findings"][0]["code"] == "not-loaded"
