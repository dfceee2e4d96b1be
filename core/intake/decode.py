"""Pictures as phones send them, turned into plain upright sRGB pixels. Runs in a process of its own."""

from __future__ import annotations

import contextlib
import io
import warnings
from dataclasses import dataclass
from typing import Final, cast

import pi_heif  # type: ignore[import-untyped]
from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, ImageFile

from core.errors import NotAPicture, PhotoError, PhotoTooLarge, PhotoTooSmall
from core.model import Photo

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIF")  # JPEG covers phones' MPO as well
LONG_SIDE: Final = 2048  # pixels that are kept; the engines need no more
BACKDROP: Final = (255, 255, 255)  # behind transparent parts: white cuts out best for clip art and product shots
TURNS: Final = {  # EXIF orientation -> what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

pi_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What is accepted."""

    max_bytes: int
    max_pixels: int
    max_side: int
    min_side: int


class Decoder:
    """The decoder as a worker process holds it."""

    def __init__(self, max_bytes: int, max_pixels: int, max_side: int, min_side: int) -> None:
        self._limits = PhotoLimits(max_bytes, max_pixels, max_side, min_side)

    def warm_up(self) -> None:
        """Load the formats' readers, all of them: once the process is locked in, nothing can be loaded any more."""
        Image.init()
        pi_heif.libheif_info()
        ImageCms.createProfile("sRGB")

    def decode(self, upload: bytes) -> Photo:
        """See `decode`."""
        return decode(upload, self._limits)


def decode(upload: bytes, limits: PhotoLimits) -> Photo:
    """The first frame of a picture: upright, sRGB, without alpha and metadata, its long side at most LONG_SIDE pixels.

    What a file is follows from its content. Transparent parts show BACKDROP.

    Raises:
        NotAPicture: no accepted format, or a damaged file.
        PhotoTooSmall: a side is shorter than `limits.min_side`. Fields: width, height, least.
        PhotoTooLarge: too many bytes or pixels. Fields: limit, as text with its unit.
    """
    if len(upload) > limits.max_bytes:
        raise PhotoTooLarge(limit=f"{limits.max_bytes / 1e6:.0f} MB")
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(upload, limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(limits) from None
    except (PhotoError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 -- readers of hostile files raise anything, from SyntaxError to struct.error.
        raise NotAPicture(type(error).__name__) from None


def _read(upload: bytes, limits: PhotoLimits) -> Photo:
    with Image.open(io.BytesIO(upload), formats=FORMATS) as image:
        _check_size(image.size, limits)
        image.draft(None, (LONG_SIDE, LONG_SIDE))  # A JPEG is decoded at a fraction of its size where that suffices.
        image.load()
        orientation = _orientation(image)
        profile = image.info.get("icc_profile")
        plain = _eight_bits(image)
    plain = _opaque(plain, profile)
    if orientation in TURNS:
        plain = plain.transpose(TURNS[orientation])
    if min(plain.size) < limits.min_side:  # A long strip that became too thin.
        raise PhotoTooSmall(width=plain.width, height=plain.height, least=limits.min_side)
    return Photo(plain.width, plain.height, plain.tobytes())


def _check_size(size: tuple[int, int], limits: PhotoLimits) -> None:
    width, height = size
    if max(size) > limits.max_side:
        raise PhotoTooLarge(limit=f"{limits.max_side} px")
    if width * height > limits.max_pixels:
        raise _too_many_pixels(limits)
    if min(size) < limits.min_side:
        raise PhotoTooSmall(width=width, height=height, least=limits.min_side)


def _too_many_pixels(limits: PhotoLimits) -> PhotoTooLarge:
    return PhotoTooLarge(limit=f"{limits.max_pixels / 1e6:.0f} MP")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 if there is none.

    The readers of TIFF and HEIF have applied and removed their own by now; that of AVIF tells its turns as EXIF.
    """
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # noqa: BLE001 -- damaged metadata of a sound picture
        return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """The same picture as L, RGB, RGBA or CMYK, its long side at most LONG_SIDE pixels."""
    if image.mode in ("I", "F"):
        numbers = _reduced(image.convert("F"))
        return _scaled(numbers, *cast("tuple[float, float]", numbers.getextrema()))
    if image.mode.startswith("I;16"):
        return _scaled(_reduced(image.convert("I").convert("F")), 0, 65535)
    if image.has_transparency_data:
        return _reduced(image.convert("RGBA"))
    return _reduced(image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB"))


def _reduced(image: Image.Image) -> Image.Image:
    """A copy unless the picture is small enough."""
    factor = min(1.0, LONG_SIDE / max(image.size))
    size = max(1, round(image.width * factor)), max(1, round(image.height * factor))
    return image.resize(size, Image.Resampling.LANCZOS) if factor < 1 else image.copy()


def _scaled(numbers: Image.Image, low: float, high: float) -> Image.Image:
    scale = 255.0 / ((high - low) or 1.0)
    return numbers.point(lambda value: value * scale - low * scale).convert("L")


def _opaque(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The same in sRGB, without alpha. A profile that can't be used is left out."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    if profile:
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            colours = _in_srgb(colours, profile)
    colours = colours.convert("RGB")
    if alpha is None:
        return colours
    return Image.composite(colours, Image.new("RGB", colours.size, BACKDROP), alpha)


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return converted or image
