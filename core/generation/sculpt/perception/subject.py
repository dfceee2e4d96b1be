"""What kind of subject a picture shows."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.perception.animal import looks_like_animal
from core.generation.sculpt.perception.clarity import require_clear_subject
from core.generation.sculpt.perception.cutout import cut_out
from core.generation.sculpt.perception.observation import Observation, observe
from core.generation.sculpt.perception.pose import Person
from core.generation.sculpt.perception.runtime import Networks
from core.generation.sculpt.shapes import Cutout, Edges, Image
from core.model import Subject, SubjectKind

CLOSE_UP = 0.6
"""A face whose box is this high against the whole subject leaves no room for shoulders: it is shown alone."""

KNEES = [25, 26]
LEAST_SEEN = 0.5
"""Visibility from which a joint counts as seen."""


def perceive(image: Image, networks: Networks) -> tuple[Subject, Cutout]:
    """Look once at a BGR image: what it shows, and that cut out.

    Raises:
        NoClearSubject: see clarity.require_clear_subject.
    """
    seen = observe(image, networks)
    require_clear_subject(seen, networks)
    cutout = cut_out(seen)
    return _subject(seen, cutout), cutout


def _subject(seen: Observation, cutout: Cutout) -> Subject:
    count = max(len(seen.faces), int(seen.person is not None))
    return Subject(kind=_kind(seen, cutout), count=count, whole=cutout.edges == Edges())


def _kind(seen: Observation, cutout: Cutout) -> SubjectKind:
    if len(seen.faces) > 1:
        return SubjectKind.PEOPLE
    if seen.person is not None and _shows_knees(seen.person, seen.image):
        return SubjectKind.PERSON
    if seen.faces:
        rows = np.flatnonzero((seen.mask > 0.5).any(1))
        height = float(np.ptp(rows)) if len(rows) else float(len(seen.mask))
        return SubjectKind.FACE if 2 * seen.faces[0].radius > CLOSE_UP * height else SubjectKind.BUST
    if seen.person is not None:
        return SubjectKind.PERSON
    return SubjectKind.ANIMAL if looks_like_animal(cutout) else SubjectKind.THING


def _shows_knees(person: Person, image: Image) -> bool:
    """Whether at least one knee is seen inside of the picture."""
    inside = person.pose.joints[KNEES, 1] < image.shape[0]
    return bool((inside & (person.pose.visibility[KNEES] >= LEAST_SEEN)).any())
