"""What the reproduction found: figures beside the post's, and its four mistakes in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from autoencode.estimators import Autoencoder, compare
from autoencode.evaluation import Comparison, Ranking, errors, overlap, worst
from autoencode.reproduce.blog import BLOG, DEVIATION_TOLERANCE, LOSS_TOLERANCE, MEAN_TOLERANCE, Row, compare_rows
from autoencode.reproduce.experiments import Experiments, typical_restart

LISTED = 50


@dataclass(frozen=True, eq=False)
class Findings:
    """The numbers of the reproduction.

    Attributes
    ----------
    reconstructions
        Of the test images, flat.
    worst_signed
        Test images by ascending signed sum, as the post ranks them.
    worst_squared
        Test images by descending squared error.
    typical
        For "vanilla" and "deep", the model that keeps its median restart: what one training most likely gives.
    signed_sums
        For each of them, and for the mean sample, one number a test row.
    comparison
        Of the two typical networks: what the post compared.
    best_comparison
        Of the two best restarts.
    rows
        The post's figures beside ours.
    """

    reconstructions: Float[np.ndarray, "images features"]
    worst_signed: Ranking
    worst_squared: Ranking
    typical: dict[str, Autoencoder]
    signed_sums: dict[str, Float[np.ndarray, " samples"]]
    comparison: Comparison
    best_comparison: Comparison
    rows: list[Row]


def find(experiments: Experiments) -> Findings:
    """Measure everything that the reproduction reports."""
    images, table = experiments.images.test, experiments.table.test
    reconstructions = experiments.image_model.reconstruct(images)
    models = {"vanilla": experiments.vanilla, "deep": experiments.deep}
    typical = {name: model.keep_restart(typical_restart(model)) for name, model in models.items()}
    signed = {name: model.errors(table, measure="signed_sum") for name, model in typical.items()}
    mean_sample = experiments.vanilla.baselines_[0].reconstruct(table)
    signed["mean sample"] = errors(table, mean_sample, measure="signed_sum")
    return Findings(
        reconstructions=reconstructions,
        worst_signed=worst(errors(images, reconstructions, measure="signed_sum"), LISTED, largest=False),
        worst_squared=worst(errors(images, reconstructions, measure="squared_error"), LISTED),
        typical=typical,
        signed_sums=signed,
        comparison=compare(typical, table, measure="squared_error"),
        best_comparison=compare(models, table, measure="squared_error"),
        rows=_rows(experiments, typical, signed),
    )


def _loss(model: Autoencoder) -> float:
    return model.restarts_[model.best_restart_].loss


def _rows(experiments: Experiments, typical: dict[str, Autoencoder], signed: dict[str, np.ndarray]) -> list[Row]:
    images, table, mnist = experiments.images, experiments.table, experiments.has_mnist
    kept = experiments.image_model.restarts_[0]
    entries = [
        ("images, training shape", BLOG.mnist_train_shape, images.train.shape, 0, mnist),
        ("images, test shape", BLOG.mnist_test_shape, images.test.shape, 0, mnist),
        ("images, final loss", BLOG.mnist_loss, kept.loss, LOSS_TOLERANCE, mnist),
        ("images, final validation loss", BLOG.mnist_validation_loss, kept.validation_loss, LOSS_TOLERANCE, mnist),
        ("table, training shape", BLOG.table_train_shape, table.train.shape, 0, True),
        ("table, test shape", BLOG.table_test_shape, table.test.shape, 0, True),
    ]
    for name, model in typical.items():
        loss, mean, deviation, parameters = (
            getattr(BLOG, f"{name}_{figure}") for figure in ("loss", "signed_mean", "signed_std", "parameters")
        )
        entries += [
            (f"{name}, parameters", parameters, model.summary().parameters, 0, True),
            (f"{name}, final loss (median restart)", loss, _loss(model), LOSS_TOLERANCE, True),
            (f"{name}, mean of signed sums", mean, float(signed[name].mean()), MEAN_TOLERANCE, True),
            (f"{name}, deviation of signed sums", deviation, float(signed[name].std()), DEVIATION_TOLERANCE, True),
        ]
    return compare_rows(entries)


def _describe_model(model: Autoencoder, name: str, findings: Findings) -> dict[str, Any]:
    typical = findings.typical[name]
    sums = findings.signed_sums[name]
    return {
        "parameters": model.summary().parameters,
        "restarts": [
            {
                "loss": restart.loss,
                "validation_loss": restart.validation_loss,
                "live_directions": restart.live_directions,
                "live_units": sum(restart.live_units.values()),
                "live_units_by_layer": restart.live_units,
            }
            for restart in model.restarts_
        ],
        "best_restart": model.best_restart_,
        "median_restart": typical.best_restart_,
        "loss": _loss(typical),
        "best_loss": _loss(model),
        "signed_sum": {"mean": float(sums.mean()), "std": float(sums.std())},
        "squared_error": findings.comparison[name].mean,
        "best_squared_error": findings.best_comparison[name].mean,
    }


def result_of(experiments: Experiments, findings: Findings) -> dict[str, Any]:
    """Return the figures of the reproduction as plain values: what `result.json` holds."""
    image_model = experiments.image_model
    history, kept = image_model.history_, image_model.restarts_[image_model.best_restart_]
    ten = Ranking(findings.worst_signed.indices[:10], findings.worst_signed.values[:10])
    blog = Ranking(np.array(BLOG.worst_signed), np.zeros(len(BLOG.worst_signed)))
    mean_sample, pca = findings.comparison.baselines
    return {
        "dataset": experiments.images.name,
        "missing": [] if experiments.has_mnist else ["mnist"],
        "rows": [asdict(row) for row in findings.rows],
        "mnist": {
            "loss": kept.loss,
            "validation_loss": kept.validation_loss,
            "parameters": image_model.summary().parameters,
            "epochs": history.epochs,
            "seconds": float(history.seconds.sum()),
            "seconds_per_epoch": history.seconds_per_epoch,
            "worst_signed": findings.worst_signed.indices.tolist(),
            "worst_squared": findings.worst_squared.indices.tolist(),
            "blog_worst_in_our_ten": overlap(ten, blog) if experiments.has_mnist else None,
            "blog_worst_in_our_fifty": overlap(findings.worst_signed, blog) if experiments.has_mnist else None,
        },
        "vanilla": _describe_model(experiments.vanilla, "vanilla", findings),
        "deep": _describe_model(experiments.deep, "deep", findings),
        "baselines": {
            "mean_sample": mean_sample.mean,
            "pca": pca.mean,
            "mean_sample_signed_std": float(findings.signed_sums["mean sample"].std()),
        },
        "verdict": findings.comparison.verdict.to_dict(),
        "verdict_of_best_restarts": findings.best_comparison.verdict.to_dict(),
        "mistakes": describe_mistakes(experiments, findings),
        "diagnosis": {name: [finding.text for finding in model.diagnosis_] for name, model in experiments.models()},
    }


def _levels(model: Autoencoder) -> str:
    """Return how many restarts kept how many directions, with their mean loss, in words."""
    parts = []
    for directions in sorted({restart.live_directions for restart in model.restarts_}, reverse=True):
        losses = [restart.loss for restart in model.restarts_ if restart.live_directions == directions]
        parts.append(f"{len(losses)} with {directions} ({np.mean(losses):.4f})")
    return ", ".join(parts)


def _compare_levels(experiments: Experiments) -> str:
    """Return how the two architectures compare where as many directions survived, in words."""
    losses: dict[int, list[float]] = {}
    for model in (experiments.vanilla, experiments.deep):
        for directions in {restart.live_directions for restart in model.restarts_}:
            same = [restart.loss for restart in model.restarts_ if restart.live_directions == directions]
            losses.setdefault(directions, []).append(float(np.mean(same)))
    gaps = {directions: pair[1] - pair[0] for directions, pair in losses.items() if len(pair) == 2}
    if not gaps:
        return "No two of them have as many, so these restarts cannot tell depth from luck."
    parts = [f"{gap:+.4f} at {directions}" for directions, gap in sorted(gaps.items(), reverse=True)]
    return f"With as many directions, deep's loss minus vanilla's is {', '.join(parts)}."


def describe_mistakes(experiments: Experiments, findings: Findings) -> list[str]:
    """Return the post's four mistakes as our numbers show them, a few sentences each."""
    vanilla, deep = findings.typical["vanilla"], findings.typical["deep"]
    better, worse = sorted((("vanilla", _loss(vanilla)), ("deep", _loss(deep))), key=lambda pair: pair[1])
    deviations = {name: float(sums.std()) for name, sums in findings.signed_sums.items()}
    mean_sample, pca = findings.comparison.baselines
    values = dict(zip(findings.worst_squared.indices.tolist(), findings.worst_squared.values, strict=True))
    ten = list(values)[:10]
    images, rebuilt = experiments.images.test, findings.reconstructions
    too_dark = int(sum(errors(images[ten], rebuilt[ten], measure="signed_sum") > 0))
    shared = len(set(ten) & set(findings.worst_signed.indices[:10].tolist()))
    return [
        f"It calls the model with the lower loss the worse one. Here {better[0]} has the lower loss, {better[1]:.4f} "
        f"against {worse[1]:.4f}. The post ranks by signed sums, in which errors cancel: their deviation is "
        f"{deviations['vanilla']:.3f} for vanilla, {deviations['deep']:.3f} for deep, and "
        f"{deviations['mean sample']:.3f} for the mean sample, which rebuilds nothing.",
        "Its deep model did not lose because it was deep, but because directions of the code died. Of "
        f"{len(experiments.vanilla.restarts_)} restarts, by directions that reach the reconstruction (mean loss): "
        f"vanilla {_levels(experiments.vanilla)}; deep {_levels(experiments.deep)}. {_compare_levels(experiments)}",
        'Its "highest error" is the most negative signed sum: images rebuilt too bright. An image rebuilt too dark is '
        f"never found. Of our ten worst by squared error, {too_dark} are rebuilt too dark over all, and {shared} are "
        "among the ten that the post's rule finds.",
        f"Its table is noise, and it looked at no baseline. The mean sample's squared error is {mean_sample.mean:.4f}, "
        f"that of {pca.name} {pca.mean:.4f}, vanilla's {findings.comparison['vanilla'].mean:.4f}: two numbers can tell "
        f"{1 - pca.mean / mean_sample.mean:.1%} of thirty independent ones, and 2/30 is 6.7%.",
    ]
