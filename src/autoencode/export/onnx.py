"""A fitted model as ONNX files, which run anywhere without us."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

import autoencode
from autoencode.exceptions import InvalidInputError
from autoencode.export import convolution_nodes, dense_nodes, recurrent_nodes
from autoencode.export.activation_nodes import add_activation
from autoencode.export.array_nodes import ArrayNodes
from autoencode.export.graph import Graph, check_extra
from autoencode.export.parity import measure_differences
from autoencode.export.sequence_nodes import SequenceNodes
from autoencode.export.table_nodes import TableNodes
from autoencode.files import open_whole
from autoencode.model.fitted import Fitted
from autoencode.model.learnt import HoldsFitted, take_fitted
from autoencode.options import COMMON_UNIT_NAMES
from autoencode.parts.bottlenecks.plain import Plain
from autoencode.parts.networks import ConvolutionalNetwork, DenseNetwork, RecurrentNetwork
from autoencode.tables import StepScaling
from autoencode.training import BottleneckedNetwork


class NetworkNodes(NamedTuple):
    """How a network becomes nodes: ``(graph, network, name of what it takes) → name of what it gives``.

    Attributes
    ----------
    add_encoder
        From scaled features to the code.
    add_decoder
        From the code to the decoder's output before its activation.
    """

    add_encoder: Callable[[Graph, Any, str], str]
    add_decoder: Callable[[Graph, Any, str], str]


NETWORK_NODES: dict[type, NetworkNodes] = {
    DenseNetwork: NetworkNodes(dense_nodes.add_encoder, dense_nodes.add_decoder),
    ConvolutionalNetwork: NetworkNodes(convolution_nodes.add_encoder, convolution_nodes.add_decoder),
    RecurrentNetwork: NetworkNodes(recurrent_nodes.add_encoder, recurrent_nodes.add_decoder),
}
"""Every network that can be exported."""

MEANINGS = {
    "encoder": "samples to their codes",
    "decoder": "codes to the reconstructions that they stand for",
    "reconstruct": "samples to their reconstructions",
    "errors": "samples to the errors of their reconstructions",
}


@dataclass(frozen=True)
class OnnxExport:
    """The files of an export.

    Attributes
    ----------
    encoder, decoder, reconstruct, errors
        The four files.
    differences
        By file, the largest difference between its numbers and the model's, at most 1e-5; see
        `export.parity.measure_differences`.
    samples
        How many samples they were measured on.
    """

    encoder: Path
    decoder: Path
    reconstruct: Path
    errors: Path
    differences: dict[str, float]
    samples: int


def export_onnx(
    model: HoldsFitted | Fitted, folder: str | Path, *, samples: Any = None, units: str = "auto"
) -> OnnxExport:
    """Write a fitted model as four ONNX files, checked against its own numbers.

    ``encoder.onnx`` maps samples to codes, ``decoder.onnx`` codes to reconstructions, ``reconstruct.onnx`` samples to
    reconstructions, and ``errors.onnx`` samples to one error each, of the measure that `Autoencoder.errors` takes
    unasked. Samples go in and come out in their own shape and units; the number of samples is free.

    Parameters
    ----------
    model
        A fitted `Autoencoder`, or what it learnt.
    folder
        The folder for the files; it is made if it is not there. Files of an earlier export are replaced.
    samples
        Real samples to compare the files with the model on; by default ones that are made from the model's mean
        sample, principal components and range of training.
    units
        Of the errors: "standard", standard deviations of the training columns, or "original", the features' own.
        "auto" is "standard" for tables with named columns, else "original".

    Returns
    -------
    OnnxExport
        The files, and how far their numbers are from the model's.

    Raises
    ------
    InvalidInputError
        If the model uses a function of the user's own, `folder` is a file, the samples cannot be used, or the
        packages of the extra "onnx" are missing.
    ModelFileError
        If a file does not give the model's numbers; nothing is then written.
    OSError
        If the folder cannot be written to or the disk is full; none of the files is then written.

    Notes
    -----
    A file does not refuse samples as the model does: NaN comes out as NaN.
    """
    check_extra()
    model = take_fitted(model)
    folder = Path(folder)
    check_folder(folder, MEANINGS)
    nodes = find_nodes(model, units)
    files = _build_files(model, nodes)
    checked = nodes.make_samples() if samples is None else nodes.read_samples(samples)
    differences = measure_differences(model, files, nodes, checked)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.onnx" for name in files}
    write_all({paths[name]: content for name, content in files.items()})
    return OnnxExport(**paths, differences=differences, samples=len(checked))


def find_nodes(model: Fitted, units: str) -> ArrayNodes | TableNodes:
    """Return what makes the ends of the graphs, by what a sample is."""
    if units not in COMMON_UNIT_NAMES:
        raise InvalidInputError(f"units must be one of {', '.join(COMMON_UNIT_NAMES)}, got {units!r:.50}.")
    if model.format.is_mixed:
        return TableNodes(model, units)
    return SequenceNodes(model, units) if isinstance(model.scaling, StepScaling) else ArrayNodes(model, units)


def check_folder(folder: Path, names: Iterable[str]) -> None:
    """Check that a folder can hold files of these names, or be made.

    Raises
    ------
    InvalidInputError
        If a file is in the way of the folder, or a folder in that of a file.
    """
    for place in (folder, *folder.parents):
        if place.exists() and not place.is_dir():
            raise InvalidInputError(f"folder: {place} is a file; name a folder for the ONNX files.")
    for name in names:
        if (folder / f"{name}.onnx").is_dir():
            raise InvalidInputError(f"folder: {folder / name}.onnx is a folder, in the way of a file; remove it.")


def split_network(network: Any) -> tuple[Any, Any, NetworkNodes]:
    """Return a fitted network without its bottleneck, the bottleneck, and what makes nodes of the network.

    Raises
    ------
    InvalidInputError
        If it is a network of the user's own.
    """
    bottleneck = Plain()
    if isinstance(network, BottleneckedNetwork):
        network, bottleneck = network.network, network.bottleneck
    if type(network) not in NETWORK_NODES:
        raise InvalidInputError(
            f"a {type(network).__name__} has no ONNX form; only "
            f"{', '.join(kind.__name__ for kind in NETWORK_NODES)} have."
        )
    return network, bottleneck, NETWORK_NODES[type(network)]


def add_decoder(graph: Graph, network: Any, code: str) -> str:
    """Add what makes scaled features of codes.

    Parameters
    ----------
    graph
        The graph that grows.
    network
        The fitted network.
    code
        The name of the codes.
    """
    network, _, nodes = split_network(network)
    return add_activation(graph, network.output_activation, nodes.add_decoder(graph, network, code), "decoded")


def add_encoder(graph: Graph, network: Any, features: str, code_size: int) -> str:
    """Add what makes codes of scaled features, the bottleneck included; see `add_decoder`."""
    network, bottleneck, nodes = split_network(network)
    return bottleneck.add_nodes(graph, nodes.add_encoder(graph, network, features), code_size)


def _build_files(model: Fitted, nodes: Any) -> dict[str, bytes]:
    """Return the content of the four files by name."""
    code_size = model.settings.code_size
    metadata = describe_model(model) | nodes.metadata
    files = {}
    for name, meaning in MEANINGS.items():
        graph = Graph(name)
        features = code = ""
        if name == "decoder":
            code = graph.add_input("code", np.float32, (code_size,), "codes, shape (batch, units)")
        else:
            features = nodes.add_inputs(graph)
            code = add_encoder(graph, model.network, features, code_size)
        if name == "encoder":
            graph.add_output(code, "code", np.float32, (code_size,), "codes, shape (batch, units)")
        else:
            scaled = add_decoder(graph, model.network, code)
            if name == "errors":
                nodes.add_errors(graph, features, scaled)
            else:
                nodes.add_reconstruction(graph, scaled)
        files[name] = graph.to_bytes(f"{meaning}; {metadata['model']}", {"file": name, **metadata})
    return files


def describe_model(model: Fitted) -> dict[str, str]:
    """Return what the files say of the model. The digest is that of the weights: four files of one export share it."""
    return {
        "autoencode_version": autoencode.__version__,
        "model": f"Autoencoder {model.summary().title}",
        "loss": model.settings.loss_name,
        "seed": str(model.seed),
        "weights_sha256": digest_weights([model.network]),
    }


def digest_weights(networks: Any) -> str:
    """Return the SHA-256 of all weights."""
    digest = hashlib.sha256()
    for array in jax.tree.leaves(networks):
        digest.update(np.asarray(array).tobytes())
    return digest.hexdigest()


def write_all(files: dict[Path, bytes]) -> None:
    """Write files whole, all of them or none: the first takes its name when the last is on the disk."""
    with ExitStack() as stack:
        for path, content in files.items():
            try:
                file = stack.enter_context(open_whole(path))
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # so that a full disk is found before the first file takes its name
            except OSError as error:
                raise OSError(error.errno, error.strerror, str(path)) from error
