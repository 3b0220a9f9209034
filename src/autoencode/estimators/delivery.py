"""What a fitted model is handed over as: one file, ONNX files, or a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from autoencode.export import OnnxExport
    from autoencode.report import Report

__all__ = ["DeliveryMixin"]


class DeliveryMixin:
    """Saving, exporting and reporting, for an estimator."""

    def save(self, path: str | Path) -> Path:
        """Write the model to one safetensors file, whole; `ae.load` reads it back, bit for bit.

        Raises
        ------
        InvalidInputError
            If the model uses a function of the user's own, which a file cannot hold.
        """
        from autoencode.estimators.storage import save_model

        check_is_fitted(self)
        return save_model(self, path)  # pyright: ignore[reportArgumentType]

    def export_onnx(self, folder: str | Path, *, samples: Any = None, units: str = "auto") -> OnnxExport:
        """Write the model as four ONNX files, which run without Python; the extra ``onnx`` is needed.

        Parameters
        ----------
        folder
            Where ``encoder.onnx``, ``decoder.onnx``, ``reconstruct.onnx`` and ``errors.onnx`` go; scaling is inside.
        samples
            Samples on which ONNX Runtime must agree with the model within 1e-5, whatever `fit` takes; by default some
            are made from what the model knows of its training.
        units
            Of the errors, as for `ae.compare`.

        Returns
        -------
        OnnxExport
            The paths, and the largest difference of each.

        Raises
        ------
        InvalidInputError
            If the extra is not installed, the folder cannot be written to, or a part of the model has no ONNX form.
        ModelFileError
            If a file does not pass ONNX's checker, or does not give the model's numbers; then nothing is written.
        """
        from autoencode.export import export_onnx

        check_is_fitted(self)
        return export_onnx(self, folder, samples=samples, units=units)  # pyright: ignore[reportArgumentType]

    def report(self, X: Any = None, *, name: str = "model", labels: Any = None, units: str = "auto") -> Report:
        """Return a report of the model: one page that loads nothing from anywhere, to explore in a browser.

        Parameters
        ----------
        X
            Samples that the model was not trained on, at least two; whatever `fit` takes. Of more than 10,000, so many
            evenly spaced ones are shown. None leaves only what the training showed of itself.
        name
            What the page calls the model.
        labels
            The class of each sample, or the name of the table's column that says it; by default those of the source,
            where it has some.
        units
            Of errors, as for `ae.compare`.

        Returns
        -------
        Report
            ``save(path)`` writes it as HTML; in a notebook it shows itself.

        Raises
        ------
        InvalidInputError
            If the samples cannot be used, or there are not as many labels as samples.
        """
        from autoencode.estimators.model_study import study
        from autoencode.report import make_report

        check_is_fitted(self)
        return make_report([study(self, X, name=name, labels=labels, units=units)])  # pyright: ignore[reportArgumentType]
