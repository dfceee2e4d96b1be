"""The files, read back by other libraries."""

from __future__ import annotations

import io
import json
import struct
import zipfile

import numpy as np
import pytest
import trimesh
from lxml import etree
from manifold3d import Manifold

from core.generation.sculpt.creases import creased
from core.generation.sculpt.export.glb import glb_bytes
from core.generation.sculpt.export.reduction import reduced
from core.generation.sculpt.export.stl import stl_bytes
from core.generation.sculpt.export.threemf import CORE, MATERIALS, threemf_bytes
from core.generation.sculpt.manifolds import shell_of
from core.generation.sculpt.shapes import Image, Mesh, Skin, Statue
from core.generation.sculpt.solid.meshing import vertex_normals
from core.generation.sculpt.stand.mounting import mount
from core.generation.styles import Base, Finish

STAND, LETTERING = (0.2, 0.4, 0.6), (1.0, 0.8, 0.4)
TITLE = 'Ada <b> & "Ünï" 山\x01'


@pytest.fixture(scope="module")
def texture() -> Image:
    """Red above, blue below, in BGR."""
    image = np.zeros((120, 100, 3), np.uint8)
    image[:60, :, 2], image[60:, :, 0] = 220, 220
    return image


@pytest.fixture(scope="module")
def statue() -> Statue:
    """A ball with the picture in front and green behind."""
    shell = shell_of(Manifold.sphere(30, 128))
    vertices = shell.vertices
    low, size = vertices.min(0), np.ptp(vertices, axis=0)
    uv = (vertices[:, [0, 2]] - low[[0, 2]]) / size[[0, 2]]
    colours = np.tile(np.float32([0, 200, 0]), (len(vertices), 1))
    front = vertices[shell.faces].mean(1)[:, 1] < 0
    mesh = Mesh(vertices, shell.faces, vertex_normals(vertices, shell.faces))
    return mount(Skin(mesh, uv, colours, front), False, Base(), "Ada é", 100)


@pytest.fixture(scope="module")
def glb(statue: Statue, texture: Image) -> bytes:
    return glb_bytes(statue, texture, Finish(), STAND, LETTERING)


def document(glb: bytes) -> dict[str, object]:
    length = struct.unpack("<I", glb[12:16])[0]
    parsed: dict[str, object] = json.loads(glb[20 : 20 + length])
    return parsed


def test_an_stl_is_a_closed_solid_in_millimetres_with_z_up(statue: Statue) -> None:
    data = stl_bytes(statue.body)
    assert len(data) == 84 + 50 * len(statue.body.faces)
    mesh = trimesh.load(io.BytesIO(data), file_type="stl")
    assert mesh.is_watertight and mesh.is_winding_consistent and mesh.volume > 0
    assert mesh.bounds[0][2] == 0 and mesh.bounds[1][2] == pytest.approx(100, abs=0.1)


def test_a_3mf_is_one_closed_object_in_millimetres(statue: Statue, texture: Image) -> None:
    scene = trimesh.load(io.BytesIO(threemf_bytes(statue, texture, STAND, LETTERING, TITLE)), file_type="3mf")
    (mesh,) = scene.geometry.values()
    assert scene.units == "millimeter" and mesh.is_watertight and mesh.volume > 0
    assert scene.extents == pytest.approx(np.ptp(statue.body.vertices, axis=0), abs=1e-3)


def test_a_3mf_has_a_colour_for_every_triangle(statue: Statue, texture: Image) -> None:
    data = threemf_bytes(statue, texture, STAND, LETTERING, TITLE)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        root = etree.fromstring(archive.read("3D/3dmodel.model"))
    names = {"c": CORE, "m": MATERIALS}
    palette = [color.get("color") for color in root.iterfind(".//m:color", names)]
    triangles = root.findall(".//c:triangle", names)
    assert len(palette) <= 64 and len(triangles) == len(statue.body.faces)
    assert {"#336699FF", "#FFCC66FF"} <= set(palette)
    used = np.array([int(triangle.get("p1")) for triangle in triangles])
    assert used.max() < len(palette)
    colours = np.array([[int(palette[i][k : k + 2], 16) for k in (1, 3, 5)] for i in used])
    middles = statue.body.vertices[statue.body.faces].mean(1)
    figure = statue.origin == 0
    behind = colours[figure & (middles[:, 1] > 8)].mean(0)
    top = colours[figure & (middles[:, 1] < -8) & (middles[:, 2] > 75)].mean(0)
    assert behind[1] > 150 and behind[0] < 40 and top[0] > 150 and top[2] < 40
    assert root.find(".//c:object", names).get("name") == 'Ada <b> & "Ünï" 山'


def test_a_glb_stands_up_along_y_in_metres_with_all_its_parts(glb: bytes) -> None:
    scene = trimesh.load(io.BytesIO(glb), file_type="glb")
    assert set(scene.geometry) == {"figure", "stand", "lettering"}
    assert scene.bounds[0][1] == pytest.approx(0, abs=1e-6) and scene.bounds[1][1] == pytest.approx(0.1, abs=1e-4)
    letters = scene.geometry["lettering"]
    assert letters.bounds[1][2] > 0.01  # The name looks at the viewer, who stands at +z.
    figure = scene.geometry["figure"]
    assert figure.visual.material.baseColorTexture is not None
    assert np.linalg.norm(figure.vertex_normals, axis=1) == pytest.approx(1, abs=1e-3)
    outward = ((figure.vertices - figure.centroid) * figure.vertex_normals).sum(1)
    assert (outward > 0).mean() > 0.99 and figure.volume > 0


def test_a_glb_shows_the_picture_in_front_and_vertex_colours_elsewhere(glb: bytes) -> None:
    figure = trimesh.load(io.BytesIO(glb), file_type="glb").geometry["figure"]
    texture = np.asarray(figure.visual.material.baseColorTexture)
    u, v = figure.visual.uv.T
    shown = texture[np.clip(((1 - v) * 120).astype(int), 0, 119), np.clip((u * 116).astype(int), 0, 115)]
    back = figure.vertices[:, 2] < -0.005
    assert shown[back].min() > 240
    high = (figure.vertices[:, 2] > 0.005) & (figure.vertices[:, 1] > 0.07)
    assert np.median(shown[high][:, 0]) > 180 and np.median(shown[high][:, 2]) < 60
    colours = figure.visual.vertex_attributes["color"].astype(float)
    assert colours[back][:, 1] / 65535 == pytest.approx(((200 / 255 + 0.055) / 1.055) ** 2.4, abs=0.01)


def test_a_glb_without_a_photographed_triangle_or_a_name_is_sound(statue: Statue, texture: Image) -> None:
    skin = statue.skin
    plain = Skin(skin.mesh, skin.uv, skin.colours, np.zeros(len(skin.mesh.faces), np.bool_))
    nameless = Statue(plain, statue.stand, None, statue.body, statue.radius, statue.height, statue.origin)
    data = glb_bytes(nameless, texture, Finish(clearcoat=0), STAND, LETTERING)
    assert set(trimesh.load(io.BytesIO(data), file_type="glb").geometry) == {"figure", "stand"}
    assert "extensionsUsed" not in document(data)


def test_the_same_statue_gives_the_same_bytes(statue: Statue, texture: Image, glb: bytes) -> None:
    assert glb_bytes(statue, texture, Finish(), STAND, LETTERING) == glb
    assert stl_bytes(statue.body) == stl_bytes(statue.body)
    first, second = (threemf_bytes(statue, texture, STAND, LETTERING) for _ in range(2))
    assert first == second


def test_a_fine_skin_is_reduced_and_keeps_its_look(statue: Statue) -> None:
    skin = statue.skin
    fewer = reduced(skin, 6000)
    assert reduced(skin, 10**6) is skin
    assert len(fewer.mesh.faces) <= 6600
    assert np.ptp(fewer.mesh.vertices, axis=0) == pytest.approx(np.ptp(skin.mesh.vertices, axis=0), rel=0.01)
    middles = fewer.mesh.vertices[fewer.mesh.faces].mean(1)
    assert middles[fewer.photographed, 1].max() < 2 and 0.4 < fewer.photographed.mean() < 0.6


def test_creases_stay_sharp_and_round_walls_smooth() -> None:
    box = creased(shell_of(Manifold.cube((10, 10, 10), True)))
    assert (np.abs(box.normals).max(1) > 0.999).all()
    tube = creased(shell_of(Manifold.cylinder(10, 5, 5, 64)))
    side = np.abs(tube.normals[:, 2]) < 0.5
    outward = tube.vertices[side, :2] / 5
    assert (tube.normals[side, :2] * outward).sum(1) == pytest.approx(1, abs=1e-3)
