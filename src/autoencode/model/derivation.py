"""What "auto" stands for, derived from the training samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autoencode.exceptions import InvalidInputError
from autoencode.model.arguments import PART_NAMES, Arguments
from autoencode.model.fitted import Fitted
from autoencode.model.format import Format
from autoencode.model.part_lookup import NETWORKS, choose_parts
from autoencode.model.settings import DerivedSettings, name_part
from autoencode.parts.losses import Loss
from autoencode.parts.recipes import DEFAULT, find_recipe
from autoencode.sizes import choose_batch_size, derive_sizes, is_auto, is_large_picture


def check_continuation(arguments: Arguments, fitted: Fitted, *, asker: str = "warm_start") -> None:
    """Check that an `Autoencoder` that goes on still asks for the network that it has.

    Parameters
    ----------
    arguments
        The constructor's, as they are now.
    fitted
        What it goes on from.
    asker
        What asked for it to go on, "warm_start" or "partial_fit".

    Raises
    ------
    InvalidInputError
        If an argument that makes the network has been changed since.
    """
    settings = fitted.settings
    names = ("kind", "code_size", "hidden", "output_activation", "scaling", "engine")
    has = {name: getattr(settings, name) for name in names} | {"restarts": len(fitted.restarts)}
    asked = {name: getattr(arguments, name) for name in has} | choose_parts(arguments).tell()
    has |= settings.part_texts
    for name in ("corruption", "terms"):  # these make no network
        del asked[name]
    asked["network"] = arguments.network if is_auto(arguments.network) else asked["network"]
    for name, wish in asked.items():
        wish, fact = (tuple(value) if isinstance(value, list) else value for value in (wish, has[name]))
        if not is_auto(wish) and wish != fact:
            raise InvalidInputError(
                f"{asker} goes on with the fitted network, whose {name} is {fact!r}, but {name}={wish!r} was set "
                "since; set it back, or fit with warm_start=False."
            )


def derive_settings(arguments: Arguments, form: Format, features: np.ndarray) -> DerivedSettings:
    """Derive every "auto" value of an `Autoencoder` from its training samples.

    Parameters
    ----------
    arguments
        Checked.
    form
        What the samples are; it knows which scaling and which loss suit them.
    features
        The features of the training samples, before the scaling.

    Returns
    -------
    DerivedSettings
        With the sizes of `derive_sizes`; batch_size = a power of two near samples / 64, within 16 … 256; scaling that
        of the format; output_activation that of the loss; loss and parts those of the recipe; without one, a
        convolutional network for large pictures.
    """
    count, width = features.shape
    parts, recipe = choose_parts(arguments), find_recipe(arguments.recipe)
    is_large = is_large_picture(form.sample_shape, form.kind)
    if is_auto(arguments.network) and recipe is DEFAULT and is_large:
        parts = parts._replace(network="convolutional")
    chosen_loss = form.choose_loss(recipe.loss) if is_auto(arguments.loss) else arguments.loss
    loss = form.find_loss(chosen_loss)
    fixed = NETWORKS[parts.network].hidden if isinstance(parts.network, str) else ()
    hidden = fixed if is_auto(arguments.hidden) and fixed is not None else arguments.hidden
    code_size, hidden = derive_sizes(width, arguments.code_size, hidden, layers=recipe.hidden_layers)
    if is_auto(arguments.code_size):
        code_size = parts.bottleneck.fit_code_size(code_size)
    batch_size = choose_batch_size(count, arguments.batch_size)
    scaling = form.choose_scaling(features, loss) if is_auto(arguments.scaling) else arguments.scaling
    sizes = ("code_size", "hidden", "batch_size", "scaling", "output_activation")
    # Of the parts only those that a recipe, or the samples, make others than they always are.
    told = [name for name in ("loss", *PART_NAMES) if getattr(recipe, name) != getattr(DEFAULT, name)]
    told += ["network"] * (parts.network != recipe.network) + ["kind"] * (form.kind is not None)
    derived = tuple(name for name in (*sizes, *told) if is_auto(getattr(arguments, name)))
    output_activation = choose_output_activation(arguments.output_activation, loss)
    kept_loss = loss.name if isinstance(chosen_loss, str) else chosen_loss
    chosen = (code_size, hidden, batch_size, scaling, output_activation, kept_loss, parts.tell(), derived)
    return DerivedSettings(*chosen, kind=form.kind)


def choose_output_activation(asked: str | Callable, loss: Loss) -> Any:
    """Return the activation of the reconstruction: "auto" is the loss's own.

    Raises
    ------
    InvalidInputError
        If the loss is computed together with another one.
    """
    if is_auto(asked):
        return loss.output_activation
    if loss.fused and asked != loss.output_activation:
        raise InvalidInputError(
            f"loss={loss.name!r} is computed together with output_activation={name_part(loss.output_activation)!r}; "
            f"use 'auto', got {asked!r}."
        )
    return asked
