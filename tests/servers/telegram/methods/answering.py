"""Answers to presses and to inline queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.servers.telegram.methods.content import caption_of, markup_of
from tests.servers.telegram.queries import InlineAnswer
from tests.servers.telegram.refusals import QUERY_TOO_OLD, bad, misfit

if TYPE_CHECKING:
    from tests.servers.telegram.server import TelegramServer
    from tests.servers.telegram.wire import Call

RESULT_LIMIT: Final = 50


def answer_press(server: TelegramServer, call: Call) -> bool:
    press = server.presses.get(call["callback_query_id"])
    if press is None or press.answered or server.clock.now() - press.at > server.query_lifetime:
        raise bad(QUERY_TOO_OLD)
    press.answer(call.get("text", ""), alert=call.get("show_alert", False), url=call.get("url", ""))
    server.happened()
    return True


def answer_inline(server: TelegramServer, call: Call) -> bool:
    query = server.inline_queries.get(call["inline_query_id"])
    if query is None or query.done() or server.clock.now() - query.at > server.query_lifetime:
        raise bad(QUERY_TOO_OLD)
    results: list[dict[str, Any]] = call["results"]
    if len(results) > RESULT_LIMIT:
        raise misfit("RESULTS_TOO_MUCH")
    if len({result["id"] for result in results}) != len(results):
        raise misfit("RESULT_ID_DUPLICATE")
    for result in results:
        caption_of(result)
        markup_of(result)
        if "photo_file_id" in result and server.files.media(result["photo_file_id"]).kind != "photo":
            raise misfit("FILE_ID_INVALID")
    button = call.get("button")
    if button and ("start_parameter" in button) == ("web_app" in button):
        raise misfit("BUTTON_INVALID")
    query.answer(InlineAnswer(results, button, call.get("is_personal", False), call.get("cache_time", 300)))
    server.happened()
    return True


METHODS: Final = {"answerCallbackQuery": answer_press, "answerInlineQuery": answer_inline}
