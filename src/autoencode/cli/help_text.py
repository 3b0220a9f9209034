"""The help of a verb, with its options under headings, in plain text that fits 80 columns."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand


class Verb(TyperCommand):
    """A command whose options stand under headings: the `rich_help_panel` that each was made with."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the words of the usage line, arguments by their plain names."""
        return [piece.replace("{", "").replace("}", "") for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then each group of options, those without a heading last."""
        groups: dict[str, list[tuple[str, str]]] = {"Arguments": []}
        others: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is None:
                continue
            heading = getattr(parameter, "rich_help_panel", None)
            if parameter.param_type_name == "argument":
                groups["Arguments"].append((parameter.metavar or record[0], getattr(parameter, "help", None) or ""))
            elif heading:
                groups.setdefault(heading, []).append(record)
            else:
                others.append(record)
        for heading, records in {**groups, "Options": others}.items():
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)
