"""Tickets judged anew: rises at once, all else rarely; a person's word stays; no text is kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from schemas.envelope import Payload
from schemas.tickets import TicketReopened
from schemas.triage import Retriaged
from services.triage.domain.picture import Picture
from services.triage.domain.proposal import Proposal
from services.triage.domain.retriage import decided
from tests.unit.triage.complaints import NOW, triager
from tests.unit.triage.story import MINUTE, Ticket, known, message, sorted_as


def test_a_danger_told_later_is_urgent_at_once() -> None:
    ticket = Ticket("电热毯不太热")
    (told,) = ticket.says("刚才插上电，漏电把我电了一下")
    assert (told.cause, told.was_level, told.level, told.route) == (
        "message", "L2", "L1", "urgent_group",
    )  # fmt: skip
    assert told.safety
    assert "漏电" in told.reasons[0].zh
    assert told.reasons[1].rule == "retriage.message"
    assert ticket.says("漏电，快处理") == []


def test_what_is_urgent_is_told_in_the_urgent_lane_for_ever() -> None:
    ticket = Ticket("电热毯不太热")
    assert ticket.tell(message("漏电了")).lane == "urgent"
    lowered = ticket.tell(sorted_as(level="L2"))
    assert lowered.lane == "urgent"
    assert (ticket.told[-1].level, ticket.told[-1].was_level) == ("L2", "L1")


def test_an_order_that_comes_late_raises_the_level() -> None:
    ticket = Ticket("台灯还没收到，什么时候到", order_id="O-1", line_id="L1")
    decision = ticket.tell(known(paid_fen=250_000))
    (told,) = ticket.told
    assert (told.cause, told.was_level, told.level) == ("order", "L2", "L1")
    assert told.triaged_at == NOW + MINUTE
    assert decision.lane == "urgent"
    assert "2500.00" in told.reasons[0].zh


@pytest.mark.parametrize("paid_fen", [100, 200_000])
def test_an_order_that_changes_nothing_is_not_told(paid_fen: int) -> None:
    ticket = Ticket("台灯还没收到，什么时候到", order_id="O-1", line_id="L1")
    ticket.tell(known(paid_fen=paid_fen))
    assert ticket.told == []
    assert ticket.picture.facts.value_fen == paid_fen


def test_the_order_knows_the_price_better_than_the_text() -> None:
    ticket = Ticket("花了3000块买的，颜色和页面不一样", order_id="O-1")
    assert ticket.case.level == "L1"
    ticket.tell(known(paid_fen=9_900))
    assert [(told.was_level, told.level) for told in ticket.told] == [("L1", "L2")]


def test_a_level_falls_by_no_message() -> None:
    ticket = Ticket("电热毯漏电")
    assert ticket.says("看错了，没有漏电，就是颜色不喜欢") == []
    assert ticket.case.level == "L1"


def test_messages_that_say_now_this_now_that_are_told_three_times_at_most() -> None:
    ticket = Ticket("在吗")
    texts = ["这个怎么用啊，不会设置，请问怎么连接", "客服态度太差了，骂人，我要投诉",
             "物流太慢了，还没到，快递一直不更新", "东西是坏的，质量太差了，要退货"]  # fmt: skip
    for number in range(100):
        ticket.says(texts[number % len(texts)], minutes=20 * number)
    assert 1 <= len(ticket.told) <= 3
    assert {told.level for told in ticket.told} == {"L2"}


def test_a_message_makes_clear_what_nobody_could_sort() -> None:
    ticket = Ticket("在吗")
    assert ticket.case.route == "human_triage"
    (told,) = ticket.says("快递一直不更新，物流三天没动了，什么时候能到")
    assert (told.problem_class, told.was_route) == ("logistics", "human_triage")
    assert told.route != "human_triage"


def test_several_short_messages_are_not_asked_again_but_one_after_a_while_is() -> None:
    ticket = Ticket("请问这个手环怎么连接手机，不会设置")
    assert ticket.case.route == "bot"
    assert ticket.says("怎么弄呀", minutes=1) == []
    assert ticket.says("谢谢", minutes=30) == []
    (told,) = ticket.says("还是连不上，怎么办", minutes=31)
    assert (told.route, told.was_route, told.level) == ("second_line", "bot", "L2")


def test_who_has_tried_already_goes_to_the_second_line_and_others_do_not() -> None:
    tried = Ticket("手环连不上手机，按说明书弄了还是不行，重启过了还是连不上，怎么办")
    assert (tried.case.problem_class, tried.case.route) == ("usage", "second_line")
    broken = Ticket("买来就是坏的，试了几次还是没反应，质量太差，要求退货退款")
    assert broken.case.route != "second_line"
    angry = Ticket("按说明书弄了还是连不上，垃圾骗子，气死我了，我要打12315投诉")
    assert angry.case.route == "urgent_group"


def test_a_reopened_question_goes_to_an_expert_and_anything_else_stays() -> None:
    ticket = Ticket("请问这个手环怎么连接手机，不会设置")
    again = TicketReopened(ticket_id="T-1", reason="not done", reopened_at=NOW)
    ticket.tell(again)
    assert [(told.cause, told.route) for told in ticket.told] == [("reopening", "second_line")]
    parcel = Ticket("快递一直不更新，物流三天没动了")
    parcel.tell(again)
    assert parcel.told == []


def test_a_person_decides_and_no_machine_decides_after() -> None:
    ticket = Ticket("在吗")
    ticket.tell(sorted_as(problem_class="usage", subtype="fault_help", route="second_line"))
    (told,) = ticket.told
    assert (told.cause, told.agent_id, told.problem_class, told.subtype, told.route) == (
        "person", "agent-7", "usage", "fault_help", "second_line",
    )  # fmt: skip
    assert told.was_route == "human_triage"
    assert ticket.says("快递一直不更新，物流三天没动了", minutes=60) == []
    ticket.tell(known(paid_fen=900_000))
    assert len(ticket.told) == 1
    assert (ticket.case.level, ticket.case.route) == ("L2", "second_line")


def test_only_a_danger_that_comes_to_light_overrules_a_person() -> None:
    ticket = Ticket("在吗")
    ticket.tell(sorted_as(problem_class="usage", level="L2"))
    (told,) = ticket.says("插上电就漏电，把孩子电到了", minutes=60)
    assert (told.level, told.cause) == ("L1", "message")
    known_danger = Ticket("电热毯漏电")
    known_danger.tell(sorted_as(level="L2"))
    assert known_danger.says("真的漏电", minutes=60) == []
    assert known_danger.case.level == "L2"


def test_a_person_who_confirms_is_heard_too() -> None:
    ticket = Ticket("在吗")
    ticket.tell(sorted_as())
    (told,) = ticket.told
    assert (told.problem_class, told.level) == (told.was_class, told.was_level)
    assert told.route != "human_triage"


def test_a_subtype_that_the_policy_does_not_have_is_left_out() -> None:
    ticket = Ticket("快递一直不更新")
    before = ticket.case.subtype
    ticket.tell(sorted_as(problem_class="logistics", subtype="no_such_thing"))
    assert ticket.told[-1].subtype == before


def test_a_second_opinion_may_change_the_class_but_not_take_a_danger_away() -> None:
    unsure = Ticket("在吗")
    proposal = Proposal(cause="second_opinion", problem_class="logistics", confidence=0.9)
    (told,) = decided(unsure.case, proposal, triager(), NOW).events
    assert isinstance(told, Retriaged)
    assert (told.cause, told.problem_class) == ("second_opinion", "logistics")
    danger = Ticket("电热毯漏电")
    lower = Proposal(cause="second_opinion", level="L2")
    assert decided(danger.case, lower, triager(), NOW).events == ()
    danger.tell(sorted_as(level="L3"))
    assert decided(danger.case, proposal, triager(), NOW).events == ()


def test_a_second_opinion_is_one_of_the_changes_that_the_policy_allows() -> None:
    ticket = Ticket("在吗")
    most = triager().rules.retriage.at_most
    spent = replace(ticket.case, picture=replace(ticket.picture, changes=most))
    proposal = Proposal(cause="second_opinion", problem_class="logistics")
    assert decided(spent, proposal, triager(), NOW).events == ()
    assert decided(ticket.case, proposal, triager(), NOW).events != ()


def test_what_is_kept_comes_back_and_holds_no_text() -> None:
    ticket = Ticket("张三买的台灯底座裂开了，气死我了", watched=True)
    ticket.says("我住幸福路18号，赶紧退货退款，不然打12315")
    kept = json.dumps(ticket.picture.as_json(), ensure_ascii=False)
    assert Picture.from_json(json.loads(kept)) == ticket.picture
    assert not [word for word in ("张三", "幸福", "台灯", "裂开") if word in kept]


def test_what_an_older_version_kept_can_be_read() -> None:
    old = {"problem_class": "usage", "subtype": "how_to", "nature": "subjective",
           "channel": "douyin", "facts": {}, "no_longer_known": 1}  # fmt: skip
    assert Picture.from_json(old).problem_class == "usage"


@pytest.mark.parametrize(
    "payload",
    [message("漏电"), known(paid_fen=900_000), sorted_as(level="L1"),
     TicketReopened(ticket_id="T-1", reason="x", reopened_at=NOW)],
)  # fmt: skip
def test_a_ticket_without_a_picture_stays_as_it_is(payload: Payload) -> None:
    ticket = Ticket("在吗")
    ticket.case = replace(ticket.case, picture=None)
    assert ticket.tell(payload).case is None
    assert ticket.told == []


def test_names_that_the_policy_has_given_up_are_forgotten() -> None:
    ticket = Ticket("电热毯漏电")
    strange = replace(ticket.picture, subtype="gone", safety=("gone",), demands=(), signs=("gone",))
    ticket.case = replace(ticket.case, picture=strange)
    ticket.tell(sorted_as())
    assert ticket.told[-1].subtype != "gone"


def test_a_day_that_was_told_once_is_not_forgotten() -> None:
    ticket = Ticket("6月20日我妈生日，台灯颜色不对")
    assert ticket.picture.occasion == ("birthday", "2026-06-20")
    ticket.says("请尽快处理")
    ticket.tell(sorted_as(level="L2"))
    told = ticket.told[-1].occasion
    assert told is not None
    assert (told.name, str(told.on)) == ("birthday", "2026-06-20")
