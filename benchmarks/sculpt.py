"""The sculpt engine's seconds and memory, stage by stage, on the sample photos.

    python -m benchmarks.sculpt [--runs 5] [--style collector] [--bpy PYTHON] [--json FILE]

Every photo is made once to warm up and then `runs` times; the table shows medians in seconds and, where there is one,
the ratio to the reference: the first implementation of the same algorithm on a machine of two cores. With `--bpy`,
Blender's Cycles renders the same mesh in the same run (see cycles_peer.py), and the table closes with that ratio.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.photos import NAMES, sample
from core.generation.sculpt.engine import SculptMaker
from core.model import Figurine, FigurineRequest, FileKind
from core.settings import load_settings

REFERENCE = {
    "astronaut": {"before": 2.5, "picture": 4.6, "turntable": 4.8},
    "cat": {"before": 2.5, "picture": 4.6, "turntable": 5.1},
    "cameraman": {"before": 2.0, "picture": 4.8, "turntable": 4.3},
}
BEFORE = ("cutout", "paint", "sculpt", "colour", "stand")


def make(maker: SculptMaker, photo: str, style: str) -> Figurine:
    """One figurine of a sample photo."""
    return maker.make(FigurineRequest(photo=sample(photo), style=style, engraving="Ada"), lambda _: None)


def measure(maker: SculptMaker, photo: str, style: str, runs: int) -> tuple[dict[str, float], Figurine]:
    """Median seconds of every stage, the warm-up left out, and the last figurine."""
    figurine = make(maker, photo, style)
    seen: dict[str, list[float]] = {}
    for _ in range(runs):
        figurine = make(maker, photo, style)
        for stage, seconds in figurine.seconds.items():
            seen.setdefault(stage, []).append(seconds)
    return {stage: statistics.median(seconds) for stage, seconds in seen.items()}, figurine


def row(photo: str, seconds: dict[str, float], figurine: Figurine) -> str:
    """One line of the table."""
    before = sum(seconds.get(stage, 0.0) for stage in BEFORE)
    reference = REFERENCE.get(photo, {})
    ratio = f"{(before + seconds['picture']) / (reference['before'] + reference['picture']):.2f}" if reference else "-"
    stages = " ".join(f"{seconds.get(stage, 0.0):8.2f}" for stage in (*BEFORE, "picture", "turntable", "files"))
    rest = seconds["turntable"] + seconds["files"]
    return f"{photo:10} {stages} | {before + seconds['picture']:7.2f} {rest:6.2f} {figurine.peak_mb:7.0f} {ratio:>6}"


def cycles(python: Path, figurine: Figurine, runs: int) -> dict[str, float]:
    """Blender's median seconds and its memory for the same mesh."""
    glb = next(file for file in figurine.files if file.kind is FileKind.GLB)
    with tempfile.TemporaryDirectory() as folder:
        mesh = Path(folder, "figurine.glb")
        mesh.write_bytes(glb.data)
        command = [python, Path(__file__).with_name("cycles_peer.py"), mesh, Path(folder, "cycles.png"), str(runs)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(result.stderr.strip().splitlines()[-1])
    return {"seconds": statistics.median(told["seconds"]), "peak_mb": told["peak_mb"]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--style", default="collector")
    parser.add_argument("--bpy", type=Path, help="a Python that has the bpy wheel")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    started = time.monotonic()
    maker = SculptMaker(load_settings().sculpt.networks_dir)
    maker.warm_up()
    make(maker, "astronaut", options.style)
    print(f"cold start to the first figurine: {time.monotonic() - started:.1f} s\n")
    print(f"{'seconds':10} " + " ".join(f"{stage:>8}" for stage in (*BEFORE, "picture", "turntab.", "files")), end="")
    print(f" | {'to pic.':>7} {'more':>6} {'peak MB':>7} {'ratio':>6}")
    figures, last = {}, None
    for photo in NAMES:
        seconds, last = measure(maker, photo, options.style, options.runs)
        figures[photo] = seconds | {"peak_mb": last.peak_mb}
        print(row(photo, seconds, last))
    pictures = [sum(figures[photo][stage] for stage in (*BEFORE, "picture")) for photo in NAMES]
    print(f"\nmedian over subjects, photo to picture: {statistics.median(pictures):.2f} s")
    print(f"peak memory after {len(NAMES) * (options.runs + 1) + 1} figurines in one process: ", end="")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if options.bpy and last:
        peer = cycles(options.bpy, last, options.runs)
        ours = figures[NAMES[-1]]["picture"]
        print(f"Cycles, same mesh: {peer['seconds']:.1f} s, {peer['peak_mb']} MB; ", end="")
        print(f"ours / Cycles = {ours / peer['seconds']:.2f}")
        figures["cycles"] = peer
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
