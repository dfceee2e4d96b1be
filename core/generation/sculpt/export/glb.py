"""GLB (glTF 2.0): the statue as it is shown, y up, in metres, with normals and colours."""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from core.generation.sculpt.creases import creased
from core.generation.sculpt.export.colouring import Srgb
from core.generation.sculpt.export.reduction import reduced
from core.generation.sculpt.scene.description import linear, linear_rgb
from core.generation.sculpt.shapes import Image, Mesh, Points, Skin, Statue
from core.generation.styles import Finish

MOST_TRIANGLES = 90_000
"""Of the figure; more would take the file beyond 5 MB."""
STRIP = 16
"""Columns of white beside the picture: what is there, multiplied with a vertex' colour, is that colour."""
JPEG_QUALITY = 88
STAND_FINISH = {"metallicFactor": 0.0, "roughnessFactor": 0.25}
LETTERING_FINISH = {"metallicFactor": 0.85, "roughnessFactor": 0.3}
ARRAY_BUFFER, ELEMENT_BUFFER = 34962, 34963
COMPONENTS = {np.dtype(np.float32): 5126, np.dtype(np.uint32): 5125, np.dtype(np.uint16): 5123}
SHAPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}


@dataclass(slots=True)
class _Writer:
    """The file's JSON part and its binary part, while they grow."""

    document: dict[str, Any] = field(
        default_factory=lambda: {
            "asset": {"version": "2.0", "generator": "figurine-bot"},
            "scene": 0,
            "scenes": [{"nodes": []}],
            **{key: [] for key in ("nodes", "meshes", "materials", "accessors", "bufferViews")},
        }
    )
    binary: bytearray = field(default_factory=bytearray)

    def view(self, data: bytes, target: int | None = None) -> int:
        """Add bytes, aligned to four."""
        entry = {"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)}
        self.document["bufferViews"].append(entry | ({"target": target} if target else {}))
        self.binary += data + b"\0" * (-len(data) % 4)
        return len(self.document["bufferViews"]) - 1

    def accessor(self, values: NDArray[Any], target: int, bounds: bool = False, normalized: bool = False) -> int:
        """Add an array, (n,) or (n, components)."""
        entry: dict[str, Any] = {
            "bufferView": self.view(values.tobytes(), target),
            "componentType": COMPONENTS[values.dtype],
            "count": len(values),
            "type": SHAPES[values.shape[1] if values.ndim > 1 else 1],
        }
        if bounds:
            entry |= {"min": values.min(0).tolist(), "max": values.max(0).tolist()}
        if normalized:
            entry["normalized"] = True
        self.document["accessors"].append(entry)
        return len(self.document["accessors"]) - 1

    def mesh(self, name: str, mesh: Mesh, material: dict[str, Any], extra: dict[str, int] | None = None) -> None:
        """Add a mesh as a node of the scene; `extra` are more attributes of its vertices."""
        attributes = {
            "POSITION": self.accessor(_y_up(mesh.vertices, 0.001), ARRAY_BUFFER, bounds=True),
            "NORMAL": self.accessor(_y_up(_unit(mesh.normals), 1.0), ARRAY_BUFFER),
            **(extra or {}),
        }
        indices = self.accessor(mesh.faces.astype(np.uint32).ravel(), ELEMENT_BUFFER)
        document = self.document
        document["materials"].append(material)
        primitive = {"attributes": attributes, "indices": indices, "material": len(document["materials"]) - 1}
        document["meshes"].append({"name": name, "primitives": [primitive]})
        document["nodes"].append({"name": name, "mesh": len(document["meshes"]) - 1})
        document["scenes"][0]["nodes"].append(len(document["nodes"]) - 1)

    def texture(self, picture: Image) -> int:
        """Add a picture as the only texture."""
        encoded = io.BytesIO()
        Pictures.fromarray(np.ascontiguousarray(picture[..., ::-1])).save(encoded, "JPEG", quality=JPEG_QUALITY)
        self.document["images"] = [{"bufferView": self.view(encoded.getvalue()), "mimeType": "image/jpeg"}]
        self.document["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}]
        self.document["textures"] = [{"source": 0, "sampler": 0}]
        return 0

    def packed(self) -> bytes:
        """The whole file."""
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        text = json.dumps(self.document, separators=(",", ":"), sort_keys=True).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(self.binary), b"BIN\0") + bytes(self.binary)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def glb_bytes(statue: Statue, texture: Image, finish: Finish, stand: Srgb, lettering: Srgb) -> bytes:
    """A GLB file with the meshes `figure`, `stand` and, where there is a name, `lettering`."""
    writer = _Writer()
    _add_figure(writer, reduced(statue.skin, MOST_TRIANGLES), texture, finish)
    writer.mesh("stand", creased(statue.stand), _plain(stand, STAND_FINISH))
    if statue.lettering is not None:
        writer.mesh("lettering", creased(statue.lettering), _plain(lettering, LETTERING_FINISH))
    return writer.packed()


def _add_figure(writer: _Writer, skin: Skin, texture: Image, finish: Finish) -> None:
    skin, seen = _split(skin)
    width = texture.shape[1]
    widened = np.full((texture.shape[0], width + STRIP, 3), 255, np.uint8)
    widened[:, :width] = texture
    u = np.where(seen, np.clip(skin.uv[:, 0], 0, 1) * (width / (width + STRIP)), (width + STRIP / 2) / (width + STRIP))
    v = np.where(seen, np.clip(1 - skin.uv[:, 1], 0, 1), 0.5)
    colours = np.where(seen[:, None], 1.0, linear(skin.colours[:, ::-1] / 255))
    rgba = np.column_stack([colours, np.ones(len(colours))])
    extra = {
        "TEXCOORD_0": writer.accessor(np.column_stack([u, v]).astype(np.float32), ARRAY_BUFFER),
        "COLOR_0": writer.accessor(np.round(rgba * 65535).astype(np.uint16), ARRAY_BUFFER, normalized=True),
    }
    surface = {"metallicFactor": finish.metallic, "roughnessFactor": finish.roughness}
    material: dict[str, Any] = {
        "name": "figure",
        "pbrMetallicRoughness": surface | {"baseColorTexture": {"index": writer.texture(widened)}},
    }
    if finish.clearcoat > 0:
        coat = {"clearcoatFactor": finish.clearcoat, "clearcoatRoughnessFactor": 0.1}
        material["extensions"] = {"KHR_materials_clearcoat": coat}
        writer.document["extensionsUsed"] = ["KHR_materials_clearcoat"]
    writer.mesh("figure", skin.mesh, material, extra)


def _split(skin: Skin) -> tuple[Skin, NDArray[np.bool_]]:
    """Vertices between photographed and other triangles doubled; and which vertices are the photographed ones."""
    faces = skin.mesh.faces
    seen, other = np.unique(faces[skin.photographed]), np.unique(faces[~skin.photographed])
    kept = np.concatenate([seen, other])
    place = np.zeros((2, len(skin.mesh.vertices)), np.int64)
    place[1, seen] = np.arange(len(seen))
    place[0, other] = len(seen) + np.arange(len(other))
    renumbered = place[skin.photographed.astype(int)[:, None], faces]
    mesh = Mesh(skin.mesh.vertices[kept], renumbered, skin.mesh.normals[kept])
    return Skin(mesh, skin.uv[kept], skin.colours[kept], skin.photographed), np.arange(len(kept)) < len(seen)


def _plain(colour: Srgb, finish: dict[str, float]) -> dict[str, Any]:
    return {"pbrMetallicRoughness": finish | {"baseColorFactor": [*linear_rgb(colour), 1.0]}}


def _y_up(points: Points, scale: float) -> NDArray[np.float32]:
    return (points[:, [0, 2, 1]] * (scale, scale, -scale)).astype(np.float32)


def _unit(normals: Points) -> Points:
    """The format wants unit length, also of the normal of a triangle without area."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), (0.0, 0.0, 1.0))
