"""No flapping, whatever customers write, and in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.proposal import more_urgent
from tests.unit.triage.complaints import triager
from tests.unit.triage.story import Ticket

SAYINGS = (
    "在吗", "请问这个怎么用，不会设置", "客服骂人，态度太差了", "快递三天没动了，物流不更新",
    "东西是坏的，要退货退款", "我要打12315投诉你们", "漏电了，手被电麻了",
    "拆封了就不给退？凭什么拒绝退货",
    "花了2600块买的", "妈妈明天生日要用的", "谢谢", "气死我了，骗子",
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=14))
def test_whatever_customers_write_levels_only_rise_and_changes_are_few(said: list[str]) -> None:
    ticket = Ticket(said[0])
    for number, text in enumerate(said[1:], 1):
        ticket.says(text, minutes=15 * number)
    rises = [told for told in ticket.told if more_urgent(told.level, told.was_level)]
    others = [told for told in ticket.told if told not in rises]
    assert all(told.level == told.was_level for told in others)
    assert len(others) <= triager().rules.retriage.at_most
    assert len(rises) <= 2
    levels = [told.was_level for told in ticket.told][1:]
    assert levels == [told.level for told in ticket.told][:-1]
    assert ticket.told == [] or ticket.told[-1].level == ticket.case.level
