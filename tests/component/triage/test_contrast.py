"""What would have changed a result, asked of every text that the model is trained on."""

from __future__ import annotations

import re
from dataclasses import replace

from services.triage.domain.contrast import without
from services.triage.domain.facts import Facts
from services.triage.training.texts import examples
from tests.unit.triage.models import plain
from tests.unit.triage.test_contrast import JUDGE, RULES, told


def test_words_that_several_rules_rest_on_are_told_once_in_one_list() -> None:
    lists = 0
    for one in examples()[::4]:
        verdict = JUDGE.judge(plain().read(one.text, replace(Facts(), value_fen=250_000)))
        said = told(verdict)
        if said is None or verdict.contrast is None or verdict.contrast.above:
            continue
        lists += len(verdict.contrast.rules) > 2
        zh, en = said
        assert zh.count("不计") <= 1
        assert en.count("without") <= 1
        for words in (re.findall("「(.*?)」", zh), re.findall("“(.*?)”", en)):
            assert len({*words}) == len(words)
    assert lists > 10


def test_words_are_told_once_also_where_a_fact_of_the_order_stands_between() -> None:
    between = 0
    for one in examples()[::3]:
        facts = Facts(gift_due=True, occasion="birthday", value_fen=250_000)
        verdict = JUDGE.judge(plain().read(one.text, facts))
        for places in ((0, 2), (1,)):
            contrast = verdict.contrast
            if contrast is None or contrast.above:
                continue
            rules = [
                r for r in RULES.levels if r.when.signs_all or r.when.safety or r.when.gift_due
            ]
            mixed = (*contrast.rules, *(rules[place] for place in places), *contrast.rules)
            zh, en = told(replace(verdict, contrast=replace(contrast, rules=mixed))) or ("", "")
            between += 1
            for words in (re.findall("[「“](.*?)[」”]", zh), re.findall("“(.*?)”", en)):
                assert len({*words}) == len(words), zh
    assert between > 10


def test_it_is_true_set_it_aside_and_the_level_changes() -> None:
    contrasts = 0
    for number, one in enumerate(examples()[::4]):
        facts = Facts(
            value_fen=(None, 200_000, 200_001)[number % 3], custom_made=number % 7 == 0,
            gift_due=number % 11 == 0, opened=(None, True)[number % 2],
        )  # fmt: skip
        verdict = JUDGE.judge(plain().read(one.text, facts))
        contrast = verdict.contrast
        if contrast is None:
            continue
        contrasts += 1
        reading = verdict.reading
        if contrast.above:
            dearer = replace(reading.facts, value_fen=200_001)
            changed = replace(reading, facts=dearer)
        else:
            changed = reading
            for rule in contrast.rules:
                changed = without(changed, rule.when)
        assert JUDGE.level_of(changed).level == contrast.then.level != verdict.level.level
    assert contrasts > 300
