"""A real engine that is quick: the figurine is a box in the photo's mean colour. Some 50 ms an order."""

from __future__ import annotations

import io
import resource
import time

import av
import numpy as np
import trimesh
from PIL import Image

from core.errors import NoClearSubject
from core.generation.styles import style
from core.model import (
    Figurine,
    FigurineFile,
    FigurineRequest,
    FileKind,
    MeshFacts,
    Photo,
    Progress,
    Subject,
    SubjectKind,
)
from core.ports import Report

SUBJECT = Subject(SubjectKind.THING, count=0, whole=True)
STAGES = ("look", "solid", "picture", "turntable", "files")


class QuickMaker:
    """core.ports.Maker. Fails as the sculpt engine does where a photo is one even colour or a style is unknown."""

    def __init__(self, pause: float = 0.0) -> None:
        """`pause` is how long each stage sleeps, in seconds."""
        self._pause = pause

    def warm_up(self) -> None:
        trimesh.creation.box((1, 1, 1))

    def look(self, photo: Photo) -> Subject:
        if np.ptp(_pixels(photo)) < 8:
            raise NoClearSubject
        return SUBJECT

    def make(self, request: FigurineRequest, report: Report) -> Figurine:
        style(request.style)
        seconds: dict[str, float] = {}
        files: list[FigurineFile] = []
        for number, stage in enumerate(STAGES):
            report(Progress(stage, number / len(STAGES), (len(STAGES) - number) * (0.01 + self._pause)))
            begun = time.perf_counter()
            time.sleep(self._pause)
            files += self._stage(stage, request)
            seconds[stage] = time.perf_counter() - begun
        width = request.height_mm * 0.4
        facts = MeshFacts(True, 1, width, 0.0, (width, width, request.height_mm), 12)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Figurine(tuple(files), SUBJECT, facts, seconds, peak, request.style, request.seed)

    def _stage(self, stage: str, request: FigurineRequest) -> list[FigurineFile]:
        if stage == "look":
            for photo in (request.photo, *request.beside):
                self.look(photo)
        if stage == "picture":
            return [FigurineFile(FileKind.PICTURE, "figurine.jpg", _picture(request.photo))]
        if stage == "turntable":
            return [FigurineFile(FileKind.TURNTABLE, "turntable.mp4", _film(request.photo))]
        if stage == "files":
            box = trimesh.creation.box((request.height_mm * 0.4, request.height_mm * 0.4, request.height_mm))
            kinds = (FileKind.GLB, FileKind.STL, FileKind.THREEMF)
            return [FigurineFile(kind, f"figurine.{kind}", box.export(file_type=str(kind))) for kind in kinds]
        return []


def _pixels(photo: Photo) -> np.ndarray:
    return np.frombuffer(photo.pixels, np.uint8).reshape(photo.height, photo.width, 3)


def _colour(photo: Photo) -> tuple[int, ...]:
    return tuple(int(value) for value in _pixels(photo).reshape(-1, 3).mean(axis=0))


def _picture(photo: Photo) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (256, 256), _colour(photo)).save(stream, "JPEG")
    return stream.getvalue()


def _film(photo: Photo) -> bytes:
    stream = io.BytesIO()
    frame = np.empty((64, 64, 3), np.uint8)
    frame[:] = _colour(photo)
    with av.open(stream, "w", format="mp4") as film:
        track = film.add_stream("libx264", rate=8)
        track.width = track.height = 64
        track.pix_fmt = "yuv420p"
        for _ in range(8):
            film.mux(track.encode(av.VideoFrame.from_ndarray(frame)))
        film.mux(track.encode())
    return stream.getvalue()
