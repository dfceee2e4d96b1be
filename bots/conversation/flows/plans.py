"""Plans: credits that come each month, and where they are changed and ended."""

from __future__ import annotations

from typing import Final

from bots.conversation.flows import buying
from bots.conversation.messages import Button
from bots.conversation.turn import Turn
from core.errors import FigurineError
from core.money import Rail, Subscription, SubscriptionState

ELSEWHERE: Final = {Rail.STARS: "billing.stars", Rail.DISCORD: "billing.discord"}
"""Where a plan is changed and ended that is paid on a platform itself, in words."""


async def subscribe(turn: Turn, _: str = "") -> None:
    """The plans, in a new message."""
    await again(turn, 0)


async def again(turn: Turn, message: int) -> None:
    """The plans, in that message; the one that the person has, if there is one."""
    if not buying.may_buy(turn):
        return
    texts, shop, message = turn.texts, turn.services.shop, message or turn.number
    key, plan, plans = buying.key_of(message), await shop.subscription(turn.person.id), shop.plans(buying.buyer(turn))
    if plan:
        turn.say(standing(turn, plan), turn.button("billing"), key=key)
    elif plans:
        first = any(plan.priority for plan in plans)
        text = texts.joined([texts("plans.title"), texts("plans.first") if first else "", texts("plans.end")])
        turn.say(text, *buying.plan_buttons(turn, plans, message), key=key)
    else:
        turn.say(texts("plans.none"), turn.button("buy"), key=key)


async def billing(turn: Turn, _: str = "") -> None:
    """The provider's page for the card, the invoices and the plan; where a plan is kept elsewhere, where that is."""
    turn.private = True
    texts, shop = turn.texts, turn.services.shop
    plan = await shop.subscription(turn.person.id)
    if plan and plan.rail in ELSEWHERE:
        turn.say("\n".join([standing(turn, plan), texts(ELSEWHERE[plan.rail])]))
        return
    try:
        address = await shop.portal(buying.buyer(turn))
    except FigurineError as error:
        if shop.is_open:
            buying.excuse(turn, error, Button("billing", texts("button.retry")))
        else:
            turn.say(texts("shop.free"))
        return
    lines = [standing(turn, plan)] if plan else []
    turn.say("\n".join([*lines, texts("billing")]), Button("billing", texts("button.portal"), url=address))


def standing(turn: Turn, plan: Subscription) -> str:
    """How a plan stands."""
    texts = turn.texts
    offers = turn.services.shop.plans(buying.buyer(turn))
    offer = next((offer for offer in offers if offer.product == f"plan:{plan.plan}"), None)
    yours = texts("plan.yours", credits=texts.credits(offer.credits)) if offer else texts("plan.some")
    return texts.joined([yours, _state(turn, plan)])


def _state(turn: Turn, plan: Subscription) -> str:
    texts = turn.texts
    if plan.state is SubscriptionState.PAST_DUE:
        return texts("plan.past-due")
    if plan.state is SubscriptionState.PAUSED:
        return texts("plan.paused")
    if plan.state is SubscriptionState.INCOMPLETE:
        return texts("plan.incomplete")
    if plan.period_end is None:
        return ""
    day = texts.day(plan.period_end, turn.chatter.timezone)
    return texts("plan.ends", day=day) if plan.ends else texts("plan.next", day=day)
