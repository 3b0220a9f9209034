"""The format of the run folder and of the model file. NumPy and JSON only."""

from autoencode.runs.folder import RunFolder, RunStatus, json_text
from autoencode.runs.model_file import FORMAT_VERSION, read_model_file, write_model_file

__all__ = ["FORMAT_VERSION", "RunFolder", "RunStatus", "json_text", "read_model_file", "write_model_file"]
