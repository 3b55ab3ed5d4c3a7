"""Every wording can be filled in, in both languages, and there are many of them."""

from __future__ import annotations

from random import Random

from simulator.catalogue import catalogue, phrases, service
from simulator.wording import About, Wording
from simulator.world import World


class Every(Random):
    """Dice that show what they are told: the n-th of every choice."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def choice(self, seq):  # type: ignore[no-untyped-def]
        return seq[self.number % len(seq)]


def test_every_wording_can_be_filled_in(world: World) -> None:
    order = next(order for order in world.orders if order.gift)
    goods, own = catalogue(), phrases()
    said = set()
    for number in range(12):
        wording = Wording(Every(number), own, goods)
        for language in ("zh", "en"):
            about = About(order.person, order, order.lines[0], language)
            texts = [wording.complaint(story, about) for story in own.stories.values()]
            texts += [wording.present(present, about) for present in own.presents.values()]
            assert not any("{" in text or "}" in text for text in texts)
            said.update(texts)
    assert len(said) > 300


def test_there_are_enough_wordings_and_none_twice() -> None:
    stories = phrases().stories.values()
    cores = [core for story in stories for core in (*story.zh, *story.en)]
    assert len(cores) == len(set(cores)) >= 150


def test_every_story_finds_goods_that_fit() -> None:
    traits = set().union(*(product.traits for product in catalogue().products))
    assert {story.needs for story in phrases().stories.values()} - {""} <= traits


def test_complaints_differ(world: World) -> None:
    own = [c.text for c in world.complaints if c.repeat_of is None and c.story != "blackmail"]
    assert len(set(own)) > 0.95 * len(own)
    assert any(c.language == "en" for c in world.complaints)


def test_agents_have_words_for_every_outcome() -> None:
    assert set(service().reasons) == {
        "refund", "return_refund", "exchange", "reship", "repair", "compensation", "explanation",
        "rejected",
    }  # fmt: skip
