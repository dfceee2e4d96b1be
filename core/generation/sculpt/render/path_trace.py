"""Light transport with Mitsuba 3. Only its scalar variant is used, because the LLVM ones abort on some machines."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.scene.description import Camera, Item, Light, Material, Scene, Texture

MAX_DEPTH = 5
ROULETTE_DEPTH = 4


def path_trace(scene: Scene, samples: int, report: Callable[[float], None]) -> NDArray[np.float32]:
    """Radiance (h, w, 3), linear RGB, from `samples` paths per pixel; the same for the same scene.

    One pass with one path per pixel follows the other; `report` gets the fraction that is done after each.
    """
    mi = _mitsuba()
    # Mitsuba's merging of equal objects puts the lights in another order now and then, and with it comes another noise.
    loaded = mi.load_dict(_described(scene), optimize=False)
    total = np.zeros((scene.camera.height, scene.camera.width, 3), np.float32)
    for number in range(samples):
        total += np.asarray(mi.render(loaded, spp=1, seed=number), np.float32)[..., :3]
        report((number + 1) / samples)
    return total / np.float32(samples)


def warm_up() -> None:
    """Load Mitsuba's library and plugins."""
    mi = _mitsuba()
    mi.load_dict({"type": "scene", "integrator": {"type": "path"}, "bsdf": {"type": "principled"}})


@cache
def _mitsuba() -> Any:
    """The module, imported late: it takes half a second and belongs into the worker process alone."""
    import mitsuba

    mitsuba.set_variant("scalar_rgb")
    mitsuba.set_log_level(mitsuba.LogLevel.Error)
    return mitsuba


def _described(scene: Scene) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": MAX_DEPTH, "rr_depth": ROULETTE_DEPTH},
        "sensor": _sensor(scene.camera),
        "ambient": {"type": "constant", "radiance": _rgb(scene.ambient)},
    }
    for index, light in enumerate(scene.lights):
        described[f"light-{index}"] = _lamp(light)
    for item in scene.items:
        described[item.name] = _mesh(item)
    return described


def _rgb(colour: tuple[float, float, float]) -> dict[str, Any]:
    return {"type": "rgb", "value": list(colour)}


def _look_at(position: NDArray[np.float64], target: NDArray[np.float64]) -> Any:
    transform = _mitsuba().ScalarTransform4f()
    return transform.look_at(position.tolist(), target.tolist(), [0, 0, 1])


def _sensor(camera: Camera) -> dict[str, Any]:
    return {
        "type": "perspective",
        "fov": camera.field_of_view,
        "fov_axis": "y",
        "to_world": _look_at(camera.position, camera.target),
        "film": {
            "type": "hdrfilm",
            "width": camera.width,
            "height": camera.height,
            "rfilter": {"type": "box"},
            "pixel_format": "rgb",
        },
        "sampler": {"type": "independent"},
    }


def _lamp(light: Light) -> dict[str, Any]:
    return {
        "type": "rectangle",
        "to_world": _look_at(light.position, light.target).scale(light.half_size),
        "emitter": {"type": "area", "radiance": _rgb(light.radiance)},
    }


def _bsdf(item: Item) -> dict[str, Any]:
    material: Material = item.material
    if isinstance(item.paint, Texture):
        image = np.ascontiguousarray(item.paint.image[..., ::-1])
        colour: dict[str, Any] = {"type": "bitmap", "bitmap": _mitsuba().Bitmap(image), "wrap_mode": "clamp"}
    elif isinstance(item.paint, np.ndarray):
        colour = {"type": "mesh_attribute", "name": "vertex_color"}
    else:
        colour = _rgb(item.paint)
    if material.specular == 0 and material.metallic == 0 and material.clearcoat == 0:
        return {"type": "diffuse", "reflectance": colour}
    return {
        "type": "principled",
        "base_color": colour,
        "roughness": material.roughness,
        "specular": material.specular,
        "metallic": material.metallic,
        "clearcoat": material.clearcoat,
        "clearcoat_gloss": material.clearcoat_gloss,
    }


def _mesh(item: Item) -> Any:
    """The item as a mesh of Mitsuba's, made in memory: nothing is written to disk."""
    mi = _mitsuba()
    properties = mi.Properties()
    properties["bsdf"] = mi.load_dict(_bsdf(item))
    mesh = mi.Mesh(
        item.name,
        len(item.vertices),
        len(item.faces),
        props=properties,
        has_vertex_normals=item.normals is not None,
        has_vertex_texcoords=isinstance(item.paint, Texture),
    )
    if isinstance(item.paint, np.ndarray):
        mesh.add_attribute("vertex_color", 3, item.paint.astype(np.float32).ravel())
    values = mi.traverse(mesh)
    values["vertex_positions"] = item.vertices.astype(np.float32).ravel()
    values["faces"] = item.faces.astype(np.uint32).ravel()
    if item.normals is not None:
        values["vertex_normals"] = item.normals.astype(np.float32).ravel()
    if isinstance(item.paint, Texture):
        # Mitsuba counts v from the top.
        values["vertex_texcoords"] = (item.paint.uv * (1, -1) + (0, 1)).astype(np.float32).ravel()
    values.update()
    return mesh
