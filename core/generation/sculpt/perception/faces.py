"""Finds faces and places 468 landmarks on each."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.perception.detection import Detection, anchors, detect, rotated_square, sigmoid
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Face, Image

NEAR_SIDE, FAR_SIDE, MESH_SIDE = 128, 192, 192
NEAR_GRID = anchors(NEAR_SIDE, [8, 16, 16, 16], per_cell=2)
FAR_GRID = anchors(FAR_SIDE, [4], per_cell=1)
LEAST_SCORE = 0.5
LEAST_CERTAINTY = 0.5
LEAST_SHARE = 0.02
"""A face narrower than this part of the picture's long side is no subject."""

LANDMARKS = 468
MESH_MARGIN = 1.5
"""The landmark network wants this much more than the detector's box."""

RIGHT_EYE, LEFT_EYE = 0, 1
"""The detectors' key points that the face's tilt is read from."""


def find_faces(image: Image, networks: Networks) -> list[Face]:
    """The faces in a BGR image that the landmark network confirms, those of the near detector first."""
    hits = detect(networks.near_faces, image, NEAR_SIDE, NEAR_GRID, LEAST_SCORE)
    hits += detect(networks.far_faces, image, FAR_SIDE, FAR_GRID, LEAST_SCORE)
    kept: list[Detection] = []
    faces = []
    for hit in hits:
        if hit.size.max() <= LEAST_SHARE * max(image.shape[:2]) or any(hit.distance(other) < 0.6 for other in kept):
            continue
        face, certainty = _mesh(image, hit, networks)
        if certainty > LEAST_CERTAINTY:
            kept.append(hit)
            faces.append(face)
    return faces


def _mesh(image: Image, hit: Detection, networks: Networks) -> tuple[Face, float]:
    """The landmarks in the detector's box, and how sure the network is that there is a face."""
    across = hit.keypoints[LEFT_EYE] - hit.keypoints[RIGHT_EYE]
    size = float(hit.size.max()) * MESH_MARGIN
    square, transform = rotated_square(image, hit.centre, size, float(np.arctan2(across[1], across[0])), MESH_SIDE)
    points, logit = sorted(networks.face_mesh(square[None]), key=lambda output: -output.size)
    points = points.reshape(LANDMARKS, 3).astype(np.float64)
    face = Face(
        landmarks=points[:, :2] @ transform[:, :2].T + transform[:, 2],
        depth=points[:, 2] * size / MESH_SIDE,
        centre=hit.centre,
        radius=float(hit.size.max()) / 2,
    )
    return face, float(sigmoid(logit.ravel())[0])
