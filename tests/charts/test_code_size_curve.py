from __future__ import annotations

import numpy as np

from autoencode.charts import compute_code_size_curves, draw_code_size_curves, png_bytes
from autoencode.evaluation import CodeSizeCurve, compute_code_size_curve


def make_curve(name: str, sizes: list[int], errors: list[float], restarts: int = 1) -> CodeSizeCurve:
    samples = [np.full(3, float(error)) for error in errors]
    spread = [np.linspace(error, 1.2 * error, restarts) for error in errors]
    return compute_code_size_curve(name, list(map(str, sizes)), sizes, samples, samples, spread)


def test_pca_is_drawn_once_over_the_sizes_of_all_curves() -> None:
    shown = compute_code_size_curves([make_curve("a", [2, 8], [1, 0.5]), make_curve("b", [4, 8], [0.7, 0.5])], 2.0)
    assert shown.pca_sizes.tolist() == [2, 4, 8]
    np.testing.assert_allclose(shown.pca, [1, 0.7, 0.5])


def test_picture_names_the_knee_and_both_axes_are_logarithmic() -> None:
    shown = compute_code_size_curves([make_curve("hidden 8", [1, 2, 4, 8], [1, 0.1, 0.09, 0.08], restarts=3)], 2.0)
    figure = draw_code_size_curves(shown)
    (axes,) = figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert "knee: 2" in texts
    assert "mean sample 2" in texts
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2", "4", "8"]
    assert png_bytes(figure).startswith(b"\x89PNG")


def test_a_perfect_reconstruction_is_drawn_on_a_linear_axis() -> None:
    figure = draw_code_size_curves(compute_code_size_curves([make_curve("a", [1, 2], [0.5, 0.0])], 1.0))
    assert figure.axes[0].get_yscale() == "linear"
    assert not any("knee" in text.get_text() for text in figure.axes[0].texts)
