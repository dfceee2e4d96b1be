"""The safety check's scores: of ordinary pictures, of drawn skin, and of something that gets smaller in the frame.

    python -m benchmarks.safety [--folder PICTURES ...]

The harmless pictures are the sample photos and every picture that an installed package carries; `--folder` adds those
below other folders. No picture of a nude person is used: how many of those are found is not measured here.
"""

from __future__ import annotations

import argparse
import statistics
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.photos import FOLDER, LIMITS, NAMES, sample
from core.errors import PhotoError
from core.generation.sculpt.networks import NUDITY
from core.intake.decode import decode
from core.intake.safety.nudity import NudityJudge
from core.model import Photo
from core.settings import SafetySettings, load_settings

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif"}
PACKAGES = Path(sysconfig.get_path("purelib"))
THRESHOLDS = (0.2, 0.5, SafetySettings().threshold)
LEAST = 64  # pixels of the shorter side
RUNS = 20
SKIN = {
    "pale": (241, 205, 181),
    "light": (224, 172, 138),
    "tan": (190, 140, 104),
    "brown": (141, 90, 62),
    "dark": (86, 54, 40),
}
SHARES = (1.0, 0.8, 0.6, 0.45, 0.3)
GRAIN = 6.0  # standard deviation of the noise, as a camera's


def pictures(folder: Path) -> Iterator[tuple[str, Photo]]:
    """Every picture below a folder that the service would accept, with its path there."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        try:
            photo = decode(path.read_bytes(), LIMITS)
        except PhotoError:
            continue
        if min(photo.width, photo.height) >= LEAST:
            yield str(path.relative_to(folder)), photo


def photo_of(pixels: NDArray[np.float64]) -> Photo:
    """A photo of (height, width, 3) numbers from 0 to 255."""
    return Photo(pixels.shape[1], pixels.shape[0], pixels.clip(0, 255).astype(np.uint8).tobytes())


def drawn_skin() -> Iterator[tuple[str, Photo]]:
    """An even ground, a gradient, a ball and two balls in five skin tones, smooth and with a camera's grain."""
    down, across = np.mgrid[-1:1:480j, -1:1:360j]
    ball = np.sqrt(np.clip(1 - across**2 - down**2, 0, 1))
    beside = np.sqrt(np.clip(1 - ((np.abs(across) - 0.39) / 0.44) ** 2 - (down / 0.375) ** 2, 0, 1))
    shades = {
        "even": np.ones_like(down),
        "gradient": 0.8 - 0.3 * down,
        "ball": 0.45 + 0.65 * ball * (0.8 + 0.2 * across - 0.2 * down),
        "two balls": np.where(beside > 0, 0.75 + 0.35 * beside, 0.8),
    }
    grain = np.random.default_rng(0).normal(0, GRAIN, (*down.shape, 1))
    for tone, colour in SKIN.items():
        for shape, shade in shades.items():
            pixels = shade[..., None] * colour
            yield f"{tone} {shape}", photo_of(pixels)
            yield f"{tone} {shape}, grain", photo_of(pixels + grain)


def image_of(photo: Photo) -> Image.Image:
    """The same for Pillow."""
    return Image.frombytes("RGB", (photo.width, photo.height), photo.pixels)


def pasted(photo: Photo, patch: Photo, share: float) -> Photo:
    """The photo at 3:4 with the patch in its middle, `share` of its width."""
    image = image_of(photo).resize((768, 1024))
    small = image_of(patch).resize((round(768 * share), round(1024 * share)))
    image.paste(small, ((image.width - small.width) // 2, (image.height - small.height) // 2))
    return Photo(image.width, image.height, image.tobytes())


def middle_half(photo: Photo) -> Photo:
    """What the judge's third look sees of a photo."""
    box = photo.width // 4, photo.height // 4, 3 * photo.width // 4, 3 * photo.height // 4
    image = image_of(photo).crop(box)
    return Photo(image.width, image.height, image.tobytes())


def tell_scores(title: str, named: Iterator[tuple[str, Photo]], judge: NudityJudge, shown: int) -> None:
    """Print the highest scores, and how many pictures the thresholds refuse."""
    found = sorted(((judge.score(photo), name) for name, photo in named), reverse=True)
    print(f"\n{title}: {len(found)} pictures, the highest scores")
    for score, name in found[:shown]:
        print(f"  {score:.4f}  {name}")
    for threshold in sorted(set(THRESHOLDS)):
        print(f"  refused at {threshold}: {sum(score >= threshold for score, _ in found)}")


def tell_looks(judge: NudityJudge) -> None:
    """Print what each look adds when what the network objects to gets smaller in the frame.

    The stand-in is the middle of the two balls of skin, which it scores 0.4 to 0.7, pasted onto the sample photos.
    """
    balls = [middle_half(photo) for name, photo in drawn_skin() if name.endswith("two balls")]
    print("\nmean score of a stand-in pasted onto the sample photos, by its share of the width")
    print("  share   whole  +square   +half")
    for share in SHARES:
        rows = [judge.scores(pasted(sample(name), patch, share)) for name in NAMES for patch in balls]
        means = np.maximum.accumulate(rows, axis=1).mean(0)
        print(f"  {share:5.2f}  {means[0]:6.3f}  {means[1]:7.3f}  {means[2]:6.3f}")


def tell_time(judge: NudityJudge) -> None:
    """Print the milliseconds that a large photo takes."""
    large = sample("astronaut")
    image = image_of(large).resize((2048, 1536))
    photo = Photo(image.width, image.height, image.tobytes())
    taken = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        judge.score(photo)
        taken.append(1000 * (time.perf_counter() - begun))
    print(f"\na photo of {photo.width} x {photo.height}: {statistics.median(taken):.0f} ms, at most {max(taken):.0f}")


def main() -> None:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, action="append", default=[], help="a folder of harmless pictures")
    options = parser.parse_args()
    judge = NudityJudge(str(load_settings().sculpt.networks_dir / NUDITY.file), NUDITY.sha256)
    judge.warm_up()
    tell_scores("sample photos", pictures(FOLDER), judge, len(NAMES))
    for folder in (PACKAGES, *options.folder):
        tell_scores(f"below {folder.name}", pictures(folder), judge, 100 if folder == PACKAGES else 12)
    tell_scores("drawn skin", drawn_skin(), judge, 50)
    tell_looks(judge)
    tell_time(judge)


if __name__ == "__main__":
    main()
