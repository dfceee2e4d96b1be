"""Users, chats and messages as the Bot API shows them."""

from __future__ import annotations

from typing import Any

from tests.servers.telegram.world import Chat, Message, User


def user(one: User) -> dict[str, Any]:
    """A User."""
    shape: dict[str, Any] = {"id": one.id, "is_bot": one.is_bot, "first_name": one.first_name}
    if one.username:
        shape["username"] = one.username
    if one.language:
        shape["language_code"] = one.language
    if one.premium:
        shape["is_premium"] = True
    return shape


def me(bot: User, inline: bool) -> dict[str, Any]:
    """The User that getMe tells of."""
    return user(bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": inline,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
    }


def chat(one: Chat) -> dict[str, Any]:
    """A Chat."""
    shape: dict[str, Any] = {"id": one.id, "type": one.kind}
    if one.person is not None:
        shape["first_name"] = one.person.first_name
        return shape | ({"username": one.person.username} if one.person.username else {})
    shape["title"] = one.title
    if one.forum:
        shape["is_forum"] = True
    return shape


def full_chat(one: Chat) -> dict[str, Any]:
    """A ChatFullInfo."""
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return chat(one) | {
        "accent_color_id": 3,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(gifts, False),
    }


def message(one: Message, *, within: bool = False) -> dict[str, Any]:
    """A Message. `within` another one, it does not show what it answers."""
    shape: dict[str, Any] = {"message_id": one.id, "date": int(one.date), "chat": chat(one.chat)}
    if one.sender is not None:
        shape["from"] = user(one.sender)
    if one.sender_chat is not None:
        shape["sender_chat"] = chat(one.sender_chat)
    shape |= _content(one) | one.extra | _origin(one)
    if one.edited is not None:
        shape["edit_date"] = int(one.edited)
    if one.markup and one.markup.get("inline_keyboard"):
        shape["reply_markup"] = {"inline_keyboard": one.markup["inline_keyboard"]}
    if one.reply_to is not None and not within and not one.reply_to.deleted:
        shape["reply_to_message"] = message(one.reply_to, within=True)
    return shape


def _content(one: Message) -> dict[str, Any]:
    words, entities = ("text", "entities") if one.media is None else ("caption", "caption_entities")
    shape = {} if one.media is None else one.media.shape()
    if one.text:
        shape[words] = one.text
        if one.entities:
            shape[entities] = one.entities
    return shape


def _origin(one: Message) -> dict[str, Any]:
    shape: dict[str, Any] = {}
    if one.album:
        shape["media_group_id"] = one.album
    if one.thread is not None:
        shape |= {"message_thread_id": one.thread, "is_topic_message": True}
    if one.forward_origin is not None:
        shape["forward_origin"] = one.forward_origin
    if one.via_bot is not None:
        shape["via_bot"] = user(one.via_bot)
    return shape


def member(one: Chat, person: User) -> dict[str, Any]:
    """A ChatMember, but for the many rights of an administrator."""
    if one.person is not None:
        return {"status": "member", "user": user(person)}
    if person.id not in one.members:
        return {"status": "left", "user": user(person)}
    if next(iter(one.members)) == person.id:
        return {"status": "creator", "user": user(person), "is_anonymous": False}
    return {"status": "member", "user": user(person)}
