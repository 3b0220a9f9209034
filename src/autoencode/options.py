"""The options of a training: name, default, values and one sentence each, as data; nothing heavy is imported.

`Autoencoder`'s keywords, the shell's options and the keys of a TOML file are this one table; a test holds the
constructor, and the registries of losses, activations, scalings, measures and named sets, against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from autoencode.parts.recipes import RECIPES
from autoencode.registry import ACTIVATIONS, BOTTLENECKS, CORRUPTIONS, LOSSES, NETWORKS, OUTPUT_ACTIVATIONS, TERMS, Kind

ACTIVATION_NAMES = tuple(ACTIVATIONS.ours)
LOSS_NAMES = tuple(LOSSES.ours)
SCALING_NAMES = ("none", "standard", "minmax", "global_minmax")
RECIPE_NAMES = tuple(RECIPES.ours)
NETWORK_NAMES = tuple(NETWORKS.ours)
KIND_NAMES = ("picture", "sequence")
ENGINE_NAMES = ("kernel", "xla")
SCHEDULE_NAMES = ("constant", "cosine", "warmup_cosine", "plateau")
MEASURE_NAMES = (*LOSS_NAMES, "signed_sum")
UNIT_NAMES = ("auto", "standard", "original", "scaled")
COMMON_UNIT_NAMES = UNIT_NAMES[:-1]  # those that models of different scaling share
SET_NAMES = ("mnist", "digits", "uniform-table")


@dataclass(frozen=True)
class Option:
    """One option.

    Attributes
    ----------
    name
        As a keyword and a TOML key; the shell writes dashes for underscores.
    default
        What it is where it is not given.
    kind
        "count": a whole number. "number": any number. "layers": whole numbers, in the shell with dashes, 128-64.
        "word": one of `words`, or any word where there are none. "text": any text. "texts": several. "flag": yes or no.
        "choice": yes, no, or found out.
    help
        What it does, in a sentence.
    words
        Words that are taken, of a number or of layers beside numbers. "none" stands for None, of layers for no layer.
    group
        The heading that it stands under in the shell's help; "" is that of a verb's own options.
    parts
        The parts whose names are taken too: those that packages of others bring are not among `words`.
    """

    name: str
    default: Any
    kind: Literal["count", "number", "layers", "word", "text", "texts", "flag", "choice"]
    help: str
    words: tuple[str, ...] = ()
    group: str = "Training"
    parts: Kind | None = field(default=None, compare=False)


TRAINING: tuple[Option, ...] = (
    Option(
        "code_size", "auto", "count", "Numbers that a sample is squeezed into; auto is √features.", ("auto",), "Network"
    ),
    Option(
        "recipe",
        None,
        "word",
        "A combination of parts from a paper; `autoencode recipes` lists them.",
        ("none", *RECIPE_NAMES),
        "Network",
        RECIPES,
    ),
    Option(
        "network",
        "auto",
        "word",
        "What encodes and decodes; auto is dense, or the recipe's.",
        ("auto", *NETWORK_NAMES),
        "Network",
        NETWORKS,
    ),
    Option(
        "hidden",
        "auto",
        "layers",
        "Units of the encoder's hidden layers, which the decoder mirrors; auto is one layer.",
        ("auto", "none"),
        "Network",
    ),
    Option(
        "activation",
        "auto",
        "word",
        "Activation of the hidden layers, such as relu, tanh or gelu; auto is silu, or the recipe's.",
        ("auto", *ACTIVATION_NAMES),
        "Network",
        ACTIVATIONS,
    ),
    Option(
        "code_activation",
        "auto",
        "word",
        "Activation of the code; auto is identity, which keeps every unit alive, or the recipe's.",
        ("auto", *ACTIVATION_NAMES),
        "Network",
        ACTIVATIONS,
    ),
    Option(
        "output_activation",
        "auto",
        "word",
        "Activation of the reconstruction; auto is the one that belongs to the loss.",
        ("auto", *OUTPUT_ACTIVATIONS.ours),
        "Network",
        OUTPUT_ACTIVATIONS,
    ),
    Option(
        "bottleneck",
        "auto",
        "text",
        f"What a code is, with settings as in top_k(k=4): {', '.join(BOTTLENECKS.ours)}.",
        group="Parts",
    ),
    Option(
        "corruption",
        "auto",
        "text",
        f"What is done to samples in training: {', '.join(CORRUPTIONS.ours)} or none.",
        group="Parts",
    ),
    Option(
        "terms",
        "auto",
        "texts",
        f"What is minimised beside the loss: {', '.join(TERMS.ours)}; may be given again.",
        ("auto", "none"),
        "Parts",
    ),
    Option(
        "kind",
        "auto",
        "word",
        "What an array of samples of two axes holds; auto goes by their shape.",
        ("auto", *KIND_NAMES),
        "Samples",
    ),
    Option(
        "loss",
        "auto",
        "word",
        "What training minimises; auto goes by recipe and samples.",
        ("auto", *LOSS_NAMES),
        parts=LOSSES,
    ),
    Option(
        "scaling",
        "auto",
        "word",
        "How features are scaled; auto goes by what the samples are.",
        ("auto", *SCALING_NAMES, "quantile"),  # the last for mixed tables
    ),
    Option("optimizer", "adam", "word", "adam, with Keras's constants, or any optax optimiser by name."),
    Option("learning_rate", 3e-3, "number", "Step size of the optimiser, > 0."),
    Option("schedule", "constant", "word", "How the step size changes over the training.", SCHEDULE_NAMES),
    Option("weight_decay", 0.0, "number", "How strongly weights are kept small, ≥ 0."),
    Option("clip_norm", None, "number", "The longest gradient; none lets any pass.", ("none",)),
    Option("epochs", 50, "count", "Passes over the training samples."),
    Option(
        "batch_size", "auto", "count", "Samples of one update; auto is near samples / 64, within 16 … 256.", ("auto",)
    ),
    Option("restarts", 1, "count", "Networks trained at once from different seeds; the best is kept."),
    Option(
        "validation_fraction",
        None,
        "number",
        "Share held out where no validation samples are given; none holds out nothing.",
        ("none",),
    ),
    Option(
        "patience",
        None,
        "count",
        "Stop when the held-out loss has not improved for so many epochs; the best weights are kept.",
        ("none",),
    ),
    Option(
        "random_state",
        None,
        "count",
        "Seed of weights, order and split; none draws one, which is printed and kept.",
        ("none",),
    ),
    Option(
        "engine",
        "auto",
        "word",
        "What trains; auto is the native kernel where it can, else xla.",
        ("auto", *ENGINE_NAMES),
    ),
)
"""What the shell and a TOML file can set, in the order of the constructor's keywords."""

PYTHON_ONLY: dict[str, Any] = {"callbacks": None, "warm_start": False, "verbose": 0}
"""Keywords of the constructor that only Python can give, with their defaults."""
