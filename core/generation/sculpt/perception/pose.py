"""Finds the most prominent person's joints and mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.generation.sculpt.perception.detection import anchors, detect, rotated_square, sigmoid
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Image, Plane, Pose

DETECTOR_SIDE, JOINTS_SIDE = 224, 256
GRID = anchors(DETECTOR_SIDE, [8, 16, 32, 32, 32], per_cell=2)
LEAST_SCORE = 0.5
JOINTS, VALUES_PER_JOINT, EXTRA_JOINTS = 33, 5, 6
CROP_MARGIN = 1.25
HIPS, FULL_BODY = 0, 1
"""The detector's key points: the middle of the hips, and a point on the circle around the whole body."""

TORSO_AND_KNEES = [11, 12, 23, 24, 25, 26]
"""The joints that must be seen before a person without a face is believed: shoulders, hips, knees."""


@dataclass(frozen=True, slots=True)
class Person:
    """A pose in the picture's pixels, how sure the network is (0 to 1), and the person's mask over the picture."""

    pose: Pose
    certainty: float
    mask: Plane


def find_person(image: Image, networks: Networks, has_face: bool) -> Person | None:
    """The person in a BGR image, or None; without a face to confirm it, the network has to be much surer."""
    hits = detect(networks.pose_detector, image, DETECTOR_SIDE, GRID, LEAST_SCORE)
    if not hits:
        return None
    hips = hits[0].keypoints[HIPS]
    upwards = hits[0].keypoints[FULL_BODY] - hips
    size = float(2 * np.hypot(*upwards) * CROP_MARGIN)
    angle = float(np.arctan2(upwards[1], upwards[0]) + np.pi / 2)
    square, transform = rotated_square(image, hips, size, angle, JOINTS_SIDE)
    outputs = {output.size: output for output in networks.pose_joints(square[None])}
    values = outputs[(JOINTS + EXTRA_JOINTS) * VALUES_PER_JOINT].reshape(-1, VALUES_PER_JOINT)[:JOINTS].astype(float)
    mask = sigmoid(outputs[JOINTS_SIDE * JOINTS_SIDE].reshape(JOINTS_SIDE, JOINTS_SIDE)).astype(np.float32)
    person = Person(
        pose=Pose(
            joints=values[:, :2] @ transform[:, :2].T + transform[:, 2],
            depth=values[:, 2] * size / JOINTS_SIDE,
            visibility=sigmoid(values[:, 3]),
        ),
        certainty=float(outputs[1].ravel()[0]),
        mask=np.asarray(cv2.warpAffine(mask, transform, image.shape[1::-1], flags=cv2.INTER_LINEAR), np.float32),
    )
    return person if _is_believable(person, has_face) else None


def _is_believable(person: Person, has_face: bool) -> bool:
    if has_face:
        return person.certainty >= 0.5
    return person.certainty >= 0.85 and bool((person.pose.visibility[TORSO_AND_KNEES] >= 0.6).all())
