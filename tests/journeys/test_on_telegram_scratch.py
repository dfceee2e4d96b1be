from tests.journeys.on_telegram import *


async def test_x(tmp_path):
    async with on_telegram(tmp_path) as scene:
        ines = await scene.friend("Ines")
        album = await ines.sends_album([some_photo(), some_photo()], caption="our family")
        question = await ines.reads("Got them: 2 photos.")
        print([p.reactions for p in album], scene.server.asked("setMessageReaction"))
