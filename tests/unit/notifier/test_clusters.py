"""Several complaints with one cause: the right staff is told, once, and nobody else."""

from __future__ import annotations

import pytest

from runtime.policy import PolicyError
from services.notifier.composing import LANGUAGES, Composer
from services.notifier.domain.ticket import TicketCase
from tests.support.notifier_rules import TicketStory
from tests.support.notifier_story import (
    SHOP,
    content_of,
    default_policies,
    notifier_policy,
    suspected,
)
from tests.unit.notifier.test_wordings import letter

CLUSTER = "C-1"


def story() -> TicketStory:
    """A cluster that nobody has told of yet."""
    return TicketStory(case=TicketCase(CLUSTER, SHOP))


@pytest.mark.parametrize(
    ("kind", "group"), [("batch", "operations"), ("hub", "operations"),
                        ("same_photo", "supervisor_legal"), ("same_wording", "supervisor_legal")],
)  # fmt: skip
def test_those_who_can_do_something_are_told_once(kind: str, group: str) -> None:
    told = story().tell(suspected(kind=kind), suspected(kind=kind))
    assert [(each.about, each.way.recipient) for each in told] == [(CLUSTER, group)]


def test_it_says_what_they_have_in_common_and_where_to_look() -> None:
    (notice,) = story().tell(suspected())
    composer = Composer(default_policies().notifier)
    chinese, english = (composer.body(letter(notice, code)) for code in LANGUAGES)
    assert "批次B-7" in chinese
    assert "Batch B-7" in english
    assert all(str(notice.params["tickets"]) in said for said in (chinese, english))


def test_it_is_no_dispute_about_an_order() -> None:
    one = story()
    one.tell(suspected())
    assert not one.case.is_dispute


@pytest.mark.parametrize("to", ["customer", "level_group"])
def test_a_policy_that_tells_a_customer_or_a_levels_group_is_refused(to: str) -> None:
    rules = content_of("notifier", "rules")
    changed = [{**rule, "to": to} if rule["rule"] == "cluster" else rule for rule in rules]
    with pytest.raises(PolicyError, match="a group of its own"):
        notifier_policy(rules=changed)
