"""`autoencode recipes`: combinations of parts from papers."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from autoencode.cli.output import print_json, print_table

__all__ = ["recipes"]


def recipes(as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")] = False) -> None:
    """List the recipes: what each is for, its parts, its paper.

    Example: autoencode recipes
    """
    from autoencode.recipes import RECIPES

    if as_json:
        print_json([dataclasses.asdict(recipe) for recipe in RECIPES.values()])
        return
    header = ("recipe", "what for", "parts", "paper")
    rows = [
        (
            recipe.name,
            recipe.sentence,
            ", ".join(f"{keyword} {part}" for keyword, part in recipe.parts.items()) or "as always",
            f"{recipe.paper}, {recipe.equation}",
        )
        for recipe in RECIPES.values()
    ]
    print_table(header, rows)
