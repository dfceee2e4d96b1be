"""The head: skull and hair from the silhouette and canonical depths, the face from its landmarks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.generation.sculpt.faceaxes import FaceAxes
from core.generation.sculpt.imaging import smoothstep
from core.generation.sculpt.landmarks import LEFT_EAR, OVAL, RIGHT_EAR
from core.generation.sculpt.shapes import Face, Mask, Plane, Points
from core.generation.sculpt.solid.figure import Head as HeadPlace
from core.generation.sculpt.solid.grid import Grid
from core.generation.sculpt.solid.part import Part, PartKind
from core.generation.sculpt.solid.plane import blur, outer_distance, polygon
from core.generation.sculpt.solid.poisson import inflate
from core.generation.sculpt.solid.thinplate import thin_plate

FRONT_DEPTH, BACK_DEPTH = 0.46, 0.66
"""Depths of a skull before and behind its middle, in face heights (chin to hairline)."""
FRONT_ROUNDING, BACK_ROUNDING = 0.42, 0.46
"""Exponents that turn the inflated silhouette into a skull's profile: 0.5 is an ellipsoid, less is flatter."""
MIDDLE_DEPTH = 0.10
HAIR_REACH = 0.62
"""How far hair may stand off from the face, in face heights."""
LEAST_CELLS = 40


@dataclass(frozen=True, slots=True)
class HeadPart:
    """A head as a part, with its frame: `along` counts face heights up from the chin, `across` from the middle."""

    part: Part
    place: HeadPlace
    along: Plane
    across: Plane

    def moved(self, cells: float) -> HeadPart:
        """The head nearer to the viewer."""
        return replace(
            self,
            part=replace(self.part, middle=self.part.middle + np.float32(cells)),
            place=replace(self.place, centre_depth=self.place.centre_depth + cells),
        )


def head_part(face: Face, outline: Plane, grid: Grid, hair: Plane, cloth: Plane) -> HeadPart | None:
    """The head of a face in cells; `hair` and `cloth` (0 to 1) say where they are. None where next to nothing is."""
    frame = _Frame.of(face, grid)
    mask = _mask(frame, outline, hair, cloth)
    if mask.sum() < LEAST_CELLS:
        return None
    front, back = _depths(frame, face, mask)
    middle = MIDDLE_DEPTH * frame.height
    part = Part(
        kind=PartKind.HEAD,
        mask=mask,
        front=front**2,
        back=back**2,
        middle=np.full(mask.shape, middle, np.float32),
        softness=0.05 * frame.height,
    )
    axes = frame.axes
    place = HeadPlace(chin=axes.chin, middle=axes.middle, up=axes.up, face_height=axes.height, centre_depth=middle)
    return HeadPart(part=part, place=place, along=frame.along, across=frame.across)


@dataclass(frozen=True, slots=True)
class _Frame:
    axes: FaceAxes
    along: Plane
    across: Plane
    oval: Mask

    @classmethod
    def of(cls, face: Face, grid: Grid) -> _Frame:
        axes, (y, x) = FaceAxes.of(face.landmarks), grid.coordinates()
        return cls(axes, axes.along(x, y), axes.across(x, y), polygon(face.landmarks[OVAL], grid.shape))

    @property
    def height(self) -> float:
        return self.axes.height


def _mask(frame: _Frame, outline: Plane, hair: Plane, cloth: Plane) -> Mask:
    along, across = frame.along, frame.across
    near = outer_distance(frame.oval) < HAIR_REACH * frame.height
    skull = (along > 0.30 - 0.12 * smoothstep(np.abs(across), 0.5, 0.8)) & near
    long_hair = (along > -0.05) & (hair > 0.5) & near
    shoulder = (cloth > 0.5) & (along < 0.58) & (np.abs(across) > 0.5) & ~frame.oval
    mask = (frame.oval | skull | long_hair) & (outline > -0.5) & ~shoulder
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    if count > 2:
        row, column = np.clip(np.round(frame.axes.middle[::-1]).astype(int), 0, np.array(mask.shape) - 1)
        mask = labels == labels[row, column]
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(opened > 0)


def _depths(frame: _Frame, face: Face, mask: Mask) -> tuple[Plane, Plane]:
    """Half-depths before and behind the head's middle, in cells."""
    pillow = inflate(mask)
    pillow = pillow / pillow.max()
    tall_hair = np.clip(float(frame.along[mask].max()) / 1.3, 0.9, 1.35)  # Tall hair is deep hair.
    front = FRONT_DEPTH * frame.height * tall_hair * pillow**FRONT_ROUNDING
    back = BACK_DEPTH * frame.height * tall_hair * pillow**BACK_ROUNDING
    return _with_face(front.astype(np.float32), frame, face), np.asarray(back, np.float32)


def _with_face(front: Plane, frame: _Frame, face: Face) -> Plane:
    points = face.landmarks
    forward = -face.depth
    forward = forward - 0.5 * (forward[RIGHT_EAR] + forward[LEFT_EAR])
    x0, y0 = np.maximum(np.floor(points.min(0)).astype(int) - 1, 0)
    x1, y1 = np.minimum(np.ceil(points.max(0)).astype(int) + 2, front.shape[::-1])
    if x1 <= x0 or y1 <= y0:
        return front
    x, y = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    window = np.s_[y0:y1, x0:x1]
    share = _face_share(frame, points)[window]
    surface = np.maximum(thin_plate(points, forward, x, y, frame.height), 0.02 * frame.height)
    joined = front.copy()
    joined[window] = front[window] * (1 - share) + surface * share
    return joined


def _face_share(frame: _Frame, points: Points) -> Plane:
    """1 on the face, fading out at its rim, but not at the jaw: the chin stays in front of the neck."""
    centre = points[OVAL].mean(0)
    inner = polygon(centre + (points[OVAL] - centre) * 0.93, frame.oval.shape)
    upper = smoothstep(frame.along, 0.16, 0.42)
    soft = blur(inner.astype(np.float32), frame.height * 0.05) * upper
    crisp = blur(frame.oval.astype(np.float32), 0.8) * (1 - upper)
    return np.asarray(np.maximum(soft, crisp), np.float32)
