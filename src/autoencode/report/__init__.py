"""Offline HTML pages."""

from autoencode.report.page import Listing, Page, Paragraph, Picture, Section, Table, render_page

__all__ = ["Listing", "Page", "Paragraph", "Picture", "Section", "Table", "render_page"]
