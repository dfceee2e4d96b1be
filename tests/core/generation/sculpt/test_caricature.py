"""The caricature: what grows, what stays, and that the landmarks follow the picture."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.generation.sculpt.caricature import Bulge, Legs, exaggerate
from core.generation.sculpt.landmarks import LEFT_EYE, RIGHT_EYE
from core.generation.sculpt.shapes import Cutout, Edges, Face, Points, Pose
from core.generation.styles import Proportions

CENTRE = np.array([200.0, 120.0])
WIDTH, HEIGHT = 400, 800


def proportions(head: float = 1.0, eyes: float = 1.0, legs: float = 1.0) -> Proportions:
    return Proportions(head=head, eyes=eyes, legs=legs)


def person(dots: Points | None = None) -> Cutout:
    """A figure of simple shapes: a face of radius 50 with two eyes, hips in the middle; white dots on black."""
    landmarks = np.tile(CENTRE, (468, 1))
    for indices, x in ((RIGHT_EYE, 180.0), (LEFT_EYE, 220.0)):
        landmarks[indices] = np.array([x, 110.0]) + np.stack([np.linspace(-10, 10, 6), np.zeros(6)], 1)
    face = Face(landmarks, np.zeros(468), CENTRE, 50.0)
    joints = np.tile([200.0, 400.0], (33, 1))
    joints[[27, 28]] = (200, 780)
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for x, y in [] if dots is None else dots:
        cv2.circle(image, (int(x), int(y)), 3, (255, 255, 255), -1)
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[50:790, 120:280] = 1
    pose = Pose(joints, np.zeros(33), np.ones(33))
    return Cutout(image, alpha, (face,), pose, Edges())


def test_proportions_of_one_leave_the_photo_as_it_is() -> None:
    cutout = person()
    assert exaggerate(cutout, proportions()) is cutout


def test_a_cut_out_without_people_is_left_as_it_is() -> None:
    cutout = replace(person(), faces=(), pose=None)
    assert exaggerate(cutout, proportions(1.75, 1.34, 0.6)) is cutout


@pytest.mark.parametrize("factor", [0.8, 1.08, 1.75, 3.0])
def test_a_bulge_magnifies_its_middle_leaves_the_far_and_goes_both_ways(factor: float) -> None:
    bulge = Bulge.make(CENTRE, 50.0, 130.0, factor)
    near, far = CENTRE + np.array([[10.0, 5.0]]), CENTRE + np.array([[0.0, bulge.outer + 1]])
    assert bulge.forward(near) - CENTRE == pytest.approx((near - CENTRE) * factor, abs=0.1)
    assert bulge.forward(far) == pytest.approx(far)
    points = CENTRE + np.stack([np.linspace(0, 1.2 * bulge.outer, 200), np.zeros(200)], 1)
    assert bulge.inverse(bulge.forward(points)) == pytest.approx(points, abs=0.1)


@pytest.mark.parametrize("factor", [0.8, 1.3, 1.75, 3.0])
def test_a_bulge_never_folds_the_picture_and_has_no_kink(factor: float) -> None:
    bulge = Bulge.make(CENTRE, 50.0, 130.0, factor)
    slope = np.diff(bulge.source_radius(np.arange(0, 2 * bulge.outer, 0.01))) / 0.01
    assert slope.min() > 0
    assert np.abs(np.diff(slope)).max() < 0.01


def test_legs_shorten_below_the_hip_alone() -> None:
    legs = Legs(hip=100.0, factor=0.5)
    assert legs.forward(np.array([[3.0, 90.0], [3.0, 200.0]])).tolist() == [[3, 90], [3, 150]]
    assert legs.inverse(legs.forward(np.array([[3.0, 170.0]]))).tolist() == [[3, 170]]


def test_the_strongest_style_grows_head_and_eyes_and_shortens_legs() -> None:
    before = person()
    after = exaggerate(before, proportions(1.75, 1.34, 0.6))
    face, grown = before.faces[0], after.faces[0]
    assert grown.radius > 1.5 * face.radius
    eye_growth = np.ptp(grown.landmarks[LEFT_EYE][:, 0]) / np.ptp(face.landmarks[LEFT_EYE][:, 0])
    assert eye_growth > 1.3 * grown.radius / face.radius
    assert before.pose is not None and after.pose is not None
    leg = [float(cutout[27, 1] - cutout[23, 1]) for cutout in (before.pose.joints, after.pose.joints)]
    assert leg[1] == pytest.approx(0.6 * leg[0], rel=0.01)
    assert after.image.shape[:2] == after.alpha.shape
    assert after.image.dtype == np.uint8 and after.alpha.dtype == np.float32


def test_landmarks_land_where_the_picture_shows_them() -> None:
    dots = np.array([[200.0, 120.0], [170.0, 90.0], [230.0, 160.0], [150.0, 210.0], [200.0, 600.0]])
    before = person(dots)
    landmarks = before.faces[0].landmarks.copy()
    landmarks[:5] = dots
    before = replace(before, faces=(replace(before.faces[0], landmarks=landmarks),))
    after = exaggerate(before, proportions(1.75, 1.0, 0.6))
    for x, y in after.faces[0].landmarks[:5]:
        assert after.image[round(y), round(x)].min() > 200


def test_legs_that_the_photo_cuts_are_left_alone() -> None:
    cut = replace(person(), edges=Edges(bottom=True))
    assert exaggerate(cut, proportions(legs=0.6)) is cut


def test_heads_close_together_grow_less() -> None:
    alone = person()
    aside = np.array([110.0, 0.0])
    second = replace(alone.faces[0], centre=CENTRE + aside, landmarks=alone.faces[0].landmarks + aside)
    together = replace(alone, faces=(alone.faces[0], second))
    style = proportions(1.75)
    assert exaggerate(together, style).faces[0].radius < exaggerate(alone, style).faces[0].radius
