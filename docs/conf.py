"""Sphinx's settings. Build: sphinx-build --fail-on-warning -b html docs docs/_build/html"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import fastavg

project = "fastavg"
author = "The fastavg developers"
copyright = "The fastavg developers"
release = version = fastavg.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples"]
sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "show_memory": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "within_subsection_order": "FileNameSortKey",
    "default_thumb_file": str(Path(__file__).parent / "_static" / "favicon.svg"),
}
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
copybutton_prompt_text = r"\$ |>>> "
copybutton_prompt_is_regexp = True

autosummary_generate = True
# Spark is large, and its classes only have to be described here.
autodoc_mock_imports = ["pyspark"]
autodoc_typehints = "none"
autodoc_member_order = "bysource"
autoclass_content = "class"
toc_object_entries_show_parents = "hide"
python_maximum_signature_line_length = 88
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "fastavg"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["fastavg.css"]
html_js_files = ["fastavg.js"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "fastavg", "image_light": "_static/favicon.svg",
             "image_dark": "_static/favicon.svg"},
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
    "header_links_before_dropdown": 5,
    "show_nav_level": 1,
}
html_sidebars = {"index": []}
html_context = {"default_mode": "auto"}


def spark_signature(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str, returned: str
) -> tuple[str, str] | None:
    """The parameters of a class of Spark's, which its substitute base class would hide."""
    if what != "class" or not name.startswith("fastavg.spark."):
        return None
    whole = inspect.signature(obj.__init__)
    own = [each.replace(annotation=each.empty) for each in list(whole.parameters.values())[1:]]
    return str(whole.replace(parameters=own, return_annotation=whole.empty)), ""


def setup(app: Any) -> None:
    """What Sphinx calls."""
    app.connect("autodoc-process-signature", spark_signature)
