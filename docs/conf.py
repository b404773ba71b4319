"""The documentation site: `sphinx-build -W --keep-going -n docs docs/_build/html`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_extensions")]

import obq_privacy  # noqa: E402

project = "obq-privacy"
author = "the authors of obq-privacy"
version = release = obq_privacy.__version__
copyright = "2026, the authors of obq-privacy"  # noqa: A001  Sphinx calls it so

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "public_names"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_extensions", "pictures", "vectors"]
nitpicky = True
nitpick_ignore_regex = [
    ("py:.*", r"(?!obq_privacy\b).*"),  # other people's names, and type variables
    ("py:.*", r"obq_privacy\..*\b_\w+.*"),  # bases and variables that are nobody's concern
    ("py:.*", r"obq_privacy\.[\w.]+\.[A-Z](_\w+)?"),
]

html_theme = "furo"
html_title = f"obq-privacy {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
myst_fence_as_directive = ["public"]

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 96
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"

napoleon_numpy_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
