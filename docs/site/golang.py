"""Go for Sphinx: what godoc.go writes becomes entries that the search finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.directives import ObjectDescription
from sphinx.domains import Domain, ObjType
from sphinx.util.nodes import make_id

# `func (r *Reader) Open[T any](name string) error` in four parts: keyword, receiver, name, the rest.
SIGNATURE = re.compile(r"(\w+) (\([^)]*\) )?(\w+(?:, \w+)*)(.*)", re.DOTALL)


class GoObject(ObjectDescription[str]):
    """A declaration; `names` are those that it declares, apart by blanks."""

    option_spec: ClassVar = {**ObjectDescription.option_spec, "names": directives.unchanged_required}

    def get_signatures(self) -> list[str]:
        """The argument is one, whatever is in it."""
        return [" ".join(self.arguments[0].split())]

    def handle_signature(self, signature: str, node: addnodes.desc_signature) -> str:
        """Show it."""
        keyword, receiver, name, rest = SIGNATURE.fullmatch(signature).groups("")
        node += addnodes.desc_sig_keyword(keyword, keyword)
        node += addnodes.desc_sig_space()
        if receiver:
            node += addnodes.desc_addname(receiver, receiver)
        node += addnodes.desc_name(name, name)
        if rest:
            node += addnodes.desc_sig_element(rest, rest)
        return name

    def add_target_and_index(self, name: str, signature: str, node: addnodes.desc_signature) -> None:
        """Note where it is."""
        for declared in self.options["names"].split():
            anchor = make_id(self.env, self.state.document, "go", declared)
            node["ids"].append(anchor)
            self.env.domains["go"].data["objects"][declared] = (self.env.docname, anchor, self.objtype)

    def _object_hierarchy_parts(self, node: addnodes.desc_signature) -> tuple[str, ...]:
        return tuple(self.options["names"].split()[0].split("."))

    def _toc_entry_name(self, node: addnodes.desc_signature) -> str:
        names = self.options["names"].split()
        return names[0] + (", …" if len(names) > 1 else "")


class GoDomain(Domain):
    """The names of the package."""

    name = "go"
    label = "Go"
    object_types: ClassVar = {kind: ObjType(kind) for kind in ("func", "type", "const", "var")}
    directives = dict.fromkeys(object_types, GoObject)
    initial_data: ClassVar[dict[str, Any]] = {"objects": {}}

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """For the search and for links."""
        for name, (document, anchor, kind) in self.data["objects"].items():
            yield f"ondes.{name}", name, kind, document, anchor, 1


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx."""
    app.add_domain(GoDomain)
    return {"parallel_read_safe": False, "parallel_write_safe": False}
