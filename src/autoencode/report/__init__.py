"""Offline HTML pages: the report of one or more models, and the blocks that any page is made of.

Importing this folder is light: Bokeh, matplotlib and Jinja are imported by the functions that need them.
"""

from autoencode.report.comparison_html import comparison_html
from autoencode.report.page import render_page
from autoencode.report.report import Report, make_report

__all__ = ["Report", "comparison_html", "make_report", "render_page"]
