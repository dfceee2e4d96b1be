"""Inline mode: people show their own figurines around, in any chat."""

from __future__ import annotations

from typing import Final

from telegram import Bot, InlineQuery, InlineQueryResultCachedPhoto, InlineQueryResultsButton

from bots.conversation.conversation import Conversation
from bots.conversation.texts import Texts
from bots.telegram_bot.posted import PHOTO, Post
from bots.telegram_bot.translating import NAME, chatter_of
from core.stores import Posts

MOST: Final = 50  # results that Telegram takes
BUTTON: Final = 64  # characters of the text above the results


async def show_own(bot: Bot, query: InlineQuery, conversation: Conversation, posts: Posts) -> None:
    """Answer with the pictures of the person's own figurines whose titles hold what is typed. Nothing of it is kept."""
    chatter, wanted = chatter_of(query.from_user), query.query.strip().casefold()
    results: list[InlineQueryResultCachedPhoto] = []
    for shown in await conversation.gallery(chatter):
        payload = await posts.find(shown.person, NAME, shown.key) if wanted in shown.title.casefold() else None
        post = Post.unpack(payload) if payload else None
        if post and post.kind == PHOTO:
            results.append(InlineQueryResultCachedPhoto(shown.key, post.file, title=shown.title))
        if len(results) == MOST:
            break
    await query_answer(bot, query, results, Texts(chatter.locale))


async def query_answer(bot: Bot, query: InlineQuery, results: list[InlineQueryResultCachedPhoto], texts: Texts) -> None:
    """The results; where there are none, a way to the private chat, where the first one is made."""
    button = None
    if not results:
        button = InlineQueryResultsButton(texts("button.home")[:BUTTON], start_parameter="photo")
    await bot.answer_inline_query(query.id, results, is_personal=True, cache_time=0, button=button)
