"""Wordings: every one renders in both languages with the facts that rules give, in a fit tone."""

from __future__ import annotations

import re
from typing import Any, get_args
from uuid import UUID, uuid5

import pytest

from schemas.orders import ReceiptConfirmed
from schemas.sla import ClockName
from schemas.values import Language
from services.notifier.channels.sms_text import billed_parts
from services.notifier.composing import LANGUAGES, TEMPLATES, Composer, WordingError
from services.notifier.domain.notice import Notice
from services.notifier.ledger import Letter
from tests.support.notifier_rules import PHONE, OrderStory, TicketStory
from tests.support.notifier_story import (
    ORDER,
    at,
    breach,
    default_policies,
    notifier_policy,
    opened,
    placed,
    reopened,
    resolved,
    shipped,
    suspected,
    triaged,
    warning,
)

POLICY = default_policies().notifier
COMPOSER = Composer(POLICY)
RECEIVED = ReceiptConfirmed(order_id=ORDER, received_at=at(3 * 86_400))
CHEERFUL = re.compile(
    r"亲[,，~]|哈|恭喜|祝您|愉快|开心|么么|感谢您的支持|[!！~～😀-🙏]"
    r"|\b(happy|great|enjoy|congrat\w*|glad|cheer\w*|lovely|thrilled|excit\w*)\b",
    re.IGNORECASE,
)
DISPUTE = [name for name in POLICY.templates if name.startswith(("acknowledged", "resolved"))]


def letter(notice: Notice, language: Language | None = None, **changes: Any) -> Letter:
    """The notice in the sender's hands."""
    values: dict[str, Any] = {
        "id": notice.id,
        "shop_id": notice.origin.shop_id,
        "about": notice.about,
        "recipient": notice.way.recipient,
        "step": notice.step,
        "lane": notice.way.channels[0],
        "provider": notice.way.provider,
        "template": notice.template,
        "language": language or notice.way.language,
        "params": notice.params,
        "phone": notice.way.phone,
        "correlation": notice.origin.correlation,
        "cause": notice.origin.cause,
        "traceparent": None,
        "tries": 1,
        "tried_at": None,
        "state": "sending",
        "age_s": 0.0,
        "asked": 0,
    }
    return Letter(**(values | changes))


def every_notice() -> dict[str, Notice]:
    """One of each template, as the rules really plan them."""
    found: list[Notice] = []
    for level, emotion in (("L1", "calm"), ("L2", "calm"), ("L2", "angry"), ("L3", "annoyed")):
        found += TicketStory().tell(opened(), triaged(level=level, emotion=emotion))
    for route in ("human_triage", "second_line"):
        found += TicketStory().tell(opened(), triaged(route=route))
    ends: tuple[Any, ...] = ("refund", "exchange", "explanation", "rejected", "withdrawn")
    for outcome in ends:
        found += TicketStory().tell(opened(), triaged(), resolved(outcome=outcome))
    found += TicketStory().tell(opened(), triaged(), warning(), breach(), resolved(), reopened())
    found += TicketStory().tell(suspected())
    for order in (placed(), placed(high_value=True)):
        story = OrderStory()
        story.tell(order, shipped())
        found += story.wait("after_shipping")
        found += story.wait("expected_delivery_day")
    story = OrderStory()
    story.tell(placed(), shipped(), RECEIVED)
    found += story.wait("week_after_receipt")
    return {notice.template: notice for notice in found}


NOTICES: dict[str, Notice] = {}


@pytest.fixture(autouse=True)
def notices() -> dict[str, Notice]:
    NOTICES.update(NOTICES or every_notice())
    return NOTICES


def test_the_rules_use_every_wording(notices: dict[str, Notice]) -> None:
    assert set(notices) == set(POLICY.templates)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(POLICY.templates))
def test_it_renders_whole(name: str, language: Language, notices: dict[str, Notice]) -> None:
    said = COMPOSER.body(letter(notices[name], language))
    assert said
    assert not re.search(r"[{}]|None|\bfen\b|_", said)
    assert ("。" in said or "，" in said or "剩" in said or "超时" in said) is (language == "zh")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DISPUTE)
def test_nothing_cheerful_in_a_dispute(name: str, language: Language) -> None:
    text = (TEMPLATES / language / f"{name}.j2").read_text(encoding="utf-8")
    assert not CHEERFUL.search(text), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_feelings_come_first_when_somebody_is_angry(language: Language) -> None:
    for name in ("acknowledged_angry", "acknowledged_urgent"):
        text = (TEMPLATES / language / f"{name}.j2").read_text(encoding="utf-8")
        assert text.startswith({"zh": "非常抱歉", "en": "We are very sorry"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [n for n, t in POLICY.templates.items() if t.sms])
def test_an_sms_has_its_variables(
    name: str, language: Language, notices: dict[str, Notice]
) -> None:
    sent = letter(notices[name], language, phone=PHONE)
    message = COMPOSER.sms(sent, "13800000001")
    assert message.template_code == POLICY.templates[name].sms[language]
    assert set(message.template_params) == set(POLICY.templates[name].params)
    text = (TEMPLATES / language / f"{name}.j2").read_text(encoding="utf-8")
    assert set(re.findall(r"{{ (\w+) }}", text)) == set(message.template_params)
    words = COMPOSER.body(sent)
    for value in message.template_params.values():
        assert 0 < len(value) <= 35
        assert value in words
    assert billed_parts(words, "好店") <= (2 if language == "zh" else 4)


def test_codes_are_not_used_twice() -> None:
    codes = [code for template in POLICY.templates.values() for code in template.sms.values()]
    assert len(codes) == len(set(codes))


def test_facts_become_words(notices: dict[str, Notice]) -> None:
    warned = notices["clock_warning"]
    assert COMPOSER.body(letter(warned)) == "首次致电剩7分钟30秒，1月4日12:15到期"
    assert (
        COMPOSER.body(letter(warned, "en"))
        == "first contact: 7 min 30 s left, due 2026-01-04 12:15"
    )
    refund = COMPOSER.body(letter(notices["resolved_refund"]))
    assert "退款159.00元" in refund


def test_every_clock_has_words() -> None:
    for language in LANGUAGES:
        words = COMPOSER._words[language]["words"]
        assert set(words["clock"]) == set(get_args(ClockName))
        assert set(COMPOSER._words[language]["titles"]) >= {
            name for name, template in POLICY.templates.items() if not template.sms
        }


def test_an_unknown_product_has_words(notices: dict[str, Notice]) -> None:
    bare = notices["acknowledged"]
    without = letter(bare, params={**bare.params, "product": ""})
    assert COMPOSER.sms(without, "1").template_params["product"] == "您的商品"


def test_what_customers_write_is_never_a_template(notices: dict[str, Notice]) -> None:
    bare = notices["call_task"]
    evil = letter(bare, params={**bare.params, "product": "{{ 7*7 }}{% raw %}<at id=all>"})
    assert "{{ 7*7 }}" in COMPOSER.body(evil)


def test_a_wording_that_lacks_a_fact_is_an_error_and_staff_is_told_all_the_same(
    notices: dict[str, Notice],
) -> None:
    bare = letter(notices["call_task"], params={})
    with pytest.raises(WordingError):
        COMPOSER.body(bare)
    bundle = COMPOSER.bundle([bare], limit_bytes=2000, markdown=False)
    assert bare.about in bundle.message.text
    assert bare.reference in bundle.message.text


def test_a_bundle_counts_and_keeps_within_the_limit(notices: dict[str, Notice]) -> None:
    one = notices["clock_breached"]
    space = UUID(int=1)
    many = [letter(one, about=f"t-{n}", id=uuid5(space, str(n))) for n in range(50)]
    bundle = COMPOSER.bundle(many, limit_bytes=2048, markdown=False)
    assert len(bundle.message.text.encode()) <= 2048
    assert 5 < len(bundle.letters) < 50
    assert bundle.message.text.startswith(f"共{len(bundle.letters)}条：时限超时")
    for each in bundle.letters:
        assert each.reference in bundle.message.text
    single = COMPOSER.bundle(many[:1], limit_bytes=10, markdown=False)
    assert single.letters == tuple(many[:1])
    assert single.message.out_id == str(many[0].id)
    assert "\n" not in single.message.text


def test_a_repeat_says_that_it_may_be_one(notices: dict[str, Notice]) -> None:
    again = letter(notices["call_task"], step=2)
    bundle = COMPOSER.bundle([again], limit_bytes=2000, markdown=False)
    assert "可能重复" in bundle.message.text


def test_a_policy_with_a_wording_that_is_not_there_is_refused() -> None:
    templates = POLICY.model_dump(mode="json")["templates"] | {"missing": {}}
    with pytest.raises(Exception, match="missing"):
        Composer(notifier_policy(templates=templates))
