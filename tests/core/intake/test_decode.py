"""Pictures of every kind become plain pixels; everything else becomes one clear error."""

import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from benchmarks.heic import heic
from core.errors import NotAPicture, PhotoTooLarge, PhotoTooSmall
from core.intake.decode import LONG_SIDE, PhotoLimits, decode
from core.model import Photo

LIMITS = PhotoLimits(max_bytes=5_000_000, max_pixels=40_000_000, max_side=20_000, min_side=64)
RED, GREEN, BLUE = (220, 30, 20), (20, 200, 40), (10, 20, 230)


def two_halves(left=RED, right=BLUE, size=(160, 100)) -> Image.Image:
    """A picture with a left and a right half, wider than high, so that turns and colours can be told."""
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    if kind == "HEIC":
        return heic(image, **options)
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def pixel(photo: Photo, x: float, y: float) -> tuple[int, ...]:
    """The colour at a place given in fractions of the sides."""
    at = 3 * (int(y * photo.height) * photo.width + int(x * photo.width))
    return tuple(photo.pixels[at : at + 3])


def near(colour, expected, tolerance=25) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(colour, expected, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF", "HEIC"])
def test_every_accepted_format_keeps_its_size_and_colours(kind):
    photo = decode(encoded(two_halves(), kind), LIMITS)
    assert (photo.width, photo.height, len(photo.pixels)) == (160, 100, 160 * 100 * 3)
    assert near(pixel(photo, 0.2, 0.5), RED)
    assert near(pixel(photo, 0.8, 0.5), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize(
    ("orientation", "red_at"), [(3, (0.8, 0.5)), (6, (0.5, 0.2)), (8, (0.5, 0.8)), (2, (0.8, 0.5))]
)
def test_the_orientation_of_exif_is_applied_once(kind, orientation, red_at):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode(encoded(two_halves(), kind, exif=exif), LIMITS)
    assert (photo.width > photo.height) == (orientation in (2, 3))
    assert near(pixel(photo, *red_at), RED)


@pytest.mark.parametrize(
    ("degrees", "red_at"), [(0, (0.2, 0.5)), (90, (0.5, 0.8)), (180, (0.8, 0.5)), (270, (0.5, 0.2))]
)
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_an_heic_is_turned_once_as_it_says_itself_and_its_exif_is_not_asked(degrees, red_at, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = decode(encoded(two_halves(), "HEIC", degrees=degrees, exif=exif.tobytes()), LIMITS)
    assert (photo.width, photo.height) == ((160, 100) if degrees in (0, 180) else (100, 160))
    assert near(pixel(photo, *red_at), RED)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_an_avif_that_turns_itself_is_not_turned_again_by_its_exif(orientation):
    """Pillow writes the turn as a box and takes it out of EXIF; another tag is renamed to have it there as well."""
    exif = Image.Exif()
    exif[0x0112], exif[0x0213] = 6, orientation
    upload = encoded(two_halves(), "AVIF", exif=exif)
    assert b"irot" in upload
    assert upload.count(b"\2\x13\0\3") == 1
    photo = decode(upload.replace(b"\2\x13\0\3", b"\1\x12\0\3"), LIMITS)
    assert (photo.width, photo.height) == (100, 160)
    assert near(pixel(photo, 0.5, 0.2), RED)


def test_the_format_follows_from_the_content_alone():
    """An AVIF that calls itself HEIC, and the other way round, are what they are or nothing, never something else."""
    for upload, other in ((encoded(two_halves(), "AVIF"), b"heic"), (encoded(two_halves(), "HEIC"), b"avif")):
        with pytest.raises(NotAPicture):
            decode(upload[:8] + other + upload[12:], LIMITS)
    generic = encoded(two_halves(), "HEIC")
    assert near(pixel(decode(generic[:8] + b"mif1" + generic[12:], LIMITS), 0.2, 0.5), RED)


def test_damaged_exif_does_not_spoil_a_sound_picture():
    photo = decode(encoded(two_halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), RED)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted(kind):
    photo = decode(encoded(two_halves().convert("CMYK"), kind), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), RED, 40)


def test_sixteen_bit_grey_keeps_its_brightness():
    image = Image.new("I;16", (100, 100), 128 * 257)
    for kind in ("PNG", "TIFF"):
        assert near(pixel(decode(encoded(image, kind), LIMITS), 0.5, 0.5), (128, 128, 128), 2)


def test_sixteen_bit_colour_is_read():
    row = b"\0" + struct.pack(">3H", 200 * 257, 100 * 257, 50 * 257) * 80
    photo = decode(png(80, 80, row * 80, depth=16), LIMITS)
    assert near(pixel(photo, 0.5, 0.5), (200, 100, 50), 2)


def test_floating_point_pictures_are_spread_over_their_range():
    image = Image.new("F", (100, 100), 0.0)
    image.paste(1.0, (50, 0, 100, 100))
    photo = decode(encoded(image, "TIFF"), LIMITS)
    assert pixel(photo, 0.2, 0.5) == (0, 0, 0)
    assert pixel(photo, 0.8, 0.5) == (255, 255, 255)


def test_one_even_value_in_a_floating_point_picture_is_no_division_by_zero():
    assert decode(encoded(Image.new("F", (100, 100), 7.0), "TIFF"), LIMITS).width == 100


def test_transparent_parts_become_white():
    image = two_halves().convert("RGBA")
    image.paste((9, 9, 9, 0), (80, 0, 160, 100))
    photo = decode(encoded(image, "PNG"), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), RED)
    assert pixel(photo, 0.8, 0.5) == (255, 255, 255)


def test_a_palette_with_a_transparent_colour_becomes_white_there():
    image = two_halves().quantize(2)
    transparent = image.getpixel((120, 50))
    photo = decode(encoded(image, "PNG", transparency=transparent), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), RED)
    assert pixel(photo, 0.8, 0.5) == (255, 255, 255)


def test_an_animation_gives_its_first_frame():
    frames = [two_halves(GREEN), two_halves(BLUE)]
    photo = decode(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), GREEN)


@pytest.mark.parametrize(("kind", "option"), [("PNG", "icc_profile"), ("AVIF", "icc_profile"), ("HEIC", "profile")])
def test_a_colour_profile_is_converted_to_srgb(kind, option):
    """A profile with red and blue exchanged shows that it is used: its red is sRGB's blue."""
    swapped = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = [128 + 4 + 12 * index for index in range(struct.unpack_from(">I", swapped, 128)[0])]
    red, blue = (next(at for at in tags if swapped[at : at + 4] == name) for name in (b"rXYZ", b"bXYZ"))
    swapped[red : red + 4], swapped[blue : blue + 4] = b"bXYZ", b"rXYZ"
    photo = decode(encoded(two_halves(), kind, **{option: bytes(swapped)}), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), (20, 30, 220), 40)


def test_a_damaged_colour_profile_is_left_out():
    photo = decode(encoded(two_halves(), "JPEG", icc_profile=b"nonsense" * 40), LIMITS)
    assert near(pixel(photo, 0.2, 0.5), RED)


def test_a_large_picture_is_reduced_to_the_long_side_that_is_kept():
    photo = decode(encoded(two_halves(size=(5000, 3000)), "JPEG"), LIMITS)
    assert (photo.width, photo.height) == (LONG_SIDE, round(LONG_SIDE * 0.6))


@pytest.mark.parametrize(
    "upload",
    [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"%PDF-1.7", b"<svg/>"],
    ids=["empty", "text", "png head", "jpeg head", "gif head", "pdf", "svg"],
)
def test_what_is_no_picture_is_refused(upload):
    with pytest.raises(NotAPicture):
        decode(upload, LIMITS)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "HEIC"])
def test_a_truncated_picture_is_refused(kind):
    whole = encoded(Image.effect_noise((160, 100), 80).convert("RGB"), kind)
    with pytest.raises(NotAPicture):
        decode(whole[: len(whole) * 6 // 10], LIMITS)


def test_a_picture_of_one_pixel_is_too_small_and_says_what_is_enough():
    with pytest.raises(PhotoTooSmall) as caught:
        decode(encoded(Image.new("RGB", (1, 1)), "PNG"), LIMITS)
    assert caught.value.fields == {"width": 1, "height": 1, "least": 64}


def test_a_strip_that_is_too_thin_once_reduced_is_too_small():
    with pytest.raises(PhotoTooSmall):
        decode(encoded(two_halves(size=(9000, 70)), "PNG"), LIMITS)


def test_a_picture_30000_pixels_wide_is_too_large():
    with pytest.raises(PhotoTooLarge) as caught:
        decode(encoded(Image.new("L", (30_000, 80)), "PNG"), LIMITS)
    assert caught.value.fields == {"limit": "20000 px"}


def png(width: int, height: int, rows: bytes, depth: int = 8) -> bytes:
    """A hand-made RGB PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 9)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("side", [7_000, 12_000], ids=["above the limit", "above twice the limit"])
def test_a_decompression_bomb_is_too_large_before_it_is_unpacked(side):
    with pytest.raises(PhotoTooLarge) as caught:
        decode(png(side, side, bytes(1000)), LIMITS)
    assert caught.value.fields == {"limit": "40 MP"}


def test_too_many_bytes_are_too_large():
    with pytest.raises(PhotoTooLarge) as caught:
        decode(bytes(5_000_001), LIMITS)
    assert caught.value.fields == {"limit": "5 MB"}
