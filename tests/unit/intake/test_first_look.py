"""The first look: cheap, generous, and the same ticket stays in its lane or rises."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from runtime.policy import load_policy
from schemas.orders import OrderPlaced
from schemas.values import Gift
from services.intake.domain.closing import hurry
from services.intake.domain.commands import RecordCall
from services.intake.domain.conversation import Conversation, record_call
from services.intake.domain.openings import Openings, open_ticket
from services.intake.domain.policy import FirstLook
from services.intake.policy import IntakePolicy
from services.triage.policy import TriagePolicy
from tests.unit.intake import tickets as make
from tests.unit.triage.complaints import triaged

LOOK = load_policy(Path("policies/default"), "intake", IntakePolicy).first_look
DANGEROUS = (
    "充电宝半夜冒烟了", "孩子吃了拉肚子", "The kettle gave me an electric SHOCK", "里面有虫子",
    "妈妈生日要用的", "needs to be here for the wedding", "花了3299买的,屏幕坏了", "花了三千多",
)  # fmt: skip


def worth(paid_fen: int) -> OrderPlaced:
    return make.placed().model_copy(update={"paid_fen": paid_fen})


@pytest.mark.parametrize("text", DANGEROUS)
def test_words_of_danger_days_and_high_prices_go_ahead(text: str) -> None:
    assert LOOK.lane(text, None) == "urgent"


@pytest.mark.parametrize("text", ["快递怎么还没到", "颜色和图片不一样", "It does not fit", ""])
def test_the_usual_complaint_does_not(text: str) -> None:
    assert LOOK.lane(text, None) == "routine"


@pytest.mark.parametrize("text", DANGEROUS)
def test_it_misses_nothing_that_triage_finds_in_words(text: str) -> None:
    """Generous: what triage calls L1 went ahead already. The other way round it need not hold."""
    if triaged(text).level == "L1":
        assert LOOK.lane(text, None) == "urgent"


def test_it_knows_every_word_of_danger_and_every_feast_that_triage_knows() -> None:
    """The two lists are kept apart, each with its service; this holds them together."""
    triage = load_policy(Path("policies/default"), "triage", TriagePolicy)
    kinds = [*triage.safety.values(), triage.signs["birthday"], triage.signs["festival"]]
    said = {
        word.removesuffix("*").replace("#", "3")
        for kind in kinds
        for phrase in kind.says
        if "~" not in phrase
        for word in phrase.split("|")
    }
    assert len(said) > 300
    assert not [word for word in sorted(said) if LOOK.lane(f"{word} ", None) != "urgent"]


def test_a_dear_order_and_a_dated_present_go_ahead() -> None:
    dated = Gift(occasion="birthday", needed_by=make.NOW + timedelta(days=2))
    assert LOOK.lane("?", worth(200_001)) == "urgent"
    assert LOOK.lane("?", worth(200_000)) == "routine"
    assert LOOK.lane("?", make.placed(gift=dated)) == "urgent"
    assert LOOK.lane("?", make.placed(gift=Gift(occasion="birthday"))) == "routine"


def test_without_a_policy_nothing_goes_ahead() -> None:
    assert FirstLook().lane(DANGEROUS[0], worth(9_999_999)) == "routine"


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert LOOK.lane("。" * LOOK.read_at_most + "冒烟", None) == "routine"


def test_a_ticket_keeps_its_lane_and_tells_everything_in_it() -> None:
    rules = make.RULES.model_copy(update={"first_look": LOOK})
    asked = make.told(make.complaint(text="插座冒烟了"))
    opening = open_ticket(Openings("k"), asked, rules, make.NOW)
    assert opening.case is not None
    (ticket,) = opening.case.moved.values()
    assert (opening.lane, ticket.lane) == ("urgent", "urgent")


def test_triage_may_make_a_ticket_urgent_and_nobody_makes_it_routine_again() -> None:
    ticket = make.ticket()
    found = make.told(triaged("漏电了").model_copy(update={"ticket_id": ticket.ticket_id}))
    risen = hurry(ticket, found, None, make.NOW)
    assert risen.case is not None
    assert risen.case.lane == "urgent"
    assert hurry(risen.case, found, None, make.NOW).case is None
    call = RecordCall(
        ticket_id=ticket.ticket_id, call_id="c", agent_id="a", started_at=make.NOW, duration_s=60,
        answered=True,
    )  # fmt: skip
    told = record_call(Conversation(risen.case), make.told(call), make.RULES, make.NOW)
    assert told.lane == "urgent"
    assert hurry(None, found, None, make.NOW).case is None
