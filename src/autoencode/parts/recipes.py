"""Papers as combinations of parts: a recipe names them, and whatever is given beside it wins."""

from __future__ import annotations

from dataclasses import dataclass

from autoencode.exceptions import InvalidInputError
from autoencode.nearest import end_with_nearest
from autoencode.registry import Kind


@dataclass(frozen=True)
class Recipe:
    """A combination of parts, and where it comes from.

    Attributes
    ----------
    name
        What it is called.
    sentence
        What it is for.
    paper, equation
        Authors, title, year; and where in it the combination stands.
    network, activation, code_activation, loss, bottleneck, corruption, terms
        What the keyword of that name stands for where it is "auto". A loss that the samples cannot have (that of a
        mixed table is its own) gives way.
    hidden_layers
        How many hidden layers ``hidden="auto"`` makes of a dense network.
    """

    name: str
    sentence: str
    paper: str
    equation: str
    network: str = "dense"
    activation: str = "silu"
    code_activation: str = "identity"
    loss: str = "squared_error"
    bottleneck: str = "plain"
    corruption: str | None = None
    terms: tuple[str, ...] = ()
    hidden_layers: int = 1

    @property
    def parts(self) -> dict[str, str]:
        """The parts that differ from those of no recipe, by keyword."""
        names = ("network", "activation", "code_activation", "loss", "bottleneck", "corruption", "terms")
        values = {name: getattr(self, name) for name in names if getattr(self, name) != getattr(DEFAULT, name)}
        told = {name: " ".join(value) if isinstance(value, tuple) else str(value) for name, value in values.items()}
        layers = self.hidden_layers
        return told if layers == DEFAULT.hidden_layers else {"hidden": f"{layers or 'no'} layers", **told}


DEFAULT = Recipe("none", "Every part at its default: one hidden layer, a plain code, the loss of the samples.", "", "")
"""What no recipe stands for."""

_LISTED = (
    Recipe(
        "linear",
        "Finds the subspace that PCA finds; the baseline of all others.",
        "P. Baldi and K. Hornik, Neural networks and principal component analysis, 1989",
        "section 2",
        activation="identity",
        hidden_layers=0,
    ),
    Recipe(
        "vanilla",
        "One hidden layer on each side of the code; the place to begin.",
        "D. E. Rumelhart, G. E. Hinton, R. J. Williams, Learning internal representations by error propagation, 1986",
        "eq. 13",
    ),
    Recipe(
        "deep",
        "Several layers on each side: for samples on a bent surface.",
        "G. E. Hinton and R. R. Salakhutdinov, Reducing the dimensionality of data with neural networks, 2006",
        "fig. 1",
        hidden_layers=2,
    ),
    Recipe(
        "sparse-l1",
        "Most units of a code are zero; each that is not says something.",
        "A. Ng, Sparse autoencoder, 2011; the penalty is that of B. A. Olshausen and D. J. Field, 1996",
        "Olshausen and Field, eq. 2",
        code_activation="relu",
        terms=("l1(weight=0.1)",),
    ),
    Recipe(
        "sparse-kl",
        "Each unit is active for few samples, by default one in twenty.",
        "H. Lee, C. Ekanadham and A. Ng, Sparse deep belief net model for visual area V2, 2008; A. Ng, 2011",
        "Ng, section 3",
        code_activation="sigmoid",
        terms=("kl_sparsity(sparsity=0.05, weight=1.0)",),
    ),
    Recipe(
        "top-k",
        "A code has at most k numbers that are not zero; you set k.",
        "A. Makhzani and B. Frey, k-sparse autoencoders, 2014",
        "algorithm 1",
        bottleneck="top_k(k=4)",
    ),
    Recipe(
        "denoising",
        "Learns to take noise away; its codes care for what is typical.",
        "P. Vincent et al., Stacked denoising autoencoders, 2010",
        "eq. 9",
        corruption="gaussian_noise(deviation=0.3)",
    ),
    Recipe(
        "contractive",
        "Codes hardly move when a sample moves a little.",
        "S. Rifai et al., Contractive auto-encoders, 2011",
        "eq. 2",
        code_activation="sigmoid",
        terms=("contractive(weight=0.1)",),
        hidden_layers=0,
    ),
    Recipe(
        "masked",
        "Learns to fill in features that are missing.",
        "K. He et al., Masked autoencoders are scalable vision learners, 2022; P. Vincent et al., 2010",
        "Vincent et al., section 3.3",
        corruption="masking(share=0.5)",
    ),
    Recipe(
        "convolutional",
        "For images: small filters everywhere, and far fewer weights.",
        "J. Masci et al., Stacked convolutional auto-encoders for hierarchical feature extraction, 2011",
        "eq. 3",
        network="convolutional",
    ),
    Recipe(
        "sequence",
        "For sequences of steps, of different lengths too.",
        "N. Srivastava et al., Unsupervised learning of video representations using LSTMs, 2015",
        "section 2.2",
        network="lstm",
    ),
    Recipe(
        "vae",
        "Codes follow a normal distribution: new samples can be drawn.",
        "D. P. Kingma and M. Welling, Auto-encoding variational Bayes, 2014",
        "eq. 10",
        loss="binary_cross_entropy",
        bottleneck="gaussian",
    ),
    Recipe(
        "beta-vae",
        "A VAE whose units say different things, at the cost of detail.",
        "I. Higgins et al., β-VAE: learning basic visual concepts with a constrained variational framework, 2017",
        "eq. 4",
        loss="binary_cross_entropy",
        bottleneck="gaussian(beta=4.0)",
    ),
    Recipe(
        "iwae",
        "A VAE with a tighter bound, from several draws of each code.",
        "Y. Burda, R. Grosse and R. Salakhutdinov, Importance weighted autoencoders, 2016",
        "eq. 8",
        loss="binary_cross_entropy",
        bottleneck="gaussian(draws=5)",
    ),
    Recipe(
        "wae-mmd",
        "New samples as from a VAE, while reconstructions stay sharp.",
        "I. Tolstikhin et al., Wasserstein auto-encoders, 2018",
        "algorithm 2",
        terms=("mmd(weight=10.0)",),
    ),
    Recipe(
        "vq-vae",
        "Codes are entries of a codebook: few bits, to count or to model.",
        "A. van den Oord, O. Vinyals and K. Kavukcuoglu, Neural discrete representation learning, 2017",
        "eq. 3",
        bottleneck="vector_quantized(entries=64, numbers=4)",
    ),
    Recipe(
        "fsq",
        "Codes of few levels a number: a VQ-VAE without a codebook.",
        "F. Mentzer et al., Finite scalar quantization: VQ-VAE made simple, 2023",
        "section 3.1",
        bottleneck="finite_scalar(levels=8)",
    ),
)

RECIPES = Kind("recipe", {recipe.name: recipe for recipe in _LISTED})
"""Every recipe by name."""


def find_recipe(name: str | None) -> Recipe:
    """Return the recipe of a name; None is `DEFAULT`.

    Raises
    ------
    InvalidInputError
        If there is none of that name; the nearest is suggested.

    Examples
    --------
    >>> find_recipe("beta-vae").bottleneck
    'gaussian(beta=4.0)'
    """
    if name is None or name == "none":
        return DEFAULT
    if not isinstance(name, str) or name not in RECIPES:
        raise InvalidInputError(
            f"recipe must be None or one of {', '.join(RECIPES)}, got {name!r:.100}{end_with_nearest(name, RECIPES)}"
        )
    return RECIPES[name]
