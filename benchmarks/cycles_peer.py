"""Renders one GLB with Blender's Cycles on the CPU and prints the seconds and the memory as JSON.

Runs under a Python that has the `bpy` wheel, in an environment of its own:

    python3.11 -m venv /some/where && /some/where/bin/pip install bpy==4.5.15
    python -m benchmarks.sculpt --bpy /some/where/bin/python
"""

import json
import math
import sys
import time
from pathlib import Path

import bpy  # type: ignore[import-not-found]

SAMPLES = 8
WIDTH, HEIGHT = 819, 1024


def lamp(name: str, place: tuple[float, float, float], size: float, watts: float) -> None:
    """A square area light that looks at the middle of the figurine. Metres."""
    data = bpy.data.lights.new(name, "AREA")
    data.energy, data.size = watts, size
    light = bpy.data.objects.new(name, data)
    light.location = place
    bpy.context.scene.collection.objects.link(light)
    aim(light)


def aim(thing: object) -> None:
    """Point an object at the middle of the figurine."""
    target = bpy.data.objects.get("target")
    if target is None:
        target = bpy.data.objects.new("target", None)
        target.location = (0, 0, 0.05)
        bpy.context.scene.collection.objects.link(target)
    constraint = thing.constraints.new("TRACK_TO")  # type: ignore[attr-defined]
    constraint.target, constraint.track_axis, constraint.up_axis = target, "TRACK_NEGATIVE_Z", "UP_Y"


def build(glb: str) -> None:
    """The figurine on a floor, three lights and a camera like the studio's."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.ops.import_scene.gltf(filepath=glb)
    bpy.ops.mesh.primitive_plane_add(size=2)
    lamp("key", (-0.17, -0.23, 0.30), 0.17, 3.0)
    lamp("fill", (0.26, -0.19, 0.15), 0.20, 0.8)
    lamp("rim", (0.15, 0.19, 0.23), 0.09, 1.2)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.data.angle = math.radians(24)
    camera.location = (0, -0.34, 0.10)
    bpy.context.scene.collection.objects.link(camera)
    aim(camera)
    scene = bpy.context.scene
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples, scene.cycles.use_denoising = "CPU", SAMPLES, True
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = WIDTH, HEIGHT, 100
    scene.render.threads_mode, scene.render.threads = "FIXED", 2


def main(glb: str, png: str, runs: int) -> None:
    """Render `runs` times after loading once; the first run counts too, as for the engine a warm process is meant."""
    build(glb)
    bpy.context.scene.render.filepath = str(Path(png).resolve())
    seconds = []
    for _ in range(runs):
        started = time.monotonic()
        bpy.ops.render.render(write_still=True)
        seconds.append(round(time.monotonic() - started, 2))
    # Not getrusage: a process that was forked from a large one starts with that one's peak.
    status = Path("/proc/self/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    sys.stderr.write(json.dumps({"seconds": seconds, "peak_mb": round(peak)}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
