"""STL: the body's triangles, in millimetres, z up."""

from __future__ import annotations

import struct

import numpy as np

from core.generation.sculpt.shapes import Shell

HEADER = b"binary STL, millimetres, z up".ljust(80, b" ")
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


def stl_bytes(body: Shell) -> bytes:
    """A binary STL file."""
    corners = body.vertices[body.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-30
    triangles = np.zeros(len(corners), TRIANGLE)
    triangles["normal"], triangles["corners"] = normals, corners
    return HEADER + struct.pack("<I", len(triangles)) + triangles.tobytes()
