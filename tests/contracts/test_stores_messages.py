"""What every database promises of the inbox, the outbox and what the conversation remembers."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from core.records import NewParcel, Notice, Parcel, Scope, Update
from tests.databases import CONSOLE, NOON, House

SECRET = b"a marker that stands for words"


async def put(house: House, person: int, origin: str, job: int | None = None, payload: bytes = SECRET) -> None:
    async with house.database.transaction() as tx:
        new = NewParcel(person, Notice.REPLY, origin, job, payload)
        await house.storage.outbox.add(tx, new, house.clock.now())


async def send(house: House, scope: Scope = CONSOLE) -> Parcel | None:
    return await house.storage.outbox.next(scope, house.clock.now(), 30)


async def arrived(house: House, parcel: Parcel) -> None:
    async with house.database.transaction() as tx:
        await house.storage.outbox.sent(tx, parcel.id, house.clock.now())


async def test_messages_go_one_of_each_person_at_a_time_in_order_and_lose_their_content(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    for person, origin in ((ada, "a1"), (ada, "a2"), (bob, "b1")):
        await put(house, person, origin, payload=origin.encode())
    first, other = await send(house), await send(house)
    assert first
    assert other
    assert [(p.payload, p.attempts, p.unsure) for p in (first, other)] == [(b"a1", 1, False), (b"b1", 1, False)]
    assert await send(house) is None  # Ada's second one waits for her first.
    await arrived(house, first)
    second = await send(house)
    assert second
    assert second.payload == b"a2"
    rows = await house.rows("SELECT state, payload FROM outbox WHERE id = $1", first.id)
    assert rows == [{"state": "sent", "payload": None}]


async def test_a_message_of_one_origin_is_put_in_once(house: House):
    ada = await house.person()
    await asyncio.gather(*(put(house, ada, "same") for _ in range(6)))
    assert await house.count("outbox") == 1


async def test_a_message_is_sealed_and_one_to_somebody_erased_is_not_kept(house: House):
    ada = await house.person()
    await put(house, ada, "a")
    assert SECRET not in bytes((await house.rows("SELECT payload FROM outbox"))[0]["payload"])
    await put(house, ada + 1, "b")
    assert await house.count("outbox") == 1


async def test_a_message_whose_sender_has_died_comes_again_and_says_that_it_may_have_arrived(house: House):
    await put(house, await house.person(), "a")
    first = await send(house)
    assert first
    house.clock.wait(seconds=29)
    assert await send(house) is None
    house.clock.wait(seconds=2)
    again = await send(house)
    assert again
    assert (again.id, again.unsure, again.attempts) == (first.id, True, 2)


async def test_all_that_was_being_sent_is_sent_again_once_everyone_has_died(house: House):
    await put(house, await house.person(), "a")
    await send(house)
    await house.storage.outbox.release(Scope("telegram"), house.clock.now())
    assert await send(house) is None
    await house.storage.outbox.release(CONSOLE, house.clock.now())
    again = await send(house)
    assert again
    assert again.unsure


async def test_a_message_that_could_not_be_sent_waits_and_is_not_unsure(house: House):
    await put(house, await house.person(), "a")
    first = await send(house)
    assert first
    await house.storage.outbox.later(first.id, NOON + dt.timedelta(seconds=50))
    house.clock.wait(seconds=49)
    assert await send(house) is None
    house.clock.wait(seconds=1)
    again = await send(house)
    assert again
    assert not again.unsure


@pytest.mark.parametrize(("how", "left"), [({}, 3), ({"same_job": True}, 2), ({"all_of_person": True}, 1)])
async def test_what_cannot_arrive_is_dropped_with_what_goes_with_it(house: House, how, left):
    ada, bob = await house.person("ada"), await house.person("bob")
    job = await house.queued(ada)
    for person, origin, about in ((ada, "1", job.id), (ada, "2", job.id), (ada, "3", None), (bob, "4", None)):
        await put(house, person, origin, about)
    first = await send(house)
    assert first
    assert await house.storage.outbox.waiting(ada)
    await house.storage.outbox.drop(first.id, NOON, **how)
    assert await house.count("outbox", "state IN ('waiting', 'sending')") == left
    assert await house.count("outbox", "payload IS NOT NULL") == left
    assert await house.storage.outbox.waiting(ada) == (left > 1)
    assert await house.storage.outbox.waiting(bob)


async def test_a_process_carries_its_own_platform_and_its_own_person_only(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    await put(house, ada, "a")
    await put(house, bob, "b")
    assert await send(house, Scope("telegram")) is None
    theirs = await send(house, Scope("console", bob))
    assert theirs
    assert theirs.person_id == bob
    assert await send(house, Scope("console", bob)) is None


async def receive(house: House, person: int, key: str, payload: bytes = SECRET) -> tuple[int, bool]:
    return await house.storage.inbox.receive(person, CONSOLE, key, payload, house.clock.now())


async def take(house: House, *busy: int, scope: Scope = CONSOLE) -> Update | None:
    return await house.storage.inbox.next(scope, house.clock.now(), 30, busy)


async def test_what_a_platform_sends_twice_is_one_update(house: House):
    ada = await house.person()
    first = await receive(house, ada, "update-77-of-ada")
    assert first[1]
    again = await asyncio.gather(*(receive(house, ada, "update-77-of-ada") for _ in range(5)))
    assert again == [(first[0], False)] * 5
    row = (await house.rows("SELECT update_key, payload FROM inbox"))[0]
    assert "update-77" not in row["update_key"]
    assert SECRET not in bytes(row["payload"])


async def test_updates_are_handled_in_the_order_of_each_person_and_nobody_waits_for_others(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    numbers = [(await receive(house, person, key))[0] for person, key in ((ada, "1"), (ada, "2"), (bob, "3"))]
    first = await take(house)
    assert first
    assert (first.id, first.payload, first.attempts, first.received_at) == (numbers[0], SECRET, 1, NOON)
    other = await take(house)
    assert other
    assert other.id == numbers[2]
    assert await take(house) is None
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, first.id, NOON)
    assert await house.storage.inbox.waiting(ada)
    assert await take(house, ada) is None  # Somebody is busy with Ada.
    second = await take(house)
    assert second
    assert second.id == numbers[1]
    async with house.database.transaction() as tx:
        await house.storage.inbox.handled(tx, second.id, NOON)
    assert not await house.storage.inbox.waiting(ada)
    assert await house.count("inbox", "payload IS NULL AND handled_at IS NOT NULL") == 2


async def test_an_update_whose_handler_has_died_is_handled_again(house: House):
    await receive(house, await house.person(), "1")
    first = await take(house)
    assert first
    house.clock.wait(seconds=29)
    assert await take(house) is None
    house.clock.wait(seconds=2)
    again = await take(house)
    assert again
    assert again.attempts == 2
    await house.storage.inbox.release(Scope("telegram"))
    assert await take(house) is None
    await house.storage.inbox.release(CONSOLE)
    assert await take(house)


async def test_an_update_is_handed_to_its_own_platform_and_person_only(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")
    await receive(house, ada, "1")
    assert await take(house, scope=Scope("telegram")) is None
    assert await take(house, scope=Scope("console", bob)) is None
    assert await take(house, scope=Scope("console", ada))


async def test_an_update_is_given_to_one_of_many_who_ask_at_once(house: House):
    await receive(house, await house.person(), "1")
    taken = await asyncio.gather(*(take(house) for _ in range(8)))
    assert len([update for update in taken if update]) == 1


async def test_what_is_remembered_is_sealed_replaced_forgotten_and_over_in_time(house: House):
    ada, bob = await house.person("ada"), await house.person("bob")

    async def save(payload: bytes | None) -> None:
        async with house.database.transaction() as tx:
            await house.storage.sessions.save(tx, ada, payload, house.clock.now())

    for words in (b"first", SECRET):
        await save(words)
    assert await house.storage.sessions.load(ada) == SECRET
    assert await house.storage.sessions.load(bob) is None
    assert SECRET not in bytes((await house.rows("SELECT payload FROM session"))[0]["payload"])
    house.clock.wait(hours=25)
    assert await house.storage.sessions.load(ada) is None
    await save(SECRET)
    await save(None)
    assert await house.count("session") == 0


# ---- messages that are begun as they are put in


def answer(person: int, origin: str) -> NewParcel:
    return NewParcel(person, Notice.REPLY, origin, payload=SECRET, platform=CONSOLE.platform)


async def begun(house: House, person: int, origin: str) -> Parcel | None:
    async with house.database.transaction() as tx:
        return await house.storage.outbox.begin(tx, answer(person, origin), house.clock.now(), 30)


async def test_a_message_to_somebody_to_whom_nothing_else_goes_is_begun_as_it_is_put_in(house: House):
    ada = await house.person("ada")
    parcel = await begun(house, ada, "1")
    if parcel is None:  # PostgreSQL can't tell for sure that there is no other one, so it is looked for.
        parcel = await send(house)
    assert parcel
    assert (parcel.person_id, parcel.attempts, parcel.unsure, parcel.payload) == (ada, 1, False, SECRET)
    assert await house.storage.outbox.waiting(ada)
    assert await send(house) is None, "it is being sent"
    house.clock.wait(seconds=31)
    again = await send(house)
    assert again
    assert (again.id, again.attempts, again.unsure) == (parcel.id, 2, True), "whoever began it has died"


async def test_a_message_behind_another_one_waits_for_its_turn_and_one_of_the_same_origin_is_none(house: House):
    ada = await house.person("ada")
    async with house.database.transaction() as tx:
        await house.storage.outbox.add(tx, answer(ada, "1"), house.clock.now())
    assert await begun(house, ada, "2") is None
    assert await begun(house, ada, "1") is None
    sent = []
    while parcel := await send(house):
        sent.append(parcel.id)
        await arrived(house, parcel)
    assert len(sent) == 2
    assert sent == sorted(sent)


async def test_what_was_begun_in_a_transaction_that_failed_was_never_there(house: House):
    ada = await house.person("ada")
    with pytest.raises(RuntimeError):
        async with house.database.transaction() as tx:
            await house.storage.outbox.begin(tx, answer(ada, "1"), house.clock.now(), 30)
            raise RuntimeError
    assert not await house.storage.outbox.waiting(ada)
