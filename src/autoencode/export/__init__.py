"""Fitted models and detectors as ONNX files."""

from autoencode.export.detector import DetectorExport, export_detector
from autoencode.export.onnx import OnnxExport, export_onnx

__all__ = ["DetectorExport", "OnnxExport", "export_detector", "export_onnx"]
