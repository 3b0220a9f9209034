"""Fully connected encoder-decoder pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from autoencode.parts.networks.activation import Activation, find_activation
from autoencode.parts.networks.form import Frame, NetworkForm
from autoencode.types import LayerShape


@jax.custom_batching.custom_vmap
def _multiply(values: Float[Array, " inputs"], kernel: Float[Array, "inputs outputs"]) -> Float[Array, " outputs"]:
    """Return the product of one sample's values with a kernel; a batch of them is multiplied by `_multiply_batch`."""
    return values @ kernel


@_multiply.def_vmap
def _multiply_vmapped(axis_size, in_batched, values, kernel):
    values_batched, kernel_batched = in_batched
    if kernel_batched or not values_batched:  # several networks at once
        axes = tuple(0 if batched else None for batched in in_batched)
        return jax.vmap(jnp.matmul, in_axes=axes, axis_size=axis_size)(values, kernel), True
    return _multiply_batch(values, kernel), True


@jax.custom_vjp
def _multiply_batch(values: Float[Array, "batch inputs"], kernel: Float[Array, "inputs outputs"]):
    """Return the product of a batch of values with a kernel."""
    return values @ kernel


def _multiply_batch_forward(values, kernel):
    return values @ kernel, (values, kernel)


def _multiply_batch_backward(residuals, upstream):
    values, kernel = residuals
    # Autodiff multiplies with the whole batch transposed, for which XLA takes half as long again on CPU. Here the
    # narrower of the two is transposed first, and the barrier keeps XLA from undoing that.
    hold = jax.lax.optimization_barrier
    if values.shape[1] < upstream.shape[1]:
        return upstream @ kernel.T, hold(values.T) @ upstream
    return upstream @ kernel.T, hold(hold(upstream.T) @ values).T


_multiply_batch.defvjp(_multiply_batch_forward, _multiply_batch_backward)


class Affine(eqx.Module):
    r"""An affine map, :math:`y = x K + b`.

    Attributes
    ----------
    kernel, bias
        The arrays :math:`K` and :math:`b`.
    """

    kernel: Float[Array | np.ndarray, "inputs outputs"]
    bias: Float[Array | np.ndarray, " outputs"]

    @classmethod
    def draw(cls, inputs: int, outputs: int, generator: np.random.Generator) -> Affine:
        r"""Draw a map with Keras's initial values: a Glorot-uniform kernel and a bias of zeros.

        The kernel is uniform between :math:`\pm\sqrt{6 / (n_\text{in} + n_\text{out})}`.

        References
        ----------
        X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010,
        eq. 16.
        """
        limit = np.sqrt(6 / (inputs + outputs))
        kernel = generator.uniform(-limit, limit, (inputs, outputs)).astype(np.float32, copy=False)
        return cls(kernel, np.broadcast_to(np.float32(0), outputs))

    def __call__(self, values: Float[Array, " inputs"]) -> Float[Array, " outputs"]:
        """Return the mapped values."""
        return _multiply(values, self.kernel) + self.bias


class DenseNetwork(eqx.Module):
    """An encoder of dense layers and its mirror image as decoder; one sample in, one sample out.

    It is made by a `DenseBlueprint`. Batches are made by `jax.vmap`.

    Attributes
    ----------
    encoder, decoder
        The layers, from the sample to the code and from the code to the reconstruction.
    activation, code_activation, output_activation
        Activation of the hidden layers, of the code, and of the reconstruction; names or functions.
    engine
        "xla" where nothing but XLA may apply the network; else the native kernel does so where it can.
    """

    encoder: tuple[Affine, ...]
    decoder: tuple[Affine, ...]
    activation: str | Activation = eqx.field(static=True)
    code_activation: str | Activation = eqx.field(static=True)
    output_activation: str | Activation = eqx.field(static=True)
    engine: str = eqx.field(static=True, default="auto")

    def encode(self, sample: Float[Array, " features"]) -> Float[Array, " code"]:
        """Return the code of one sample."""
        return self.encoder_activations(sample)[-1]

    def decode(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the reconstruction that one code stands for."""
        return find_activation(self.output_activation)(self.decode_linear(code))

    def decode_linear(self, code: Float[Array, " code"]) -> Float[Array, " features"]:
        """Return the decoder's output before its activation (the logits, where that is the sigmoid)."""
        return self.decoder[-1](self.decoder_activations(code)[-1])

    def __call__(self, sample: Float[Array, " features"]) -> Float[Array, " features"]:
        """Return the reconstruction of one sample."""
        return self.decode(self.encode(sample))

    def encoder_activations(self, sample: Float[Array, " features"]) -> list[Float[Array, " units"]]:
        """Return what each encoder layer gives for one sample, the code last."""
        hidden, code = find_activation(self.activation), find_activation(self.code_activation)
        values, activations = sample, []
        for layer in self.encoder[:-1]:
            values = hidden(layer(values))
            activations.append(values)
        return [*activations, code(self.encoder[-1](values))]

    def squared_jacobian(self, sample: Float[Array, " features"]) -> Float[Array, ""] | None:
        r"""Return the squared Frobenius norm of the code's Jacobian at a sample; None with hidden layers.

        .. math:: \sum_{ij} \left(\frac{\partial z_j}{\partial x_i}\right)^2 = \sum_j a'(y_j)^2 \sum_i K_{ij}^2

        References
        ----------
        S. Rifai et al., "Contractive auto-encoders: explicit invariance during feature extraction", 2011.
        """
        layer, *deeper = self.encoder
        if deeper:
            return None
        linear = layer(sample)
        _, slopes = jax.jvp(find_activation(self.code_activation), (linear,), (jnp.ones_like(linear),))
        return jnp.square(slopes) @ jnp.sum(jnp.square(layer.kernel), axis=0)

    def decoder_activations(self, code: Float[Array, " code"]) -> list[Float[Array, " units"]]:
        """Return the code and what each hidden decoder layer gives for it."""
        hidden = find_activation(self.activation)
        activations = [code]
        for layer in self.decoder[:-1]:
            activations.append(hidden(layer(activations[-1])))
        return activations

    def layer_shapes(self) -> list[LayerShape]:
        """Return name, units and parameters of each layer, in order; the names are those of the diagnosis."""
        names = [f"encoder_{i + 1}" for i in range(len(self.encoder) - 1)] + ["code"]
        names += [f"decoder_{i + 1}" for i in range(len(self.decoder) - 1)] + ["reconstruction"]
        return [
            LayerShape(name, layer.kernel.shape[-1], layer.kernel.size + layer.bias.size)
            for name, layer in zip(names, self.encoder + self.decoder, strict=True)
        ]


@dataclass(frozen=True)
class DenseBlueprint:
    """Everything that makes a `DenseNetwork` but its weights.

    ``hidden=(128, 64), code_size=32`` on 784 features is 784-128-64-32-64-128-784.

    Attributes
    ----------
    features
        Number of features of a sample.
    code_size
        Number of units of the code.
    hidden
        Units of the encoder's hidden layers, from the sample inwards; the decoder has them in reverse.
    activation, code_activation, output_activation
        Activation of the hidden layers, of the code, and of the reconstruction; names or functions.
    encoded_size
        How many numbers the encoder gives, where a bottleneck makes a code of another size of them.
    engine
        "xla" where nothing but XLA may apply the network; else the native kernel does so where it can.

    Examples
    --------
    >>> network = DenseBlueprint(30, 2, hidden=(2,)).draw(np.random.default_rng(0))
    >>> sum(layer.parameters for layer in network.layer_shapes())
    164
    """

    features: int
    code_size: int
    hidden: tuple[int, ...] = ()
    activation: str | Activation = "relu"
    code_activation: str | Activation = "identity"
    output_activation: str | Activation = "identity"
    encoded_size: int | None = None
    engine: str = "auto"

    @property
    def kernel_shapes(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer, in order."""
        encoded = self.code_size if self.encoded_size is None else self.encoded_size
        encoder = pairwise((self.features, *self.hidden, encoded))
        return [*encoder, *pairwise((self.code_size, *reversed(self.hidden), self.features))]

    @property
    def multiplications(self) -> int:
        """Products of numbers that one sample takes on its way to its reconstruction."""
        return sum(inputs * outputs for inputs, outputs in self.kernel_shapes)

    def assemble(self, layers: Sequence[Affine]) -> DenseNetwork:
        """Return the network of the given layers, in order."""
        middle = len(self.hidden) + 1
        return DenseNetwork(
            tuple(layers[:middle]),
            tuple(layers[middle:]),
            self.activation,
            self.code_activation,
            self.output_activation,
            self.engine,
        )

    def draw(self, generator: np.random.Generator) -> DenseNetwork:
        """Return a network with random weights, drawn on the host: nothing is compiled for it."""
        return self.assemble([Affine.draw(inputs, outputs, generator) for inputs, outputs in self.kernel_shapes])


def _make_dense(frame: Frame) -> DenseBlueprint:
    return DenseBlueprint(
        frame.features,
        frame.code_size,
        frame.hidden,
        frame.activation,
        frame.code_activation,
        frame.output_activation,
        frame.encoded_size,
    )


DENSE = NetworkForm(_make_dense)
