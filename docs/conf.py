"""Build the site: ``sphinx-build -W --keep-going docs build/site`` from the checkout, with the extra ``docs`` installed.

The pages are those that one reads in the repository; nothing is written twice. Warnings are errors, so a link to a page, a heading or
a file that is not there ends the build. Nothing is downloaded, and pages load nothing from elsewhere.
"""

from __future__ import annotations

import re
from importlib.metadata import version as version_of
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "rolloutsim"
author = "the rolloutsim developers"
copyright = f"2026, {author}"
release = version = version_of("rolloutsim")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "numpydoc", "sphinx_click"]
exclude_patterns = ["__pycache__", "exploring/*.md"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
myst_heading_anchors = 4

autodoc_typehints = "none"  # the docstrings describe parameters
autodoc_member_order = "bysource"
numpydoc_show_class_members = False

html_theme = "furo"
html_title = f"rolloutsim {version}"
html_show_sourcelink = False
html_copy_source = False

#: A link to a Markdown file of the repository that is no page of the site.
_OUTSIDE = re.compile(r"\]\(((?:\.\./)+(?:[A-Z]+|(?:benchmarks|scenarios)/README)\.md)(#[\w-]*)?\)")


def link_files(app: Sphinx, page: str, source: list[str]) -> None:
    """Let the site offer Markdown files of the repository for download."""
    source[0] = _OUTSIDE.sub(r"](path:\1)", source[0])


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", link_files)
