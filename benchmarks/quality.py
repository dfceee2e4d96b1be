"""Makes every sample photo in every style and writes what came out, to look at and as figures.

    python -m benchmarks.quality [--styles collector,marble] [--folder docs/quality]

Into the folder go, for each photo, the picture and the all-round sheet of eight views in the first style, and one sheet
with the pictures of all styles. The printer's figures of every figurine are printed as a Markdown table.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

from PIL import Image

from benchmarks.photos import sample
from core.generation.sculpt.engine import SculptMaker
from core.generation.styles import styles
from core.model import Figurine, FigurineRequest, FileKind
from core.settings import load_settings

ROOT = Path(__file__).resolve().parent.parent
NAMES = {
    "astronaut": "Eileen",
    "cat": "Chelsea",
    "coffee": "Café",
    "rocket": "Ракета",
    "cameraman": "写真家",
    "raccoon": "راكون",
}
THUMBNAIL = 420


def picture(figurine: Figurine, kind: FileKind) -> Image.Image:
    """One of the figurine's pictures."""
    data = next(file.data for file in figurine.files if file.kind is kind)
    return Image.open(io.BytesIO(data)).convert("RGB")


def beside(pictures: list[Image.Image]) -> Image.Image:
    """Pictures in one row, of one height."""
    small = [one.resize((one.width * THUMBNAIL // one.height, THUMBNAIL), Image.Resampling.LANCZOS) for one in pictures]
    row = Image.new("RGB", (sum(one.width for one in small), THUMBNAIL))
    left = 0
    for one in small:
        row.paste(one, (left, 0))
        left += one.width
    return row


def figures(photo: str, figurine: Figurine) -> str:
    """One line of the table."""
    facts = figurine.facts
    size = " × ".join(f"{length:.0f}" for length in facts.size_mm)
    closed = "yes" if facts.watertight and facts.bodies == 1 else "NO"
    return (
        f"| {photo} | {figurine.style} | {figurine.subject.kind} | {closed} | {size} | {facts.triangles:,} | "
        f"{facts.min_wall_mm:.2f} | {facts.thin_share:.2%} |"
    )


def main() -> None:
    """Make, save and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", default=",".join(styles()))
    parser.add_argument("--photos", default=",".join(NAMES))
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "quality")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    maker = SculptMaker(load_settings().sculpt.networks_dir)
    print("| photo | style | subject | closed, one body | size, mm | triangles | thinnest wall, mm | under 1.2 mm |")
    print("|---|---|---|---|---|---|---|---|")
    for photo in options.photos.split(","):
        decoded = sample(photo)
        shown = []
        for number, style in enumerate(options.styles.split(",")):
            request = FigurineRequest(decoded, style, NAMES[photo], "Collectible figurine", views=8 * (number == 0))
            figurine = maker.make(request, lambda _: None)
            shown.append(picture(figurine, FileKind.PICTURE))
            print(figures(photo, figurine), flush=True)
            if number == 0:
                shown[0].save(options.folder / f"{photo}.jpg", quality=88)
                picture(figurine, FileKind.VIEWS).save(options.folder / f"{photo}-views.jpg", quality=85)
        beside(shown).save(options.folder / f"{photo}-styles.jpg", quality=85)


if __name__ == "__main__":
    main()
