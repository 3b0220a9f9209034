"""Codes as points in the plane: two numbers a sample, of which near ones have near codes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Float64

from autoencode.evaluation import PCABaseline
from autoencode.model.samples import spread_places

FEWEST_FOR_TSNE = 50
MOST_FITTED = 2_500
MOST_COMPONENTS = 30
PERPLEXITY = 30
NEIGHBOURS = 5
# Measured on 2,500 codes of MNIST: twice as many take twice the seconds, and the map is as true (trustworthiness 0.990,
# against 0.991).
ITERATIONS = 500

Points = Float64[np.ndarray, "samples 2"]


def map_codes(codes: Float32[np.ndarray, "samples code"], errors: Float64[np.ndarray, " samples"]) -> dict[str, Points]:
    """Return maps of codes by their names.

    Parameters
    ----------
    codes
        Finite numbers.
    errors
        One number a sample, the second coordinate of codes of one unit.

    Returns
    -------
    dict
        "code and error" of codes of one unit, "code" of two: the numbers themselves. Of more, "t-SNE" where there are
        at least 50 samples whose codes differ: it keeps groups apart; and "PCA": the two principal components. What
        comes first is shown first.

    Notes
    -----
    t-SNE starts from the two principal components, with a fixed seed. Of more than 2,500 samples it is fitted on so
    many evenly spread ones, and each other one is placed at the mean of the five with the nearest codes, weighted by
    1 / distance. Codes of more than 30 units are reduced to 30 principal components first.

    References
    ----------
    L. van der Maaten and G. Hinton, "Visualizing Data using t-SNE", 2008.

    Examples
    --------
    >>> map_codes(np.array([[1.0], [2.0]], np.float32), np.array([0.5, 0.25]))["code and error"].tolist()
    [[1.0, 0.5], [2.0, 0.25]]
    """
    units = codes.shape[1]
    if units == 1:
        return {"code and error": np.column_stack([codes.astype(np.float64), errors])}
    if units == 2:
        return {"code": codes.astype(np.float64)}
    components = _project(codes, min(units, MOST_COMPONENTS))
    maps = {"t-SNE": _embed(components)} if len(codes) >= FEWEST_FOR_TSNE and components.any() else {}
    return {**maps, "PCA": components[:, :2]}


def _project(codes: Float[np.ndarray, "samples code"], count: int) -> Float64[np.ndarray, "samples components"]:
    """Return the first principal components of codes; those that so few samples cannot have are 0."""
    pca = PCABaseline.fit(codes.astype(np.float64), count)
    # The sign of a component is arbitrary: its largest part is made positive, so that one map is like the next.
    largest = np.abs(pca.components).argmax(axis=1)
    signs = np.where(pca.components[np.arange(len(largest)), largest] < 0, -1, 1)
    projected = np.zeros((len(codes), count))
    projected[:, : len(signs)] = (codes - pca.mean) @ (pca.components.T * signs)
    return projected


def _embed(components: Float64[np.ndarray, "samples components"]) -> Points:
    """Return t-SNE's map of principal components, the first of which is that of the largest variance."""
    from sklearn.manifold import TSNE
    from sklearn.neighbors import KNeighborsRegressor

    components = components / np.abs(components).max()  # squares of very large or small codes stay in range
    fitted = spread_places(len(components), MOST_FITTED)
    start = components[fitted, :2]
    tsne = TSNE(
        perplexity=min(PERPLEXITY, (len(fitted) - 1) / 3),
        init=(1e-4 * start / start[:, 0].std()).astype(np.float32),  # pyright: ignore[reportArgumentType]
        max_iter=ITERATIONS,
        random_state=0,
    )
    points = np.empty((len(components), 2))
    points[fitted] = tsne.fit_transform(components[fitted].astype(np.float32))
    others = np.setdiff1d(np.arange(len(components)), fitted)
    if len(others):
        nearest = KNeighborsRegressor(NEIGHBOURS, weights="distance").fit(components[fitted], points[fitted])
        points[others] = nearest.predict(components[others])
    return points
