"""Of any stories: the same policy changes nothing, and longer targets make nobody late."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.policy import Loaded, SlaPolicy
from services.sla.workbench.migration import previewed
from services.sla.workbench.recorded import Tickets
from services.sla.workbench.replay import replayed
from services.sla.workbench.staffing import Handling
from tests.support.slow_clocks import Happening
from tests.unit.sla.plan_model.test_plan_properties import ticket_of
from tests.unit.sla.test_properties import LAST, SHORT_HOURS, TARGETS, small_policy, stories
from tests.unit.sla.workbench.made_up import head, tickets

NOW = LAST


def longer(by_s: int) -> Loaded:
    sets = [
        {"level": level, "clocks": [{"clock": c, "target_s": s + by_s} for c, s in clocks.items()]}
        for level, clocks in TARGETS.items()
    ]
    content = small_policy().model_dump(mode="json")
    return Loaded(SlaPolicy.model_validate({**content, "targets": sets, "version": "longer"}), None)


SMALL = Loaded(small_policy(), None)
LONGER = [longer(by_s) for by_s in (1, 3, 20)]
told = st.lists(stories(), min_size=1, max_size=4)


def recorded(story: list[list[Happening]], policy: Loaded) -> Tickets:
    """Tickets of a running system with these stories."""
    lines = [
        {
            "ticket_id": str(number),
            "policy_version": policy.rules.version,
            "ledger": [entry.as_json() for entry in ticket_of(each, NOW).ledger()],
        }
        for number, each in enumerate(story)
    ]
    return tickets(head(NOW, policy), *lines)


@settings(max_examples=50)
@given(told, st.sampled_from([SMALL, Loaded(SHORT_HOURS, None)]))
def test_the_same_policy_changes_nothing(story: list[list[Happening]], policy: Loaded) -> None:
    answer = replayed(recorded(story, policy), policy, None, Handling())
    assert (answer["tickets"], answer["changed"], answer["unreadable"]) == (len(story), 0, 0)
    assert answer["staffing"]["before"] == answer["staffing"]["after"]


@settings(max_examples=50)
@given(told, st.sampled_from(LONGER))
def test_longer_targets_make_nobody_late(story: list[list[Happening]], new: Loaded) -> None:
    answer = replayed(recorded(story, SMALL), new, None, Handling())
    late = answer["late"]
    assert (late["newly"], answer["unreadable"]) == (0, 0)
    assert late["before"] - late["no_longer"] == late["after"]
    for row in answer["clocks"]:
        assert row["after"]["clocks"] == row["before"]["clocks"]
        assert row["after"]["breached"] <= row["before"]["breached"]
    preview = previewed(recorded(story, SMALL), new)
    assert preview["breached_at_once"] == 0
    assert preview["ended"] + preview["moving"] == len(story)
    assert not any(row["earlier"] or row["starts"] or row["ends"] for row in preview["by_clock"])


@settings(max_examples=50)
@given(told, st.sampled_from(LONGER))
def test_back_again_is_the_other_way_round(story: list[list[Happening]], other: Loaded) -> None:
    there = replayed(recorded(story, SMALL), other, SMALL, Handling())
    back = replayed(recorded(story, SMALL), SMALL, other, Handling())
    assert (there["changed"], there["late"]["no_longer"]) == (
        back["changed"], back["late"]["newly"],
    )  # fmt: skip
    assert there["staffing"]["before"] == back["staffing"]["after"]
