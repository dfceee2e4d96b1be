"""`try`: one figurine of one photo."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bots.cli.running import ProgressLine, run_to_end
from bots.cli.usage import check_height, read_photo
from bots.console.faces import Received
from bots.conversation import progress
from bots.conversation.messages import file_name
from bots.conversation.texts import Texts
from bots.conversation.typed import LONGEST_WISH, one_line, strict_engraving
from bots.files import check_folder, safe_name, write_all
from core.generation.styles import style
from core.model import Figurine, FigurineRequest, MeshFacts, Photo
from core.settings import Settings, load_settings

if TYPE_CHECKING:
    from bots.app import Parts


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for on the command line; empty or zero where it was not said."""

    photo: Path
    style: str = ""
    name: str = ""
    wish: str = ""
    views: int = 0
    height: float = 0.0
    seed: int = 0


def run(wanted: Wanted, out: Path, as_json: bool, parts: Parts | None) -> None:
    """Make it, write its files, and tell.

    Raises:
        UsageError, PhotoError, UnknownStyle, InvalidEngraving: something asked for can't be.
        SettingsError, NetworksMissing, EngineFailed, DiskFull, FolderError: this machine is the reason.
    """
    settings: Settings = load_settings()
    upload, request = prepare(wanted, settings)
    check_folder(out)
    line = ProgressLine()
    try:
        figurine = run_to_end(_make(upload, request, settings, parts, line))
    finally:
        line.clear()
    stem = safe_name(f"{wanted.photo.stem}-{figurine.style}.x").removesuffix(".x")
    paths = write_all(out, [(file_name(stem, file.kind, file.name), file.data) for file in figurine.files])
    if as_json:
        sys.stdout.write(json.dumps(facts(figurine, paths), ensure_ascii=False) + "\n")
    else:
        _show(figurine, paths, wish=request.wish)


def prepare(wanted: Wanted, settings: Settings) -> tuple[bytes, FigurineRequest]:
    """The photo's bytes, and the request, its photo still missing. Everything that is quick to check is checked.

    Raises:
        UsageError, PhotoTooLarge, UnknownStyle, InvalidEngraving
    """
    height = wanted.height or settings.figurines.height_mm
    check_height(height)
    request = FigurineRequest(
        photo=Photo(0, 0, b""),
        style=style(wanted.style or settings.figurines.default_style).name,
        engraving=strict_engraving(wanted.name, settings.figurines.engraving_max),
        box_title=Texts()("figurine.box"),
        wish=one_line(wanted.wish, LONGEST_WISH),
        seed=wanted.seed,
        height_mm=height,
        views=wanted.views,
    )
    return read_photo(wanted.photo, settings), request


def facts(figurine: Figurine, paths: list[Path]) -> dict[str, Any]:
    """What `--json` prints."""
    mesh = figurine.facts
    return {
        "files": {str(file.kind): str(path) for file, path in zip(figurine.files, paths, strict=True)},
        "seconds": dict(figurine.seconds),
        "peak_mb": figurine.peak_mb,
        "watertight": mesh.watertight,
        "bodies": mesh.bodies,
        "min_wall_mm": mesh.min_wall_mm,
        "size_mm": list(mesh.size_mm),
        "triangles": mesh.triangles,
        "style": figurine.style,
        "seed": figurine.seed,
    }


async def _make(
    upload: bytes, request: FigurineRequest, settings: Settings, parts: Parts | None, line: ProgressLine
) -> Figurine:
    from bots.app import Parts, build_engine  # Late, so that wrong input is answered at once.

    async with build_engine(settings, parts or Parts()) as engine:
        photo = await engine.decode(upload)
        return await engine.make(replace(request, photo=photo), line)


def _show(figurine: Figurine, paths: list[Path], wish: str) -> None:
    from rich.console import Console

    from bots.console.summary import summary

    texts = Texts()
    files = [
        Received(file.kind, path, texts.purpose(file.kind), file.data)
        for file, path in zip(figurine.files, paths, strict=True)
    ]
    console = Console(highlight=False)
    console.print(summary(texts, files, progress.timings(texts, figurine.seconds), console.width), crop=False)
    console.print(_measured(texts, figurine.facts))
    if wish:
        console.print(texts("photo.wish"))


def _measured(texts: Texts, mesh: MeshFacts) -> str:
    width, depth, height = (texts.number(side) for side in mesh.size_mm)
    return texts(
        "try.facts",
        width=width,
        depth=depth,
        height=height,
        closed=texts("try.closed" if mesh.watertight and mesh.bodies == 1 else "try.open"),
        wall=mesh.min_wall_mm,
        triangles=mesh.triangles,
    )
