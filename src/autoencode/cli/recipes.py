"""`autoencode recipes`: combinations of parts from papers."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from autoencode.cli.output import print_json, print_table


def recipes(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Show its parts and its paper.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False,
) -> None:
    """List the recipes, or show the parts and the paper of one.

    \b
    Examples:
      autoencode recipes
      autoencode recipes vae
    """
    from autoencode.parts.recipes import RECIPES, find_recipe

    chosen = list(RECIPES.values()) if name is None else [find_recipe(name)]
    if as_json:
        print_json([dataclasses.asdict(recipe) for recipe in chosen])
    elif name is None:
        print_table(("recipe", "what for"), [(recipe.name, recipe.sentence) for recipe in chosen])
    else:
        (recipe,) = chosen
        parts = ", ".join(f"{keyword} {part}" for keyword, part in recipe.parts.items()) or "as always"
        rows = [("recipe", recipe.name), ("what for", recipe.sentence), ("parts", parts)]
        print_table(("", ""), [*rows, ("paper", recipe.paper), ("where in it", recipe.equation)])
