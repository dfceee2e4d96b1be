"""The same ways with the real engine: what arrives is read back with other libraries."""

from __future__ import annotations

import asyncio
import io
import json
import struct
from typing import Any

import av
import numpy as np
import pytest
import trimesh
from PIL import Image

from bots.app import Parts
from core.generation.pool.local import LocalPool
from core.model import FigurineRequest, FileKind, Photo, Progress
from core.settings import GenerationSettings, PhotoSettings
from tests.conftest import ROOT
from tests.talking import opened

MARKER = "taken at 48.8584 N, 2.2945 E"
DESCRIPTION = 270  # the EXIF tag


def photo_with_a_secret() -> bytes:
    image = Image.open(ROOT / "samples" / "photos" / "cameraman.jpg")
    exif = image.getexif()
    exif[DESCRIPTION] = MARKER
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=95, exif=exif)
    return stream.getvalue()


@pytest.mark.slow
async def test_a_photo_from_a_phone_becomes_five_sound_files_that_tell_nothing_about_where_it_was_taken(tmp_path):
    photo = photo_with_a_secret()
    assert MARKER.encode() in photo
    async with opened(tmp_path, Parts()) as ada:
        await ada.agrees()
        (got_it,) = await ada.sends(photo)
        assert "one person" in got_it.text
        told = await ada.presses("bronze") + await ada.waits() + await ada.presses("files")
    files = {file.kind: file.data for reply in told for file in reply.files}
    assert set(files) >= {FileKind.PICTURE, FileKind.TURNTABLE, FileKind.GLB, FileKind.STL, FileKind.THREEMF}
    assert all(MARKER.encode() not in data for data in files.values())
    picture = Image.open(io.BytesIO(files[FileKind.PICTURE]))
    assert max(picture.size) >= 1024
    assert "compositeWithTrainedAlgorithmicMedia" in picture.info["XML:com.adobe.xmp"]
    with av.open(io.BytesIO(files[FileKind.TURNTABLE])) as clip:
        assert clip.streams.video[0].codec_context.name == "h264"
    stl = trimesh.load(io.BytesIO(files[FileKind.STL]), file_type="stl")
    assert stl.is_watertight
    assert stl.volume > 0
    assert stl.extents[2] == pytest.approx(100, abs=0.1)
    glb = trimesh.load(io.BytesIO(files[FileKind.GLB]), file_type="glb")
    assert glb.extents[1] == pytest.approx(0.100, abs=0.001)
    assert len(files[FileKind.GLB]) < 5_000_000
    figure = glb.geometry["figure"]
    assert all("NORMAL" in part["attributes"] for part in parts(files[FileKind.GLB])), "else a reader guesses them"
    assert np.linalg.norm(figure.vertex_normals, axis=1) == pytest.approx(1, abs=1e-3)
    assert np.asarray(figure.visual.material.baseColorTexture).std() > 10
    (printed,) = trimesh.load(io.BytesIO(files[FileKind.THREEMF]), file_type="3mf").geometry.values()
    assert printed.is_watertight
    assert printed.extents == pytest.approx(stl.extents, abs=0.01)


def parts(glb: bytes) -> list[dict[str, Any]]:
    """The primitives of a GLB's meshes, as its JSON part declares them."""
    (length,) = struct.unpack("<I", glb[12:16])
    return [part for mesh in json.loads(glb[20 : 20 + length])["meshes"] for part in mesh["primitives"]]


STAGES = ("cutout", "stand", "turntable", "files")


@pytest.mark.slow
async def test_an_order_that_is_being_sculpted_can_be_taken_back_at_any_stage_and_the_engine_works_again(networks):
    image = Image.open(ROOT / "samples" / "photos" / "rocket.jpg").convert("RGB")
    request = FigurineRequest(Photo(image.width, image.height, image.tobytes()), "lowpoly")
    maker = "tests.engines.sculpted:SmallPicturesMaker"
    async with LocalPool(maker, {"networks": str(networks)}, GenerationSettings(), PhotoSettings()) as engine:
        for stage in STAGES:
            await cancelled_at(stage, engine, request)
        assert (await engine.look(request.photo)).count == 0


async def cancelled_at(stage: str, engine: LocalPool, request: FigurineRequest) -> None:
    """Begin the order, and take it back as soon as it has come to the stage."""
    begun = asyncio.Event()

    def report(progress: Progress) -> None:
        if progress.stage == stage:
            begun.set()

    async with asyncio.TaskGroup() as tasks:
        making = tasks.create_task(engine.make(request, report))
        async with asyncio.timeout(60):
            await begun.wait()
        making.cancel()
        async with asyncio.timeout(5):
            with pytest.raises(asyncio.CancelledError):
                await making
