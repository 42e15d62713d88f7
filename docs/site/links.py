"""What is written as code and names something in the references becomes a link to it, on every page.

So the guides need no markup of Sphinx's, and read the same where the repository is browsed.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.nodes import make_refnode

logger = logging.getLogger(__name__)

Target = tuple[str, str]

# Whose names the code of a page is, where not that of C, C++ and Python. In Go's own pages its names are bare.
LANGUAGES = {"docs/GO": ("go", "c"), "api/go": ("go", "c"), "api/rust": ()}


def targets(env: Any) -> dict[str, dict[str, Target]]:
    """Where each documented name of each language is: `ondes_reader_open_path`, `ondes::reader::open`, `ondes.load`."""
    found: dict[str, dict[str, Target]] = {}
    for language in ("c", "cpp", "py", "go"):
        names = found.setdefault(language, {})
        for name, short, kind, document, anchor, _ in env.domains[language].get_objects():
            if kind in ("functionParam", "templateParam") or not re.match(r"ondes(_|::|\.)|ONDES_", name):
                continue
            names.setdefault(name, (document, anchor))
            if language == "go":
                names.setdefault(short, (document, anchor))
    return found


class LinkCode(SphinxPostTransform):
    """Makes the links."""

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Look at each piece of code of a page."""
        if not hasattr(self.env, "ondes_targets"):
            self.env.ondes_targets = targets(self.env)
        for node in list(self.document.findall(nodes.literal)):
            if _is_within(node, (nodes.reference, addnodes.pending_xref, nodes.title, addnodes.desc_signature)):
                continue
            name = re.sub(r"\(.*\)$|^ondes\.hpp$", "", node.astext())
            # Several languages have an `ondes.Tags` or `ondes::audio`.
            languages = LANGUAGES.get(self.env.docname, ("c", "cpp", "py"))
            target = next(
                (found for language in languages if (found := self.env.ondes_targets[language].get(name))), None
            )
            if target is None or any(target[1] in signature["ids"] for signature in _signatures(node)):
                continue
            document, anchor = target
            link = make_refnode(self.app.builder, self.env.docname, document, anchor, node.deepcopy())
            node.replace_self(link)


def _is_within(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def _signatures(node: nodes.Node) -> list[nodes.Element]:
    """Those of the description that a node is in: it needs no link to itself."""
    while node := node.parent:
        if isinstance(node, addnodes.desc):
            return [child for child in node if isinstance(child, addnodes.desc_signature)]
    return []


def complete(app: Sphinx, env: Any) -> None:
    """Each public name of the Python package must be on a page."""
    known = {name for name, *_ in env.domains["py"].get_objects()}
    modules = sorted(name for name in env.domains["py"].data["modules"])
    for module in modules:
        for name in getattr(importlib.import_module(module), "__all__", ()):
            if not {f"{module}.{name}", f"ondes.batch.{name}"} & known:
                logger.warning("%s.%s is on no page", module, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_post_transform(LinkCode)
    app.connect("env-check-consistency", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
