"""The bot's own pictures go over the wire once."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.on_telegram import on_telegram
from tests.talking import some_photo


async def test_the_picture_of_the_styles_is_uploaded_once_and_again_where_telegram_has_lost_it(tmp_path: Path) -> None:
    async with on_telegram(tmp_path) as scene:
        uploads: list[bool] = []
        for name in ("Ada", "Bob", "Cleo"):
            person = await scene.friend(name)
            await person.sends_photo(some_photo())
            question = await person.reads("Which style?")
            assert question.media
            uploads.append("bytes" in str(scene.server.asked("sendPhoto")[-1].values["photo"]))
            if name == "Bob":
                scene.server.files.forget(question.media)
        assert uploads == [True, False, True]
        assert len(scene.server.asked("sendPhoto")) == 4, "the third one was tried with the name that was lost"
