"""Hair, skin and cloth of a photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.generation.sculpt.colour.labels import label
from core.generation.sculpt.landmarks import CHIN, HAIRLINE, LEFT_EAR, OVAL, RIGHT_EAR
from core.generation.sculpt.perception.cutout import cut_out
from core.generation.sculpt.perception.observation import observe
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Face, Image, Label, Plane

SKIN, HAIR, SHIRT = (120, 160, 220), (20, 30, 45), (170, 60, 30)


def drawn_person() -> tuple[Image, Plane, Face]:
    """A head of flat colours on a shirt: hair as a cap around the upper half of an oval face."""
    image = np.full((400, 300, 3), 255, np.uint8)
    alpha = np.zeros((400, 300), np.float32)
    for canvas, colour in ((image, SHIRT), (alpha, 1.0)):
        cv2.rectangle(canvas, (40, 240), (260, 400), colour, -1)
    for canvas, colour in ((image, HAIR), (alpha, 1.0)):
        cv2.ellipse(canvas, (150, 130), (78, 92), 0, 0, 360, colour, -1)
    cv2.rectangle(image, (120, 180), (180, 250), SKIN, -1)
    cv2.ellipse(image, (150, 150), (55, 75), 0, 0, 360, SKIN, -1)
    angle = np.linspace(0, 2 * np.pi, len(OVAL), endpoint=False)
    landmarks = np.tile([150.0, 150.0], (468, 1))
    landmarks[OVAL] = np.stack([150 + 55 * np.sin(angle), 150 - 75 * np.cos(angle)], axis=1)
    landmarks[HAIRLINE], landmarks[CHIN] = (150, 75), (150, 225)
    landmarks[RIGHT_EAR], landmarks[LEFT_EAR] = (95, 150), (205, 150)
    return image, alpha, Face(landmarks, np.zeros(468), np.array([150.0, 150.0]), 60.0)


def at(labels: np.ndarray, x: int, y: int) -> Label:
    return Label(int(labels[y // 2, x // 2]))


def test_a_drawn_person_has_hair_above_skin_in_the_middle_and_cloth_below() -> None:
    image, alpha, face = drawn_person()
    labels = label(image, alpha, (face,))
    assert labels.shape == (200, 150)
    assert at(labels, 150, 50) is Label.HAIR
    assert at(labels, 85, 110) is Label.HAIR
    assert at(labels, 150, 150) is Label.SKIN
    assert at(labels, 100, 340) is Label.CLOTH
    assert at(labels, 10, 10) is Label.OUTSIDE


def test_a_subject_without_a_face_is_cloth_all_over() -> None:
    image, alpha, _ = drawn_person()
    assert set(np.unique(label(image, alpha, ()))) == {Label.OUTSIDE, Label.CLOTH}


@pytest.mark.slow
def test_the_astronauts_hair_lies_above_her_face_and_her_suit_below(
    networks: Path, photo_path: Callable[[str], Path]
) -> None:
    cutout = cut_out(observe(cv2.imread(str(photo_path("astronaut"))), Networks(networks)))
    labels = label(cutout.image, cutout.alpha, cutout.faces)
    rows = {kind: np.median(np.where(labels == kind)[0]) for kind in (Label.HAIR, Label.SKIN, Label.CLOTH)}
    assert rows[Label.HAIR] < rows[Label.SKIN] < rows[Label.CLOTH]
    face = cutout.faces[0].centre / 2
    assert labels[int(face[1]), int(face[0])] == Label.SKIN
