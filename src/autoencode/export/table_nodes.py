"""The ends of the graphs of a model of mixed tables: columns in; columns and errors out."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, Float64

from autoencode.export.arithmetic import Arithmetic
from autoencode.export.column_nodes import BooleanNodes, CategoryNodes, NumericNodes, Port
from autoencode.export.datetime_nodes import DatetimeNodes
from autoencode.export.fixed_nodes import FixedNodes
from autoencode.export.graph import Graph
from autoencode.export.number_nodes import add_numbers
from autoencode.model.fitted import Fitted
from autoencode.parts.objectives.by_column import add_column_loss
from autoencode.tables import TableColumns
from autoencode.tables.column_match import match_type
from autoencode.tables.number_map import QuantileMap
from autoencode.tables.table_library import read_table

if TYPE_CHECKING:
    import narwhals as nw
    import pyarrow as pa

COLUMN_NODES = {
    "numeric": NumericNodes,
    "boolean": BooleanNodes,
    "category": CategoryNodes,
    "datetime": DatetimeNodes,
}

TAKEN = ("code", "errors")
STEPS, COMPONENTS = (-3.0, -1.0, 1.0, 3.0), 8


def name_ports(columns: Sequence[str], taken: Collection[str] = TAKEN) -> list[Port]:
    """Return what columns are called as inputs and outputs: letters, digits and underscores, no name twice.

    Parameters
    ----------
    columns
        Their names.
    taken
        What other outputs are called.

    Examples
    --------
    >>> name_ports(["age", "age!", "größe", ""])[1:]  # doctest: +NORMALIZE_WHITESPACE
    [Port(input='age_', output='reconstruction_age_'), Port(input='gr__e', output='reconstruction_gr__e'),
     Port(input='column', output='reconstruction_column')]
    """
    taken, ports = set(taken), []
    for column in columns:
        plain = re.sub(r"\W", "_", column, flags=re.ASCII)[:60] or "column"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        port, count = Port(plain, f"reconstruction_{plain}"), 1
        while taken & set(port):
            count += 1
            port = Port(f"{plain}_{count}", f"reconstruction_{plain}_{count}")
        taken.update(port)
        ports.append(port)
    return ports


def _find_encoder(model: Fitted) -> TableColumns:
    assert model.table_encoder is not None, "it was fitted on a mixed table"
    return model.table_encoder


def _make_nodes(column: Any, port: Port, others: Sequence[Any]) -> Any:
    """Return the nodes of a column, beside the same column of other models."""
    if column.kind == "category":
        return CategoryNodes(column, port, others)
    return COLUMN_NODES[column.kind](column, port)


class TableNodes:
    """What turns the columns of a table into features and back, as `TableEncoder` does.

    Parameters
    ----------
    model
        A fitted `Autoencoder` of mixed tables.
    units
        Of the errors, "auto", "standard" or "original".
    beside
        Other models of the same columns, which are to read the same inputs.
    outputs
        What the outputs are called that are no columns.
    kept
        A column that is read though it has no features; None: there is none.
    """

    error_unit = 1.0
    steps = 1

    def __init__(
        self,
        model: Fitted,
        units: str,
        beside: Sequence[Fitted] = (),
        outputs: Collection[str] = TAKEN,
        kept: str | None = None,
    ):
        self.encoder, *others = (_find_encoder(one) for one in (model, *beside))
        self.model = model
        self.measure, self.in_deviations = model.format.find_measure("auto", units), units != "original"
        same = zip(*(encoder.columns for encoder in (self.encoder, *others)), strict=True)
        same = [columns for columns in same if columns[0].name == kept or any(column.groups for column in columns)]
        self._names = [columns[0].name for columns in same]
        ports = name_ports(self._names, outputs)
        self.columns = [
            _make_nodes(column, port, others)
            for (column, *others), port in zip(same, ports, strict=True)
            if column.groups
        ]
        self.kept = [
            FixedNodes(columns[0], port)
            for columns, port in zip(same, ports, strict=True)
            if not any(column.groups for column in columns)
        ]

    @property
    def _read(self) -> list[Any]:
        """The nodes of all columns that are read."""
        return [*self.columns, *self.kept]

    def find_column(self, name: str) -> Any:
        """Return the nodes of a column of a name; None where only a model beside has some."""
        return next((nodes for nodes in self._read if nodes.column.name == name), None)

    def _spans(self) -> Iterator[tuple[Any, int, int]]:
        """Yield each column's nodes with the places of its features."""
        start = 0
        for nodes in self.columns:
            stop = start + sum(width for _, width in nodes.column.groups)
            yield nodes, start, stop
            start = stop

    # ------------------------------------------------------------------ nodes

    def add_inputs(self, graph: Graph) -> str:
        """Add an input a column; return the name of the features, float32, shape (batch, features)."""
        return graph.add("Concat", *(nodes.add_features(graph) for nodes in self.columns), axis=1, name="features")

    def add_reconstruction(self, graph: Graph, scaled: str) -> None:
        """Add an output a column; `scaled` is what the network gives."""
        for nodes, start, stop in self._spans():
            nodes.add_cells(graph, graph.add_columns(scaled, start, stop, f"{nodes.port.output}.features"))

    def add_errors(self, graph: Graph, features: str, scaled: str) -> None:
        """Add the error of each sample as output, as `Autoencoder.errors` gives it in the same units."""
        truth = self._count_in_deviations(graph, graph.add_cast(features, np.float64, "errors.features"))
        rebuilt = self._count_in_deviations(graph, graph.add_cast(scaled, np.float64, "errors.rebuilt"))
        loss = add_column_loss(graph, self.encoder.groups, truth, rebuilt)
        graph.add_output(loss, "errors", np.float64, (), f"mean error of each sample's columns, in {self.measure.unit}")

    def add_contributions(self, add: Arithmetic, added: str) -> str:
        """Add what makes contributions of all columns of training, of what each feature adds."""
        return add("MatMul", added, self._belongs, name="contributions")

    @property
    def _belongs(self) -> Float64[np.ndarray, "features columns"]:
        """1 where a feature belongs to a column."""
        widths = [sum(width for _, width in column.groups) for column in self.encoder.columns]
        return np.repeat(np.eye(len(widths)), widths, axis=0)

    def _count_in_deviations(self, graph: Graph, features: str) -> str:
        """Add what counts numbers in standard deviations of their column, where it is scaled by its quantiles."""
        quantiles = [isinstance(getattr(nodes.column, "number_map", None), QuantileMap) for nodes in self.columns]
        if not (self.in_deviations and any(quantiles)):
            return features
        last = graph.add_constant(np.array([1], np.int64), "errors.last_axis")
        parts = []
        for is_quantile, (nodes, start, stop) in zip(quantiles, self._spans(), strict=True):
            name = f"errors.{nodes.port.output}"
            if is_quantile:
                scores, number_map = graph.add_column(features, start, f"{name}.score"), nodes.column.number_map
                numbers = add_numbers(graph, number_map, scores, name)
                deviation = graph.add_number(number_map.deviation, f"{name}.deviation")
                shares = graph.add("Div", numbers, deviation, name=f"{name}.shares")
                parts.append(graph.add("Unsqueeze", shares, last, name=f"{name}.column"))
                start += 1
            if start < stop:
                parts.append(graph.add_columns(features, start, stop, f"{name}.features"))
        return graph.add("Concat", *parts, axis=1, name="errors.counted")

    # ------------------------------------------------------------------ numbers to check them with

    def read_samples(self, samples: Any) -> pa.Table:
        """Return samples of the caller's, whatever the model takes, as an Arrow table of the columns with features."""
        checked = self.model.check(samples)
        self.model.format.encode(checked)  # refuses what the model does not take
        return self.shape_samples(checked)

    def shape_samples(self, checked: nw.DataFrame) -> pa.Table:
        """Return checked samples as an Arrow table of the columns with features, here or in a model beside."""
        import pyarrow as pa

        table, known = (
            read_table(checked.to_native(), wanted=self._names),
            {one.column.name: one for one in self._read},
        )
        cells = [
            match_type(known[name].column, cells) if name in known else cells
            for name, cells in zip(table.names, table.columns, strict=True)
        ]
        return pa.Table.from_arrays(cells, names=table.names)

    def make_samples(self) -> pa.Table:
        """Return samples that lie where those of training did, made from what the model knows of them.

        The mean sample; it ± 1 and ± 3 along each principal component; and the mean sample with every category and
        with every flag once.
        """
        import pyarrow as pa

        mean_sample, pca = self.model.baselines
        mean = np.asarray(mean_sample.mean, np.float64)
        rows = [mean, *(mean + step * component for component in pca.components[:COMPONENTS] for step in STEPS)]
        for group in self.encoder.groups:
            if group.kind != "numeric":
                for place in range(group.start, group.stop):
                    row = mean.copy()
                    row[group.start : group.stop] = 0
                    row[place] = 1
                    rows.append(row)
        features = np.stack(rows).astype(np.float32)
        cells = {
            nodes.column.name: nodes.column.decode(features[:, start:stop]) for nodes, start, stop in self._spans()
        }
        # What only a model beside looks at, and what has no features, is missing.
        return pa.table({name: cells.get(name, pa.nulls(len(features))) for name in self._names})

    def feed(self, samples: pa.Table) -> dict[str, np.ndarray]:
        """Return what the files take for some samples."""
        return {nodes.port.input: nodes.feed(samples[nodes.column.name]) for nodes in self._read}

    def scale(self, samples: pa.Table) -> Float32[np.ndarray, "samples features"]:
        """Return the features of some samples as the network sees them."""
        return np.hstack([nodes.column.encode(samples[nodes.column.name]) for nodes in self.columns])

    def bound_errors(
        self, samples: pa.Table, scaled: Float32[np.ndarray, "samples features"]
    ) -> tuple[Float64[np.ndarray, " samples"], Float64[np.ndarray, " samples"]]:
        """Return the least and the largest error of each sample that is as right as the model's.

        They are those of reconstructions two steps of float32 nearer to the sample and farther from it. Near 1 such a
        step is large beside what a probability lacks to 1, of which the error is the logarithm.
        """
        features = self.scale(samples)
        towards = 2 * np.spacing(np.abs(scaled)) * np.sign(features - scaled)
        least, most = (
            self.model.format.errors(features, scaled + step, measure=self.measure, per="sample")
            for step in (towards, -towards)
        )
        return least, most

    def join_contributions(self, added: Float64[np.ndarray, "samples features"]) -> np.ndarray:
        """Return the contributions of columns, of what each feature adds."""
        return added @ self._belongs

    def subtract(
        self, outputs: dict[str, np.ndarray], scaled: Float32[np.ndarray, "samples features"]
    ) -> Float64[np.ndarray, " samples"]:
        """Return how far each reconstruction of a file is from ours at most, in features.

        Of a category it is how much less likely the file's is than ours, of a flag how far it is from the half at which
        it changes: where our own numbers leave two cells as good as equal, either is right.
        """
        apart = [
            nodes.subtract(outputs[nodes.port.output], scaled[:, start:stop]) for nodes, start, stop in self._spans()
        ]
        return np.stack(apart).max(axis=0)

    def describe_columns(self) -> list[dict[str, Any]]:
        """Return what the files say of each column that they take."""
        return [
            {
                "column": nodes.column.name,
                "input": nodes.port.input,
                "output": nodes.port.output,
                "kind": nodes.column.kind,
                "type": nodes.column.type,
                "input_type": "string" if nodes.dtype == object else nodes.dtype.name,
                "missing": nodes.missing,
            }
            for nodes in self._read
        ]

    @property
    def metadata(self) -> dict[str, str]:
        """What the files say of their samples."""
        without = [column.name for column in self.encoder.columns if not column.groups]
        return {
            "columns": json.dumps(self.describe_columns()),
            "columns_without_features": json.dumps(without),
            "feature_names": json.dumps(self.encoder.list_features()),
            "scaling": self.encoder.choices.numeric_scaling,
            "measure": self.measure.name,
            "unit": self.measure.unit,
        }
