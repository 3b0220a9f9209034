r"""Convolutions of 3 × 3 as products of matrices, with the batch as the last axis.

In a loop that XLA compiles for a CPU, the gradients of its own convolution take ten times as long as they should. Here
neighbouring places are brought together by copies, and one product of matrices does the rest; with the batch as the
last axis, a copy moves whole rows of memory. Gradients, of any order and in either mode, are those of the product.
"""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from autoencode.parts.networks.activation import Activation

Kernel = Float[Array | np.ndarray, "3 3 inputs outputs"]

REACH = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], np.float32)
"""Which of a kernel's three rows (or columns) meet a place of the small image, for each of the four places of the
doubled image that the place reaches: the one before its own two, its own two, and the one after."""


def convolve(
    values: Float[Array, "inputs height width batch"], kernel: Kernel
) -> Float[Array, "outputs height width batch"]:
    r"""Convolve images with a kernel of 3 × 3, with zeros around them.

    .. math:: y_{o,i,j} = \sum_{a,b,c} k_{a,b,c,o} \, x_{c,\,i+a-1,\,j+b-1}

    Parameters
    ----------
    values
        The images; the batch is the last axis.
    kernel
        One matrix of inputs × outputs for each of the nine places.

    Returns
    -------
    array
        The result, as large as the images.

    Notes
    -----
    Columns are brought together before the product, and rows after it: six copies, where nine neighbours laid above
    each other would be nine.

    Examples
    --------
    >>> convolve(jnp.ones((1, 2, 3, 1)), jnp.ones((3, 3, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 6.0, 4.0], [4.0, 6.0, 4.0]]
    """
    inputs, height, width, batch = values.shape
    outputs = kernel.shape[-1]
    padded = jnp.pad(values, ((0, 0), (0, 0), (1, 1), (0, 0)))
    columns = jnp.concatenate([padded[:, :, b : b + width] for b in range(3)])
    matrix = kernel.transpose(0, 3, 1, 2).reshape(3 * outputs, 3 * inputs)
    rows = jnp.matmul(matrix, columns.reshape(3 * inputs, -1)).reshape(3, outputs, height, width, batch)
    above, same, below = jnp.pad(rows, ((0, 0), (0, 0), (1, 1), (0, 0), (0, 0)))
    return above[:, :height] + same[:, 1 : height + 1] + below[:, 2:]


def convolve_halved(
    values: Float[Array, "inputs height width batch"], kernel: Kernel
) -> Float[Array, "outputs rows columns batch"]:
    r"""Convolve images with a kernel of 3 × 3 at every second row and column, with zeros around them.

    .. math:: y_{o,i,j} = \sum_{a,b,c} k_{a,b,c,o} \, x_{c,\,2i+a-1,\,2j+b-1}

    Parameters
    ----------
    values
        The images; the batch is the last axis.
    kernel
        One matrix of inputs × outputs for each of the nine places.

    Returns
    -------
    array
        The result, shape (outputs, ⌈height / 2⌉, ⌈width / 2⌉, batch).

    Examples
    --------
    >>> convolve_halved(jnp.ones((1, 3, 5, 1)), jnp.ones((3, 3, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 6.0, 4.0], [4.0, 6.0, 4.0]]
    """
    _, height, width, _ = values.shape
    outputs = kernel.shape[-1]
    padded = jnp.pad(values, ((0, 0), (1, 1), (1, 1), (0, 0)))
    parts = [padded[:, a : a + height : 2, b : b + width : 2] for a in range(3) for b in range(3)]
    neighbours = jnp.concatenate(parts)
    product = jnp.matmul(kernel.reshape(-1, outputs).T, neighbours.reshape(len(neighbours), -1))
    return product.reshape(outputs, *neighbours.shape[1:])


def convolve_doubled(
    values: Float[Array, "inputs height width batch"], kernel: Kernel
) -> Float[Array, "outputs rows columns batch"]:
    r"""Double images, each place becoming four, and convolve them with a kernel of 3 × 3, with zeros around them.

    .. math:: y_{o,i,j} = \sum_{a,b,c} k_{a,b,c,o} \, x_{c,\,\lfloor (i+a-1)/2 \rfloor,\,\lfloor (j+b-1)/2 \rfloor}

    Parameters
    ----------
    values
        The images; the batch is the last axis.
    kernel
        One matrix of inputs × outputs for each of the nine places.

    Returns
    -------
    array
        The result, shape (outputs, 2 height, 2 width, batch).

    Notes
    -----
    The doubled images are never made: what each small place gives to the 4 × 4 places that it reaches is one product,
    with 4/9 of the multiplications.

    References
    ----------
    A. Odena, V. Dumoulin and C. Olah, "Deconvolution and checkerboard artifacts", 2016, resize-convolution.

    Examples
    --------
    >>> convolve_doubled(jnp.ones((1, 1, 2, 1)), jnp.ones((3, 3, 1, 1)))[0, :, :, 0].tolist()
    [[4.0, 6.0, 6.0, 4.0], [4.0, 6.0, 6.0, 4.0]]
    """
    inputs, height, width, batch = values.shape
    outputs = kernel.shape[-1]
    spread = spread_kernel(kernel).reshape(-1, inputs)
    given = (spread @ values.reshape(inputs, -1)).reshape(4, 4, outputs, height, width, batch)
    # Of the first axis of four to the rows, of the second to the columns.
    return _gather_places(_gather_places(given, 2), 2)


def spread_kernel(kernel: Kernel) -> Float[Array, "4 4 outputs inputs"]:
    """Return what one place of an image gives to the 4 × 4 places of its double that it reaches."""
    return jnp.einsum("ai,bj,ijco->aboc", REACH, REACH, kernel)


def _gather_places(given: Float[Array, "4 ..."], axis: int) -> Float[Array, ...]:
    """Add up what places of an image give to their double, along one axis of what the four parts hold."""

    def shift(values: Float[Array, ...], places: int) -> Float[Array, ...]:
        edges = [(0, 0, 0)] * values.ndim
        edges[axis] = (places, -places, 0)
        return jax.lax.pad(values, jnp.zeros((), values.dtype), edges)

    before, first, second, after = given
    doubled = jnp.stack([first + shift(after, 1), second + shift(before, -1)], axis + 1)
    shape = first.shape
    return doubled.reshape(*shape[:axis], 2 * shape[axis], *shape[axis + 1 :])


class Convolution(eqx.Module):
    """A convolution of 3 × 3 and a bias for each of its outputs.

    Attributes
    ----------
    kernel, bias
        The arrays, the kernel with one matrix of inputs × outputs for each of the nine places.
    """

    kernel: Kernel
    bias: Float[Array | np.ndarray, " outputs"]

    @classmethod
    def draw(cls, inputs: int, outputs: int, generator: np.random.Generator) -> Convolution:
        r"""Draw a convolution: a normal kernel of deviation :math:`\sqrt{2 / 9 n_\text{in}}`, and a bias of zeros.

        References
        ----------
        K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", 2015, eq. 10.
        """
        kernel = generator.normal(0, np.sqrt(2 / (9 * inputs)), (3, 3, inputs, outputs))
        return cls(kernel.astype(np.float32, copy=False), np.zeros(outputs, np.float32))

    @classmethod
    def clear(cls, inputs: int, outputs: int) -> Convolution:
        """Return a convolution that gives zeros until it is trained."""
        return cls(np.zeros((3, 3, inputs, outputs), np.float32), np.zeros(outputs, np.float32))

    @property
    def parameters(self) -> int:
        """How many numbers it holds."""
        return self.kernel.size + self.bias.size

    def apply(self, values: Float[Array, "inputs height width batch"]) -> Float[Array, "outputs height width batch"]:
        """Return images convolved; see `convolve`."""
        return convolve(values, self.kernel) + self.bias[:, None, None, None]

    def reduce(self, values: Float[Array, "inputs height width batch"]) -> Float[Array, "outputs rows columns batch"]:
        """Return images convolved at every second row and column; see `convolve_halved`."""
        return convolve_halved(values, self.kernel) + self.bias[:, None, None, None]

    def enlarge(
        self, values: Float[Array, "inputs height width batch"], rows: int, columns: int
    ) -> Float[Array, "outputs rows columns batch"]:
        """Return images doubled, convolved and cut to so many rows and columns; see `convolve_doubled`."""
        return convolve_doubled(values, self.kernel)[:, :rows, :columns] + self.bias[:, None, None, None]


class ResidualBlock(eqx.Module):
    r"""What is added to an image that passes it by, :math:`y = x + C_2(f(C_1(f(x))))`, with an activation :math:`f`.

    Attributes
    ----------
    first, second
        The convolutions; the second is zero at first, so that the block starts as the identity.

    References
    ----------
    K. He, X. Zhang, S. Ren and J. Sun, "Identity mappings in deep residual networks", 2016, eq. 1 and figure 4e.
    H. Zhang, Y. N. Dauphin and T. Ma, "Fixup initialization", 2019, section 3: zero at first, without normalisation.
    """

    first: Convolution
    second: Convolution

    @classmethod
    def draw(cls, channels: int, generator: np.random.Generator) -> ResidualBlock:
        """Draw a block; see `Convolution.draw`."""
        return cls(Convolution.draw(channels, channels, generator), Convolution.clear(channels, channels))

    @property
    def parameters(self) -> int:
        """How many numbers it holds."""
        return self.first.parameters + self.second.parameters

    def apply(
        self, values: Float[Array, "channels height width batch"], activation: Activation
    ) -> Float[Array, "channels height width batch"]:
        """Return images with what the block adds."""
        return values + self.second.apply(activation(self.first.apply(activation(values))))
