"""Says in Chinese and English why a verdict is what it is: rule, words, order facts.

The words quoted are the policy's own (and numbers): never what else a customer wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from schemas.triage import Reason
from services.triage.domain.reading import Reading
from services.triage.domain.reading_policy import Named
from services.triage.domain.rules import (
    DAY_FAR,
    DAY_NEAR,
    LIKELY,
    LevelRule,
    Ruling,
    TriageRules,
    When,
)
from services.triage.domain.verdict import Verdict

UNDATED = "order.present_undated"
"""Names the reason for which a present did not count."""
NAMELESS = {"gift": ("礼物", "present"), "present": ("礼物", "present")}
"""What is shown of occasions of which only is known that it is a present."""
NGRAM = "ngram."
"""Begins the names of reasons that the trained model gives."""
CONTRAST = "contrast."
"""Begins the names of reasons that tell what would have been otherwise."""
_DAYS = frozenset({DAY_NEAR, DAY_FAR})
LEVELS = {"L1": "一级", "L2": "二级", "L3": "三级"}
LEAST_LIKELY = 0.15
"""A class that comes second is named from this probability on."""
FROM_WORDS = ("class.", "emotion.", "demand.", "safety.", "threat.", NGRAM)
"""Begin the names of what is read out of the words, also where none of them alone says it."""
LONGEST = 200
MOST_WORDS = 4
MOST_REASONS = 50
REMEMBERED = 5_000


def reasons_of(verdict: Verdict, rules: TriageRules) -> tuple[Reason, ...]:
    """At least one for the class, the level and the route each; what weighs most comes first."""
    reading = verdict.reading
    reasons = [
        _ruling(verdict.level, reading),
        *_class(reading, rules),
        *(_ruling(rule, reading) for rule in reading.adjusted),
        *_heard(reading, rules),
        *_present(verdict),
        _ruling(verdict.route, reading),
        *(_ruling(rule, reading) for rule in verdict.raised),
        *_contrasts(verdict, rules),
    ]
    return tuple(reasons[:MOST_REASONS])


def _class(reading: Reading, rules: TriageRules) -> Iterator[Reason]:
    name = f"class.{reading.problem_class}.{reading.subtype}"
    of_class = rules.classes[reading.problem_class]
    subtype = of_class.subtypes[reading.subtype]
    title = (f"{of_class.zh}·{subtype.zh}", f"{of_class.en}, {subtype.en}")
    yield _reason(name, title, _words(reading, name))
    if reading.spoke:
        title = (f"读起来像{of_class.zh}", f"reads like {of_class.en}")
        yield _reason(f"{NGRAM}class", title, [*reading.spoke])
    for other in reading.also:
        words = [
            word
            for sub in rules.classes[other].subtypes
            for word in _words(reading, f"class.{other}.{sub}")
        ]
        title = (f"另涉{rules.classes[other].zh}", f"also {rules.classes[other].en}")
        yield _reason(f"also.{other}", title, words)


def _heard(reading: Reading, rules: TriageRules) -> Iterator[Reason]:
    for kind in reading.safety:
        rule = f"{NGRAM}safety" if kind == LIKELY else f"safety.{kind}"
        yield _reason(rule, rules.safety[kind], _words(reading, f"safety.{kind}"))
    if reading.threat != "none":
        name = f"threat.{reading.threat}"
        yield _reason(name, rules.threats[reading.threat], _words(reading, name))
    if reading.emotion != "calm":
        name = f"emotion.{reading.emotion}"
        yield _reason(name, rules.emotions[reading.emotion], _words(reading, name))
    for demand in reading.demands:
        yield _reason(
            f"demand.{demand}", rules.demands[demand], _words(reading, f"demand.{demand}")
        )


def _contrasts(verdict: Verdict, rules: TriageRules) -> Iterator[Reason]:
    """What would have changed the level, and the class that comes second."""
    reading, contrast = verdict.reading, verdict.contrast
    if contrast is not None:
        level = contrast.then.level
        if contrast.above:
            limit = _yuan(contrast.rules[0].when.value_above_fen)
            zh, en = f"金额高于{limit}元时", f"above {limit} CNY"
        else:
            zh, en = _set_aside(contrast.rules, reading)
        told = (f"{zh}，则为{LEVELS[level]}", f"{en} it would be {level}")
        yield _reason(f"{CONTRAST}level", told, [])
    if reading.runner_up and reading.runner_up[1] >= LEAST_LIKELY:
        name, probability = reading.runner_up
        of_class, share = rules.classes[name], f"{probability:.2f}"
        told = (f"其次为{of_class.zh}（{share}）", f"next likeliest: {of_class.en} ({share})")
        yield _reason(f"{CONTRAST}class", told, [])


def _set_aside(rules: Sequence[LevelRule], reading: Reading) -> tuple[str, str]:
    """What these rules ask for: the words of all of them as one list, each once, then the facts."""
    facts = [_fact_set_aside(rule.when) for rule in rules]
    words = dict.fromkeys(
        word
        for rule, fact in zip(rules, facts, strict=True)
        if fact is None
        for word in _words_set_aside(rule, reading)
    )
    parts = [fact for fact in dict.fromkeys(facts) if fact is not None]
    if words:
        zh, en = "".join(zh for zh, _ in words), ", ".join(en for _, en in words)
        parts.insert(0, (f"若不计{zh}", f"without {en}"))
    first, *others = [zh for zh, _ in parts]
    zh = "且".join([first, *(other.removeprefix("若") for other in others)])
    return zh, " and ".join(en for _, en in parts)


def _fact_set_aside(when: When) -> tuple[str, str] | None:
    if when.value_above_fen is not None:
        limit = _yuan(when.value_above_fen)
        return f"金额不高于{limit}元", f"at {limit} CNY or less"
    if when.gift_due:
        return "若订单不是限时礼物", "were the order no present with a date"
    if when.custom_made:
        return "若订单不是定制商品", "were the goods not made to order"
    if when.opened:
        return "若商品未拆封", "had the goods not been opened"
    return None


def _words_set_aside(rule: LevelRule, reading: Reading) -> list[tuple[str, str]]:
    """In quotation marks, Chinese and English; where a rule rests on no word, what it is about."""
    words = _words_of(rule, reading)[:MOST_WORDS]
    if not words:
        _, _, zh = rule.zh.partition("：")
        _, _, en = rule.en.partition(": ")
        return [(f"“{zh or rule.zh}”", f"“{en or rule.en}”")]
    return [(f"「{word}」", f"“{word}”") for word in words]


def _words_of(rule: Ruling, reading: Reading) -> list[str]:
    """The words that the condition of a rule rests on."""
    when = rule.when
    names = [f"sign.{sign}" for sign in (*when.signs_all, *when.signs_any)]
    if when.safety:
        names += [f"safety.{kind}" for kind in reading.safety]
    return [*dict.fromkeys(word for name in names for word in _words(reading, name))]


def _ruling(rule: Ruling, reading: Reading) -> Reason:
    facts, when = reading.facts, rule.when
    words = _words_of(rule, reading)
    zh, en = rule.zh, rule.en
    if "{" in zh or "{" in en:
        for place, value in (
            ("{value}", _yuan(facts.value_fen)),
            ("{limit}", _yuan(when.value_above_fen)),
        ):
            zh, en = zh.replace(place, value), en.replace(place, value)
        zh_occasion, en_occasion = NAMELESS.get(facts.occasion, (facts.occasion, facts.occasion))
        zh, en = zh.replace("{occasion}", zh_occasion), en.replace("{occasion}", en_occasion)
    if facts.value_told and when.value_above_fen is not None:
        zh = f"{zh}（客户自述「{facts.value_told}」，未经订单核对）"
        en = f"{en} (as the customer states: “{facts.value_told}”; no order confirms it)"
    if when.safety and reading.safety == (LIKELY,):
        zh, en = f"{zh}（据文意判断，类型请核对）", f"{en} (it reads so; please check which kind)"
    return _reason(rule.rule, (zh, en), words)


def _present(verdict: Verdict) -> Iterator[Reason]:
    """Of an order that is stated to be a present, and did not count as one for want of a day."""
    reading = verdict.reading
    facts = reading.facts
    undated = facts.occasion and not facts.needed_on and reading.signs.isdisjoint(_DAYS)
    if undated and verdict.level.level != "L1":
        zh = "订单是礼物，但所需日期未知，未按限时礼物计"
        en = "the order is a present without a known day, so it did not count as one with a date"
        yield _reason(UNDATED, (zh, en), [])


def _yuan(fen: int | None) -> str:
    return "" if fen is None else f"{fen // 100}.{fen % 100:02d}"


def _words(reading: Reading, name: str) -> list[str]:
    found = reading.found.get(name)
    return found.words if found else []


def _reason(rule: str, named: Named | tuple[str, str], words: list[str]) -> Reason:
    zh, en = named if isinstance(named, tuple) else (named.zh, named.en)
    return _told(rule, zh, en, tuple(words[:MOST_WORDS]))


@lru_cache(maxsize=REMEMBERED)
def _told(rule: str, zh: str, en: str, words: tuple[str, ...]) -> Reason:
    shown = [word for word in dict.fromkeys(words) if any(map(str.isalnum, word))]
    if shown:
        zh = f"{zh}：{''.join(f'「{word}」' for word in shown)}"
        en = f"{en}: {', '.join(f'“{word}”' for word in shown)}"
    elif not words and rule.startswith(FROM_WORDS):
        zh, en = f"{zh}（据全文判断）", f"{en} (from the text as a whole)"
    return Reason(rule=rule, zh=zh[:LONGEST], en=en[:LONGEST])
