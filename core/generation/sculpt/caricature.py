"""The caricature: larger heads and eyes, shorter legs, by warping the photo; the landmarks follow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from core.generation.sculpt.landmarks import LEFT_EYE, RIGHT_EYE
from core.generation.sculpt.shapes import Cutout, Face, Image, Plane, Points
from core.generation.styles import Proportions

HEAD_OVER_FACE = 1.28
"""A head's radius against that of the detector's box."""

LOWEST_HIP = 0.85
"""Hips below this part of the picture's height leave no legs to shorten."""

LEAST_EYE = 3.0
"""Radius in pixels under which eyes are too small to be warped."""


@dataclass(frozen=True, slots=True)
class Bulge:
    """A radial magnifier around `centre`: `factor` times larger within `inner` pixels of the source, the identity from
    `outer` on, with a cubic between them that joins both without a kink.
    """

    centre: NDArray[np.float64]
    inner: float
    outer: float
    factor: float

    @classmethod
    def make(cls, centre: NDArray[np.float64], inner: float, outer: float, factor: float) -> Bulge:
        """A bulge whose `outer` radius is made wide enough for the magnified part and its way back."""
        return cls(centre, inner, max(outer, inner * factor * 1.25), factor)

    def source_radius(self, radius: NDArray[np.float64]) -> NDArray[np.float64]:
        """The distance from the centre that is shown at `radius`."""
        magnified = self.inner * self.factor
        width = self.outer - magnified
        way = np.clip((radius - magnified) / width, 0, 1)
        rise = way * way * (3 - 2 * way)
        # Hermite's cubic with the slopes of both neighbours: 1 / factor inside, 1 outside.
        between = self.inner * (1 - rise) + self.outer * rise
        between += width * way * (1 - way) * ((1 - way) / self.factor - way)
        return np.where(radius <= magnified, radius / self.factor, np.where(radius >= self.outer, radius, between))

    def inverse(self, points: Points) -> Points:
        """Where the warped picture's positions (..., 2) come from."""
        offset = points - self.centre
        radius = np.hypot(offset[..., 0], offset[..., 1]) + 1e-6
        return self.centre + offset * (self.source_radius(radius) / radius)[..., None]

    def forward(self, points: Points) -> Points:
        """Where the source's positions (n, 2) go to."""
        offset = points - self.centre
        radius = np.hypot(offset[:, 0], offset[:, 1]) + 1e-6
        table = np.linspace(0, self.outer, 4000)
        target = np.where(radius >= self.outer, radius, np.interp(radius, self.source_radius(table), table))
        return self.centre + offset * (target / radius)[:, None]


@dataclass(frozen=True, slots=True)
class Legs:
    """Everything below the row `hip` is `factor` times as tall."""

    hip: float
    factor: float

    def inverse(self, points: Points) -> Points:
        """Where the warped picture's positions (..., 2) come from."""
        return self._stretch(points, 1 / self.factor)

    def forward(self, points: Points) -> Points:
        """Where the source's positions (n, 2) go to."""
        return self._stretch(points, self.factor)

    def _stretch(self, points: Points, factor: float) -> Points:
        rows = points[..., 1]
        return np.stack([points[..., 0], np.where(rows > self.hip, self.hip + (rows - self.hip) * factor, rows)], -1)


@dataclass(frozen=True, slots=True)
class _Growth:
    """How one head grows: its radius in pixels, its factor, and where the growth has faded away."""

    radius: float
    factor: float
    reach: float


def exaggerate(cutout: Cutout, proportions: Proportions) -> Cutout:
    """Give a cut-out with faces a style's proportions; any other, or proportions of 1, leave it as it is.

    The picture gets wider and taller where a head needs the room, and shorter where legs do.
    """
    growths = [_growth(face, cutout, proportions.head) for face in cutout.faces]
    room = max((int(growth.radius * (growth.factor - 1) * 1.1) for growth in growths), default=0) + 8
    steps = _bulges(cutout.faces, growths, proportions.eyes, np.array([room, room], np.float64))
    legs = _legs(cutout, proportions.legs, room)
    if not steps and legs is None:
        return cutout
    image = cv2.copyMakeBorder(cutout.image, room, 0, room, room, cv2.BORDER_REPLICATE)
    alpha = cv2.copyMakeBorder(cutout.alpha, room, 0, room, room, cv2.BORDER_CONSTANT, value=0)
    image, alpha = _warp(image, alpha, steps, legs)

    def forward(points: Points) -> Points:
        points = points + room
        for step in steps:
            points = step.forward(points)
        return points if legs is None else legs.forward(points)

    pose = None if cutout.pose is None else replace(cutout.pose, joints=forward(cutout.pose.joints))
    pairs = zip(cutout.faces, growths, strict=True)
    faces = tuple(
        Face(forward(face.landmarks), face.depth * by.factor, forward(face.centre[None])[0], face.radius * by.factor)
        for face, by in pairs
    )
    return replace(cutout, image=image, alpha=alpha, faces=faces, pose=pose)


def _growth(face: Face, cutout: Cutout, head: float) -> _Growth:
    """A head that fills the picture already grows less, and so do heads that are close together."""
    height = cutout.image.shape[0]
    radius = face.radius * HEAD_OVER_FACE
    others = [other for other in cutout.faces if other is not face]
    nearest = min((float(np.hypot(*(face.centre - other.centre))) for other in others), default=np.inf)
    share = float(np.clip((0.62 - 2 * radius / height) / 0.30, 0, 1.15))
    factor = 1 + (head - 1) * share * (1.0 if nearest > 4 * radius else 0.45)
    return _Growth(radius, factor, min(radius * 2.6, max(nearest * 0.55, radius * factor * 1.2)))


def _bulges(faces: tuple[Face, ...], growths: list[_Growth], eyes: float, offset: NDArray[np.float64]) -> list[Bulge]:
    """The steps in the order in which the source passes them: eyes first, then heads."""
    heads, small = [], []
    for face, growth in zip(faces, growths, strict=True):
        if abs(growth.factor - 1) > 0.001:
            centre = face.centre + offset + (0, -0.22 * face.radius)
            heads.append(Bulge.make(centre, growth.radius, growth.reach, growth.factor))
        for eye in (RIGHT_EYE, LEFT_EYE):
            points = face.landmarks[eye] + offset
            radius = float(np.ptp(points[:, 0])) * 0.62
            if radius > LEAST_EYE and abs(eyes - 1) > 0.001:
                small.append(Bulge.make(points.mean(0), radius, radius * 2.1, eyes))
    return small + heads


def _legs(cutout: Cutout, factor: float, room: int) -> Legs | None:
    """Legs can change where the hips are known and the photo does not cut the subject below."""
    if not cutout.faces or cutout.pose is None or cutout.edges.bottom or factor == 1:
        return None
    hip = float(cutout.pose.joints[23:25, 1].mean()) + room
    return Legs(hip, factor) if hip < LOWEST_HIP * (cutout.image.shape[0] + room) else None


def _warp(image: Image, alpha: Plane, steps: list[Bulge], legs: Legs | None) -> tuple[Image, Plane]:
    height, width = alpha.shape
    if legs is not None:
        height = int(legs.hip + (height - legs.hip) * legs.factor)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    source = np.stack([columns, rows], -1)
    if legs is not None:
        source = legs.inverse(source)
    for step in reversed(steps):
        source = step.inverse(source)
    source = source.astype(np.float32)
    x, y = source[..., 0], source[..., 1]
    warped = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8), np.asarray(cv2.remap(alpha, x, y, cv2.INTER_LINEAR), np.float32)
