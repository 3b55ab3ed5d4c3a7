"""The trap of a message that always fails."""

from __future__ import annotations

from tests.support import bus, probe
from tests.support.probe_bench import Bench


async def test_poison_without_limit(bench: Bench) -> None:
    """Poison costs its own key some tries with growing waits, then goes to the dead letters.

    Without parking (`fold`, `Applier._give_up`) it is tried for ever, and its partition stands.
    """
    bench.behaviour.failing = frozenset({"poison"})
    sick, well = f"{bench.schema}-sick", f"{bench.schema}-well"
    # The next try is too far away to come by itself: the others flow while the key is parked.
    await bench.open(max_tries=4, retry_first_ms=600_000, retry_max_ms=600_000)
    await bench.send(
        bus.message(sick, "1"),
        bus.message(sick, "poison"),
        bus.message(sick, "2"),
        *[bus.message(well, str(n)) for n in range(20)],
    )
    await bus.until(bench.tallied(well, 20))

    async def parked() -> bool:
        rows = await bench.rows(probe.queries.parked)
        return [(row["key"], row["tries"]) for row in rows] == [(sick, 1), (sick, 0)]

    await bus.until(parked)
    assert await bench.seen(sick) == ["1"]

    async def buried() -> bool:
        await bench.rows(probe.queries.hurry)
        return [row["reason"] for row in await bench.rows(probe.queries.dead)] == ["rule_failed"]

    await bus.until(buried)
    await bus.until(bench.tallied(sick, 2))
    assert await bench.seen(sick) == ["1", "2"]
    letter = (await bench.rows(probe.queries.dead))[0]
    assert letter["tries"] == 4
    assert letter["detail"].startswith("RuntimeError in on_message")
    assert await bench.rows(probe.queries.parked) == []
