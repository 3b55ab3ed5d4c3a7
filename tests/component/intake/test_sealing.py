"""Sealing beside and inside transactions, and for people whose key was destroyed."""

from __future__ import annotations

import pytest

from runtime.clock import new_id
from runtime.database import Database
from runtime.sealed import PersonForgottenError, Sealer, key_id
from schemas.persons import PHONE, text_field
from tests.component.intake.test_bursts import burst, codes
from tests.component.intake.test_privacy import CONTACT, SAID, opened_box
from tests.component.intake.world import MASTER_KEY, World, complaint


class UndoneError(Exception):
    """Rolls a transaction back."""


async def own_database(world: World) -> Database:
    """One with a single connection: a second one would be waited for in vain."""
    url = world.service.settings.database_url.get_secret_value()
    return await Database.connect(url, name="sealing", pool=1)


async def forget(laid_out: str, shop: str, person: str) -> None:
    owner = await Database.connect(laid_out, name="owner", pool=1)
    text = (
        "UPDATE keyring.person_key SET wrapped = NULL, destroyed_at = clock_timestamp() "
        "WHERE key_id = $1"
    )
    async with owner.transaction() as tx:
        assert await tx.execute(text, key_id(shop, person)) == 1
    await owner.close()


async def seal_and_undo(database: Database, sealer: Sealer, whose: tuple[str, str]) -> None:
    shop, person = whose
    async with database.transaction() as tx:
        await sealer.seal_many(shop, [(person, PHONE, "1")], tx)
        raise UndoneError


async def test_inside_a_transaction_no_second_connection_is_asked_for(world: World) -> None:
    database = await own_database(world)
    sealer = Sealer(database, MASTER_KEY)
    async with database.transaction() as tx:
        boxes = await sealer.seal_many(world.shop, [("C-1", PHONE, "1"), ("C-2", PHONE, "2")], tx)
    told = [("C-1", PHONE, boxes[0]), ("C-2", PHONE, boxes[1])]
    assert await world.sealer.open_many(world.shop, told) == ["1", "2"]
    await database.close()


async def test_a_key_that_was_rolled_back_is_not_used_again(world: World) -> None:
    database = await own_database(world)
    sealer, person = Sealer(database, MASTER_KEY), f"C-{new_id()}"
    with pytest.raises(UndoneError):
        await seal_and_undo(database, sealer, (world.shop, person))
    (box,) = await sealer.seal_many(world.shop, [(person, PHONE, "2")])
    assert await world.sealer.open_many(world.shop, [(person, PHONE, box)]) == ["2"]
    await database.close()


async def test_somebody_who_was_forgotten_costs_no_neighbour(world: World, laid_out: str) -> None:
    twin = Sealer(world.service.database, MASTER_KEY)
    await twin.seal_many(world.shop, [("C-1", PHONE, "1")])
    await forget(laid_out, world.shop, "C-1")
    with pytest.raises(PersonForgottenError):
        await Sealer(world.service.database, MASTER_KEY).seal_many(
            world.shop, [("C-1", PHONE, "1"), ("C-2", PHONE, "2")]
        )
    items = [
        complaint("c-1", customer_id="C-1", contact=CONTACT),
        complaint("c-2", customer_id="C-2", contact=CONTACT),
        complaint("c-3", customer_id="C-1"),
    ]
    assert codes(await burst(world, items)) == [
        (409, "person_forgotten"), (201, ""), (201, ""),
    ]  # fmt: skip
    status, answer = await world.open("c-4", customer_id="C-1", text=SAID)
    assert (status, answer["code"]) == (409, "person_forgotten")


async def test_joining_somebody_elses_ticket_needs_no_key_of_ones_own(
    world: World, laid_out: str
) -> None:
    """Whoever complains about the order of another is not asked for: the ticket's person is."""
    await world.opened("c-1", order_id="O-1", customer_id="C-1")
    await Sealer(world.service.database, MASTER_KEY).seal_many(world.shop, [("C-2", PHONE, "1")])
    await forget(laid_out, world.shop, "C-2")
    (answer,) = await burst(world, [complaint("c-2", order_id="O-1", customer_id="C-2", text=SAID)])
    assert answer["joined"] is True
    message = (await world.published())[1]["data"]
    field = text_field(message["message_id"])
    assert await opened_box(world, message["original"], "C-1", field) == SAID
