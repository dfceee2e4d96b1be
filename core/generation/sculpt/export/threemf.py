"""3MF: the body in millimetres, z up, with a colour for each triangle.

One object, so that slicers see one part; its triangles refer to a colour group of the materials extension, which
slicers that print in several colours read, and to which the others pay no attention.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.export.colouring import Srgb, triangle_colours
from core.generation.sculpt.imaging import cluster_centres
from core.generation.sculpt.shapes import Colours, Image, Shell, Statue
from core.generation.sculpt.stand.mounting import FIGURE

MOST_COLOURS = 62
"""Of the figure; stand and lettering come to it."""
CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
MATERIALS = "http://schemas.microsoft.com/3dmanufacturing/material/2015/02"
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of the files in the archive, so that the same statue gives the same bytes."""


def threemf_bytes(
    statue: Statue, texture: Image, stand: Srgb, lettering: Srgb, title: str = "Figurine", seed: int = 0
) -> bytes:
    """A 3MF file; `title` is the object's name, of any characters that XML may hold."""
    colours = triangle_colours(statue, texture, stand, lettering)
    palette, chosen = _palette(colours, statue.origin == FIGURE, seed)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        _store(archive, "[Content_Types].xml", CONTENT_TYPES)
        _store(archive, "_rels/.rels", RELATIONS)
        _store(archive, "3D/3dmodel.model", "".join(_model(statue.body, palette, chosen, title)))
    return package.getvalue()


def _store(archive: zipfile.ZipFile, name: str, text: str) -> None:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.create_system = 3
    archive.writestr(entry, text, zipfile.ZIP_DEFLATED, compresslevel=4)


def _palette(colours: Colours, figure: NDArray[np.bool_], seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Few colours (k, 3) BGR for all triangles, and which each of them takes."""
    others, chosen_others = np.unique(np.round(colours[~figure]).astype(np.uint8), axis=0, return_inverse=True)
    centres = np.zeros((0, 3), np.uint8)
    if figure.any():
        found = cluster_centres(colours[figure], MOST_COLOURS, seed)
        centres = np.clip(np.round(found), 0, 255).astype(np.uint8)
    chosen = np.zeros(len(colours), np.int64)
    chosen[figure] = _nearest(colours[figure], centres)
    chosen[~figure] = len(centres) + chosen_others.ravel()
    return np.concatenate([centres, others]), chosen


def _nearest(colours: Colours, centres: NDArray[np.uint8]) -> NDArray[np.int64]:
    if not len(colours):
        return np.zeros(0, np.int64)
    points = centres.astype(np.float32)
    score = (points**2).sum(1) - 2 * colours @ points.T
    return np.asarray(score.argmin(1), np.int64)


def _model(body: Shell, palette: NDArray[np.uint8], chosen: NDArray[np.int64], title: str) -> Iterable[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<model unit="millimeter" xml:lang="en-US" xmlns="{CORE}" xmlns:m="{MATERIALS}"><resources>'
    yield '<m:colorgroup id="1">'
    yield from ('<m:color color="#%02X%02X%02XFF"/>' % tuple(colour[::-1]) for colour in palette.tolist())  # noqa: UP031
    yield f'</m:colorgroup><object id="2" name={quoteattr(_printable(title))} type="model" pid="1" pindex="0">'
    yield "<mesh><vertices>"
    yield _lines('<vertex x="%.9g" y="%.9g" z="%.9g"/>', body.vertices)
    yield "</vertices><triangles>"
    yield _lines('<triangle v1="%d" v2="%d" v3="%d" pid="1" p1="%d"/>', np.column_stack([body.faces, chosen]))
    yield '</triangles></mesh></object></resources><build><item objectid="2"/></build></model>'


def _lines(pattern: str, rows: NDArray[Any]) -> str:
    """The pattern once for each row; one formatting of all is ten times as fast as one for each."""
    return (pattern * len(rows)) % tuple(rows.ravel().tolist())


def _printable(title: str) -> str:
    """Without the characters that XML 1.0 can't hold."""
    return "".join(character for character in title if character.isprintable())
