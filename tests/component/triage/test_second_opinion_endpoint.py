"""The endpoint behind its time limit and breaker, against the stand-in: every way to answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.triage.domain.asking_policy import AskingRules
from services.triage.second_opinion.endpoint import Account, Endpoint
from services.triage.second_opinion.wire import SecondOpinion, Silent, Unusable
from services.triage.settings import TriageSettings
from tests.support.second_opinion_world import KEY, World, second_opinion_world, unsure_triager


@pytest.fixture
async def near(settings: TriageSettings, tmp_path: Path) -> AsyncIterator[World]:
    async with second_opinion_world(settings, tmp_path) as made:
        yield made


def endpoint(world: World, url: str | None = None, **asked: Any) -> Endpoint:
    rules: AskingRules | None = unsure_triager(**asked).rules.second_opinion
    assert rules is not None
    return Endpoint(Account(url or world.url, KEY, "some-model", "x"), rules, world.clock)


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ({"manner": "fine"}, SecondOpinion("logistics", 0.93)),
        ({"manner": "fine", "answers": "usage", "confidence": 1}, SecondOpinion("usage", 1.0)),
        ({"manner": "not_sure"}, SecondOpinion("logistics", 0.3)),
        ({"manner": "hostile"}, Unusable("extra_forbidden")),
        ({"manner": "wrong_class"}, Unusable("literal_error")),
        ({"manner": "chatty"}, Unusable("not_json")),
        ({"manner": "status_400"}, Unusable("http_400", "refused")),
        ({"manner": "status_413"}, Unusable("http_413", "refused")),
        ({"manner": "status_422"}, Unusable("http_422", "refused")),
        ({"manner": "status_500"}, Silent("failed", "http_500")),
        ({"manner": "too_many", "retry_after_s": 7}, Silent("refused", "http_429", 7.0)),
        ({"manner": "unauthorized"}, Silent("refused", "http_401")),
        ({"manner": "redirect"}, Silent("failed", "http_307")),
        ({"manner": "no_json"}, Silent("failed", "no chat completion: not_json")),
        ({"manner": "no_completion"}, Silent("failed", "no chat completion: no content")),
        ({"manner": "oversized"}, Silent("failed", "the answer is too long")),
        ({"manner": "silent"}, Silent("timeout", "no answer in time")),
        ({"manner": "slow", "wait_s": 20.0}, Silent("timeout", "no answer in time")),
    ],
)
async def test_every_answer_is_told_for_what_it_is(
    near: World, how: dict[str, Any], answer: object
) -> None:
    near.behave(**how)
    async with endpoint(near) as asked:
        assert await asked.ask("到底怎么回事") == answer


async def test_nobody_there_is_a_failure(near: World) -> None:
    async with endpoint(near, "http://127.0.0.1:9/v1/chat/completions") as asked:
        answered = await asked.ask("到底怎么回事")
    assert isinstance(answered, Silent)
    assert (answered.result, "127" in answered.reason) == ("failed", False)


async def test_the_breaker_opens_by_failures_and_closes_by_its_clock(near: World) -> None:
    near.behave(manner="status_500")
    async with endpoint(near, breaker_failures=3, breaker_open_s=20) as asked:
        for _ in range(3):
            assert await asked.ask("x") is not None
        assert await asked.ask("x") is None
        assert (asked.breaker, asked.closed_for_s) == ("open", 20.0)
        near.clock.now_s += 20
        assert await asked.ask("x") == Silent("failed", "http_500")
        assert asked.closed_for_s == 40.0
        near.clock.now_s += 40
        near.behave(manner="fine")
        assert await asked.ask("x") == SecondOpinion("logistics", 0.93)
        assert not asked.wary
    assert len(near.received()) == 5


@pytest.mark.parametrize("manner", ["chatty", "status_400", "status_413", "status_422"])
async def test_a_useless_answer_proves_the_endpoint_alive(near: World, manner: str) -> None:
    near.behave(manner=manner)
    async with endpoint(near, breaker_failures=1) as asked:
        await asked.ask("x")
        assert not asked.wary


async def test_a_named_wait_is_kept_at_once(near: World) -> None:
    near.behave(manner="too_many", retry_after_s=90)
    async with endpoint(near) as asked:
        await asked.ask("x")
        assert asked.closed_for_s == 90.0
