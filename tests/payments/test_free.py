"""Credits while there is no shop."""

from payments.free import FreeCredits


async def test_everyone_can_afford_everything_as_often_as_asked():
    credits_ = FreeCredits()
    assert await credits_.reserve(1, 1, 1_000_000)
    assert await credits_.reserve(1, 1, 1_000_000)


async def test_capture_and_release_may_come_in_any_number_and_order():
    credits_ = FreeCredits()
    await credits_.reserve(1, 1, 1)
    for _ in range(2):
        await credits_.capture(1)
        await credits_.release(1)
    await credits_.release(99)
