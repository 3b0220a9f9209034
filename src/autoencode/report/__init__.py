"""Offline HTML pages: the report of one or more models, and the blocks that any page is made of.

Importing this folder is light: Bokeh, matplotlib and Jinja are imported by the functions that need them.
"""

from autoencode.report.blocks import (
    Card,
    Cards,
    Facts,
    Listing,
    Paragraph,
    Part,
    Picture,
    Plot,
    Table,
)
from autoencode.report.comparison_html import comparison_html
from autoencode.report.page import Page, Section, render_page
from autoencode.report.report import Report, make_report
from autoencode.report.studies import compose_report
from autoencode.report.study import (
    CellColumn,
    Creations,
    Decoder,
    DecoderLayer,
    ModelCard,
    Study,
    StudySamples,
    Training,
)

__all__ = [
    "Card",
    "Cards",
    "CellColumn",
    "Creations",
    "Decoder",
    "DecoderLayer",
    "Facts",
    "Listing",
    "ModelCard",
    "Page",
    "Paragraph",
    "Part",
    "Picture",
    "Plot",
    "Report",
    "Section",
    "Study",
    "StudySamples",
    "Table",
    "Training",
    "comparison_html",
    "compose_report",
    "make_report",
    "render_page",
]
