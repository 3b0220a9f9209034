"""Fitted models as ONNX files."""

from autoencode.export.onnx import OnnxExport, export_onnx

__all__ = ["OnnxExport", "export_onnx"]
