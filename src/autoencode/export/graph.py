"""An ONNX graph that grows node by node, and the versions that every file of ours is written in."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError

OPSETS, IR_VERSION = {"": 18, "ai.onnx.ml": 3}, 8
"""Operators as of ONNX 1.13 (2022): every runtime since then reads the files. A newer opset would add nothing here."""

BATCH = "batch"
"""The name of the first axis of every input and output, whose length is free."""

LARGEST_FILE = 2**31 - 2**20
"""Bytes of a file: protobuf takes less than 2 GiB; the nodes and the metadata need far less than what is left."""


def check_extra() -> None:
    """Check that the packages of the extra "onnx" are there.

    Raises
    ------
    InvalidInputError
        If one is missing; the message says how to install it.
    """
    # Else ONNX Runtime reports its use to its makers, and leaves a file, `.ses`, among the temporary ones.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        import onnx
        import onnxruntime
    except ImportError as error:
        raise InvalidInputError(
            f'an ONNX export needs onnx and onnxruntime ({error}); pip install "autoencode[onnx]"'
        ) from error
    del onnx, onnxruntime


class Graph:
    """The nodes, constants, inputs and outputs of a graph that is being built.

    Every method that adds something returns the name of the value that it gives, to be handed to the next. Names of
    nodes and constants are made unique; those of inputs and outputs are taken as they are.

    Parameters
    ----------
    name
        What the graph is called.

    Attributes
    ----------
    scope
        What the names of nodes and constants that are added begin with; it may be changed in between.
    """

    def __init__(self, name: str):
        self.name, self.scope = name, ""
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._names: set[str] = set()

    def _reserve(self, name: str) -> str:
        """Return a name that is free, and with its slash none of an input's or an output's."""
        unique, count = f"/{self.scope}{name}", 1
        while unique in self._names:
            count += 1
            unique = f"/{self.scope}{name}_{count}"
        self._names.add(unique)
        return unique

    def add(self, operator: str, *values: str, name: str, domain: str = "", output: int = 0, **attributes: Any) -> str:
        """Add a node, of whose outputs one is wanted.

        Parameters
        ----------
        operator
            The ONNX operator, such as ``"Gemm"``.
        values
            Names of what it takes.
        name
            What the node and its output are called.
        domain
            ``""`` or ``"ai.onnx.ml"``.
        output
            The place of the output that is wanted; the others are left out.
        attributes
            The operator's.
        """
        from onnx import helper

        name = self._reserve(name)
        outputs = [*[""] * output, name]
        self._nodes.append(helper.make_node(operator, values, outputs, name=name, domain=domain, **attributes))
        return name

    def add_top(self, values: str, count: str, name: str, largest: int = 1) -> tuple[str, str]:
        """Add what finds the largest numbers of each row, or the least: their values and their places."""
        from onnx import helper

        names = [self._reserve(f"{name}.values"), self._reserve(f"{name}.places")]
        self._nodes.append(helper.make_node("TopK", [values, count], names, name=names[0], axis=1, largest=largest))
        return names[0], names[1]

    def add_cast(self, value: str, dtype: Any, name: str) -> str:
        """Add a cast to the type of NumPy's name."""
        return self.add("Cast", value, to=_element_type(dtype), name=name)

    def add_constant(self, array: Any, name: str) -> str:
        """Add a constant: numbers, or an object array of texts."""
        from onnx import numpy_helper

        name = self._reserve(name)
        self._constants.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add_number(self, value: float, name: str, dtype: Any = np.float64) -> str:
        """Add a constant of one number."""
        return self.add_constant(np.array(value, dtype), name)

    def add_columns(self, matrix: str, start: int, stop: int, name: str) -> str:
        """Add what takes neighbouring columns out of a matrix."""
        places = self.add_constant(np.arange(start, stop), f"{name}.places")
        return self.add("Gather", matrix, places, axis=1, name=name)

    def add_column(self, matrix: str, place: int, name: str) -> str:
        """Add what takes one column out of a matrix, as a vector."""
        return self.add("Gather", matrix, self.add_number(place, f"{name}.place", np.int64), axis=1, name=name)

    def add_row(self, values: str, width: int, name: str) -> str:
        """Add a row to a batch of float32, as some of ONNX Runtime's operators bring the process down without any."""
        row = self.add_constant(np.ones((1, width), np.float32), f"{name}.row")
        return self.add("Concat", values, row, axis=0, name=name)

    def drop_row(self, values: str, name: str) -> str:
        """Add what takes the last row off again."""
        start, stop, axis = (self.add_constant(np.array([place]), f"{name}.place") for place in (0, -1, 0))
        return self.add("Slice", values, start, stop, axis, name=name)

    def add_steps(self, flat: str, steps: int, step_features: int, name: str) -> tuple[str, str]:
        """Add what takes flat sequences apart.

        Returns
        -------
        features, exists
            Names of the features of each step, shape (batch, steps, features), and of what comes after them, shape
            (batch, steps, 1).
        """
        # 0 keeps the length of the batch, of an empty one too.
        shape = self.add_constant(np.array([0, steps, step_features + 1], np.int64), f"{name}.shape")
        by_step = self.add("Reshape", flat, shape, name=f"{name}.steps")
        places = self.add_constant(np.arange(step_features), f"{name}.places")
        features = self.add("Gather", by_step, places, axis=2, name=f"{name}.features")
        last = self.add_constant(np.array([step_features]), f"{name}.last")
        return features, self.add("Gather", by_step, last, axis=2, name=f"{name}.exists")

    def join_steps(self, features: str, exists: str, name: str) -> str:
        """Add what makes flat sequences of features and of what says whether each step exists; see `add_steps`."""
        steps = self.add("Concat", features, exists, axis=2, name=f"{name}.steps")
        return self.add("Flatten", steps, axis=1, name=name)

    def add_input(self, name: str, dtype: Any, shape: tuple[int, ...], meaning: str) -> str:
        """Add an input of shape (batch, …); one that is there already is shared.

        Raises
        ------
        InvalidInputError
            If it is there with another type or shape.
        """
        from onnx import helper

        added = helper.make_tensor_value_info(name, _element_type(dtype), (BATCH, *shape), meaning)
        known = next((value for value in self._inputs if value.name == name), None)
        if known is None:
            self._inputs.append(added)
        elif known.type != added.type:
            raise InvalidInputError(
                f"the two halves of the detector read the input {name!r} as different types, which one file cannot do; "
                "fit a detector with AnomalyDetector and export that."
            )
        return name

    def add_output(self, value: str, name: str, dtype: Any, shape: tuple[int, ...], meaning: str) -> None:
        """Make a value an output of shape (batch, …), under a name of its own."""
        from onnx import helper

        self._nodes.append(helper.make_node("Identity", [value], [name], name=self._reserve(name)))
        self._outputs.append(helper.make_tensor_value_info(name, _element_type(dtype), (BATCH, *shape), meaning))

    def to_bytes(self, meaning: str, metadata: dict[str, str]) -> bytes:
        """Return the finished model as the bytes of a file.

        Parameters
        ----------
        meaning
            What the file is for, in words.
        metadata
            Kept in the file's `metadata_props`.

        Raises
        ------
        InvalidInputError
            If the constants do not fit into one file.
        """
        from onnx import helper

        import autoencode

        size = sum(len(constant.raw_data) for constant in self._constants)
        if size > LARGEST_FILE:
            raise InvalidInputError(
                f"the model has {size / 2**30:.1f} GiB of weights, but one ONNX file holds less than 2 GiB; "
                "use fewer hidden units."
            )
        domains = sorted({node.domain for node in self._nodes})
        graph = helper.make_graph(self._nodes, self.name, self._inputs, self._outputs, self._constants, meaning)
        model = helper.make_model(
            graph,
            producer_name="autoencode",
            producer_version=autoencode.__version__,
            doc_string=meaning,
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid(domain, OPSETS[domain]) for domain in domains],
        )
        helper.set_model_props(model, metadata)
        return model.SerializeToString(deterministic=True)


def _element_type(dtype: Any) -> int:
    from onnx import TensorProto, helper

    return TensorProto.STRING if np.dtype(dtype).kind in "OU" else helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
