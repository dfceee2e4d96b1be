"""Says inside the picture that it was made by AI, and nothing else."""

from __future__ import annotations

import io

import cv2
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from core.generation.sculpt.shapes import Image

DESCRIPTION = "AI-made figurine"

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
"""IPTC's term for a composite of captured elements (here: the person's photo) and elements made by trained networks."""

XMP_KEYWORD = "XML:com.adobe.xmp"
"""PNG's iTXt chunk for XMP, as Adobe's specification, part 3, names it."""

XMP = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}">
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{DESCRIPTION}</rdf:li></rdf:Alt></dc:description>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""

PNG_COMPRESSION = 4
JPEG_QUALITY = 88


def png(image: Image) -> bytes:
    """A BGR picture as PNG with the XMP packet."""
    info = PngInfo()
    info.add_itxt(XMP_KEYWORD, XMP)
    buffer = io.BytesIO()
    _pillow(image).save(buffer, "PNG", pnginfo=info, compress_level=PNG_COMPRESSION)
    return buffer.getvalue()


def jpeg(image: Image) -> bytes:
    """A BGR picture as JPEG with the XMP packet."""
    buffer = io.BytesIO()
    _pillow(image).save(buffer, "JPEG", quality=JPEG_QUALITY, optimize=True, xmp=XMP.encode())
    return buffer.getvalue()


def _pillow(image: Image) -> Pillow.Image:
    return Pillow.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
