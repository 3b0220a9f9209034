"""The known word that is nearest to one that is not known, for messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_ELSEWHERE = {
    "silu": ("swish",),
    "leaky_relu": ("lrelu",),
    "identity": ("linear", "none"),
    "sigmoid": ("logistic", "expit"),
    "squared_error": ("mse", "mean_squared_error", "mse_loss", "l2", "l2_loss", "quadratic"),
    "absolute_error": ("mae", "mean_absolute_error", "l1", "l1_loss"),
    "huber": ("huber_loss", "smooth_l1", "smooth_l1_loss"),
    "binary_cross_entropy": ("bce", "bce_loss", "bce_with_logits", "bce_with_logits_loss", "binary_crossentropy"),
    "categorical_cross_entropy": ("cce", "cross_entropy", "cross_entropy_loss", "categorical_crossentropy"),
    "cosine": ("cosine_decay", "cosine_annealing", "cosine_annealing_lr"),
    "warmup_cosine": ("cosine_warmup", "linear_warmup_cosine_annealing", "warmup_cosine_decay"),
    "constant": ("constant_lr", "fixed"),
    "plateau": ("reduce_lr_on_plateau",),
    "sgd": ("gradient_descent", "momentum", "nesterov"),
    "standard": ("standard_scaler", "z_score", "standardize", "standardise"),
    "minmax": ("min_max_scaler", "normalize", "normalise"),
    "convolutional": ("conv", "cnn", "conv2d", "convnet"),
    "dense": ("mlp", "fully_connected", "feed_forward"),
    "residual": ("resnet",),
    "denoising": ("dae",),
    "vanilla": ("ae", "autoencoder", "basic"),
    "contractive": ("cae",),
    "beta-vae": ("bvae",),
}
"""Words of ours, each with what it is called in Keras, PyTorch or scikit-learn."""


def _strip(word: str) -> str:
    """Return a word without what libraries write differently: capitals, dashes, underscores, spaces."""
    return word.casefold().translate({ord(letter): None for letter in "-_ "})


_OURS = {_strip(theirs): ours for ours, words in _ELSEWHERE.items() for theirs in words}


def end_with_nearest(word: object, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown word: the known word that may have been meant, or a full stop.

    Parameters
    ----------
    word
        What was given.
    known
        What could have been meant.

    Examples
    --------
    >>> "there is no loss 'squared_eror'" + end_with_nearest("squared_eror", ["squared_error"])
    "there is no loss 'squared_eror'; did you mean 'squared_error'?"
    >>> "there is no activation 'swish'" + end_with_nearest("swish", ["mish", "silu"])
    "there is no activation 'swish'; it is 'silu' here."
    """
    words, stripped = list(known), _strip(str(word))
    if _OURS.get(stripped) in words:
        return f"; it is {_OURS[stripped]!r} here."
    same = [one for one in words if _strip(one) == stripped]
    nearest = same or difflib.get_close_matches(str(word), words, n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else "."
