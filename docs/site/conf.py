"""Sphinx: how the pages that build.py puts together become the site."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "bindings/python/src")]

project = "ondes"
version = release = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text("utf-8"), re.MULTILINE)[1]
author = "the ondes authors"
copyright = "the ondes authors. MIT OR Apache-2.0"
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "golang",
    "links",
]
exclude_patterns = ["**/_*.md"]
nitpicky = False
suppress_warnings = ["misc.highlighting_failure"]  # an ellipsis in code is for people

# Markdown
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 4
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

# Languages
highlight_language = "none"
c_maximum_signature_line_length = cpp_maximum_signature_line_length = python_maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
add_module_names = False
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True

# The site
html_theme = "furo"
html_title = f"ondes {version}"
html_static_path = ["static"]
html_css_files = ["ondes.css"]
html_logo = "static/ondes.svg"
html_favicon = "static/ondes.svg"
html_domain_indices = False
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_extra_path = [os.environ["ONDES_DOCS_EXTRA"]]
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_exclude = ".linenos, .gp, .go"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b6f85",
        "color-brand-content": "#0b6f85",
        "color-api-name": "#0b6f85",
        "color-api-pre-name": "#0b6f85",
    },
    "dark_css_variables": {
        "color-brand-primary": "#5cc8de",
        "color-brand-content": "#5cc8de",
        "color-api-name": "#7fd6e8",
        "color-api-pre-name": "#7fd6e8",
    },
    "footer_icons": [],
    "navigation_with_keys": True,
}
