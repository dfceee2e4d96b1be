"""What a picture says about itself."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from core.generation.sculpt import metadata

PICTURE = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"


@pytest.mark.parametrize("write", [metadata.png, metadata.jpeg])
def test_it_says_that_networks_took_part_in_words_that_programs_know(write) -> None:  # type: ignore[no-untyped-def]
    packet = Image.open(io.BytesIO(write(PICTURE))).info["xmp"]
    packet = packet.decode() if isinstance(packet, bytes) else packet
    start, end = packet.index("<x:xmpmeta"), packet.index("<?xpacket end")
    tree = ElementTree.fromstring(packet[start:end])  # noqa: S314
    (found,) = [node.attrib[SOURCE_TYPE] for node in tree.iter() if SOURCE_TYPE in node.attrib]
    assert found == "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
    assert metadata.DESCRIPTION in "".join(tree.itertext())


@pytest.mark.parametrize("write", [metadata.png, metadata.jpeg])
def test_it_says_nothing_else(write) -> None:  # type: ignore[no-untyped-def]
    info = Image.open(io.BytesIO(write(PICTURE))).info
    assert set(info) <= {"xmp", "XML:com.adobe.xmp", "jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_png_keeps_every_pixel_and_its_colours_order() -> None:
    read = np.asarray(Image.open(io.BytesIO(metadata.png(PICTURE))))
    assert np.array_equal(read[..., ::-1], PICTURE)
