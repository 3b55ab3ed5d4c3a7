"""What Triaged tells besides its answers: who read along, how sure, which day and language."""

from __future__ import annotations

from datetime import date

from services.triage.domain import Triager, triaged_of
from tests.unit.triage.complaints import NOW, opened, triaged, triager


def test_the_model_and_how_sure_it_is() -> None:
    told = triaged("快递一直不更新，物流三天没动了")
    assert told.model_version == triager().model
    assert told.confidence is not None
    sure = told.confidence.model_dump()
    assert sure.keys() == {"problem_class", "level", "safety", "threat", "emotion"}
    assert all(isinstance(share, int) and 0 < share <= 1000 for share in sure.values())


def test_nothing_is_claimed_where_no_class_was_recognised() -> None:
    told = triaged("在吗")
    assert told.route == "human_triage"
    assert told.confidence is not None
    assert told.confidence.problem_class is None


def test_words_alone_claim_nothing() -> None:
    ticket = opened("快递一直不更新").data
    alone = Triager(triager().rules)
    told = triaged_of(ticket, alone.verdict(ticket), alone.rules, NOW, alone.model)
    assert (told.model_version, told.confidence) == (None, None)


def test_the_day_and_the_language() -> None:
    told = triaged("6月20日我妈生日，台灯颜色不对")
    assert told.occasion is not None
    assert (told.occasion.name, told.occasion.on) == ("birthday", date(2026, 6, 20))
    assert told.read_language == "zh"
    english = triaged("The lamp has not arrived yet, where is it?")
    assert (english.read_language, english.occasion, english.language) == ("en", None, "zh")
