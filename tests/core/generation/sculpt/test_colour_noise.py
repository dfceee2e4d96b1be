"""Noise that goes round without a seam."""

from __future__ import annotations

import numpy as np

from core.generation.sculpt.colour.noise import noise


def test_it_repeats_after_its_columns() -> None:
    y = np.linspace(0, 40, 200)
    assert np.allclose(
        noise(np.full(200, 0.25), y, 4, columns=97), noise(np.full(200, 97.25), y, 4, columns=97), atol=1e-4
    )


def test_it_has_no_seam_where_it_repeats() -> None:
    x, y = np.linspace(90, 104, 1400), np.full(1400, 17.3)
    steps = np.abs(np.diff(noise(x, y, 4, columns=97)))
    assert steps[680:720].max() < 1.5 * steps.max()
    assert steps.max() < 0.05


def test_it_is_the_same_for_the_same_seed_and_different_for_another() -> None:
    x = np.linspace(0, 50, 300)
    assert np.array_equal(noise(x, x, 1), noise(x, x, 1))
    assert np.abs(noise(x, x, 1) - noise(x, x, 2)).mean() > 0.3
