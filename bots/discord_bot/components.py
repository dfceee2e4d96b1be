"""Buttons, selects and forms. What they mean is in their custom ids, so they live through restarts."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bots.conversation.events import Event, Filled, Pressed
from bots.conversation.forms import FORMS, Form
from bots.conversation.messages import Button
from bots.conversation.texts import Texts

PREFIX: Final = "f:"
SELECT: Final = "f:select:"
FORM: Final = "f:form:"
LONGEST_ID: Final = 100
LONGEST_LABEL: Final = 80
LONGEST_OPTION: Final = 100
LONGEST_TITLE: Final = 45
IN_A_ROW: Final = 5
ROWS_MOST: Final = 5
OPTIONS_MOST: Final = 25
DANGER: Final = frozenset({"delete", "forget", "remove", "unlink-yes"})

Take = Callable[[discord.Interaction[Any], Event], Awaitable[None]]
"""Hands on what somebody did with a component."""


class Pressable(ui.DynamicItem[ui.Button[Any]], template=r"f:(?!select:|form:)(?P<button>.+)"):
    """A button of the bot's, whenever it was sent."""

    def __init__(self, button: ui.Button[Any], pressed: str) -> None:
        super().__init__(button)
        self._pressed = pressed

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 -- the base class gives it
        item: ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """See discord.ui.DynamicItem."""
        assert isinstance(item, ui.Button)  # noqa: S101 -- Discord has no other component with this custom id
        return cls(item, match["button"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """It was pressed: its form is shown, or it is handed on."""
        form = FORMS.get(name_of(self._pressed))
        if form is None:
            await interaction.client.take_component(interaction, Pressed(self._pressed))
        else:
            await interaction.client.show_form(interaction, self._pressed, form)


class Choosable(ui.DynamicItem[ui.Select[Any]], template=r"f:select:\d+"):
    """A select of the bot's, whose values are the ids of buttons."""

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003 -- the base class gives it
        item: ui.Item[Any],
        match: re.Match[str],  # noqa: ARG003 -- the base class gives it
        /,
    ) -> Self:
        """See discord.ui.DynamicItem."""
        assert isinstance(item, ui.Select)  # noqa: S101 -- Discord has no other component with this custom id
        return cls(item)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Something was chosen."""
        data: Any = interaction.data or {}
        for value in data.get("values", [])[:1]:
            await interaction.client.take_component(interaction, Pressed(str(value)))


def name_of(button: str) -> str:
    """What a button does, without what it belongs to and whose it is."""
    return button.partition("@")[0].partition(":")[0]


def rows(buttons: Sequence[Button], texts: Texts) -> list[dict[str, Any]]:
    """Rows of components: many choices as lists to choose from, everything else as buttons."""
    buttons = list({(button.url or button.id): button for button in buttons}.values())  # Discord takes each id once.
    choices = [button for button in buttons if button.choice]
    listed = choices if len(choices) > IN_A_ROW else []
    plain = [button for button in buttons if button not in listed]
    items: list[ui.Item[Any]] = [
        _select(number, listed[start : start + OPTIONS_MOST], texts)
        for number, start in enumerate(range(0, len(listed), OPTIONS_MOST))
    ]
    room = (ROWS_MOST - len(items)) * IN_A_ROW
    items += [_button(button) for button in plain[:room]]
    view = ui.View(timeout=None)
    for item in items:
        view.add_item(item)
    return view.to_components()


def _select(number: int, choices: Sequence[Button], texts: Texts) -> Choosable:
    options = [
        discord.SelectOption(label=choice.text[:LONGEST_OPTION], value=choice.id[:LONGEST_OPTION]) for choice in choices
    ]
    placeholder = texts("choose") if texts.has("choose") else None
    return Choosable(ui.Select(custom_id=f"{SELECT}{number}", placeholder=placeholder, options=options))


def _button(button: Button) -> ui.Item[Any]:
    label = button.text[:LONGEST_LABEL]
    if button.url:
        return ui.Button(label=label, url=button.url)
    return Pressable(
        ui.Button(label=label, style=_style(button), custom_id=f"{PREFIX}{button.id}"[:LONGEST_ID]), button.id
    )


def _style(button: Button) -> discord.ButtonStyle:
    name = name_of(button.id)
    if name == "agree":
        return discord.ButtonStyle.success
    if name in DANGER:
        return discord.ButtonStyle.danger
    return discord.ButtonStyle.secondary


def modal(button: str, form: Form, texts: Texts, engraved: int) -> ui.Modal:
    """The form behind a button. `engraved`: characters of a name on a base."""
    most = form.most or engraved
    style = discord.TextStyle.paragraph if form.long else discord.TextStyle.short
    made = ui.Modal(title=texts(form.title)[:LONGEST_TITLE], custom_id=f"{FORM}{button}"[:LONGEST_ID])
    line: ui.TextInput[Any] = ui.TextInput(custom_id="text", style=style, max_length=most)
    made.add_item(ui.Label(text=texts(form.field, limit=most)[:LONGEST_TITLE], component=line))
    made.stop()  # What is filled in is read off its custom id, also after a restart; so it need not be remembered.
    return made


def filled(interaction: discord.Interaction[Any]) -> Filled | None:
    """What was filled in; None if it is no form of the bot's."""
    data: Any = interaction.data or {}
    custom_id = str(data.get("custom_id", ""))
    if not custom_id.startswith(FORM):
        return None
    text = next(_values(data.get("components", [])), "")
    return Filled(custom_id.removeprefix(FORM), text)


def _values(components: Sequence[Any]) -> Iterator[str]:
    for component in components:
        inside = component.get("components") or ([component["component"]] if "component" in component else [])
        yield from _values(inside)
        if "value" in component:
            yield str(component["value"])
