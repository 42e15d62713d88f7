"""Pages of the C and the C++ reference, one for each section of a header, from Doxygen's XML.

What has no comment is a failure. Neighbours may share one: what follows a documented thing on the very next line, as
an overload or the second of two numbers, is described together with it.
"""

from __future__ import annotations

import re
import textwrap
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

# The last lines of a comment: Returns, and so on.
FIELDS = re.compile(r"(?:^|\s)(Returns|Lifetime|Threads|Since): ")
SECTION = re.compile(r"^(?:/\*|//) ---- (.+?) -{3,}(?: \*/)?$")


class Undocumented(Exception):
    """Public names without a comment."""


@dataclass
class Entry:
    """Something that the header declares, and what is inside of it."""

    directive: str
    name: str
    signature: str
    text: str
    first: int
    last: int
    members: list[Entry] = field(default_factory=list)
    shared: list[Entry] = field(default_factory=list)


@dataclass
class Section:
    """A part of a header, between two of its headings."""

    title: str
    first: int
    entries: list[Entry] = field(default_factory=list)

    @property
    def slug(self) -> str:
        """The name of its page."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")


def write(language: str, header: Path, xml: Path, folder: Path) -> None:
    """Write the pages of a header ("c" or "cpp") into a folder."""
    reader = _C(xml) if language == "c" else _Cpp(xml)
    lines = header.read_text("utf-8").splitlines()
    sections = [Section(match[1], number) for number, line in enumerate(lines, 1) if (match := SECTION.match(line))]
    entries = sorted(reader.entries(), key=lambda entry: entry.first)
    for entry in entries:
        [section for section in sections if section.first < entry.first][-1].entries.append(entry)
    missing: list[str] = []
    for section in sections:
        section.entries = _share(section.entries, header.name, lines, missing)
    if missing:
        raise Undocumented("\n".join(missing))
    sections = [section for section in sections if section.entries]
    folder.mkdir(parents=True, exist_ok=True)
    for section in sections:
        (folder / f"{section.slug}.rst").write_text(_page(language, reader, section), "utf-8")
    title = {"c": "C reference", "cpp": "C++ reference"}[language]
    contents = [".. toctree::", "   :maxdepth: 1", "", *(f"   {section.slug}" for section in sections)]
    index = [title, "=" * len(title), "", _overview(lines, language), "Sections", "--------", "", *contents, ""]
    (folder / "index.rst").write_text("\n".join(index), "utf-8")


def _share(entries: list[Entry], header: str, lines: list[str], missing: list[str]) -> list[Entry]:
    """Give what has no comment to the neighbour above, which has one."""
    kept: list[Entry] = []
    for entry in entries:
        entry.members = _share(entry.members, header, lines, missing)
        if entry.text or entry.directive.endswith("enumerator"):
            kept.append(entry)
        elif (
            kept
            and kept[-1].text
            and _start(entry, lines) - _end(kept[-1]) <= 1
            and kept[-1].directive == entry.directive
        ):
            kept[-1].shared.append(entry)
        else:
            missing.append(f"{header}:{entry.first}: {entry.name} has no comment")
    return kept


def _start(entry: Entry, lines: list[str]) -> int:
    """The line of its `template <...>`, if it has one: Doxygen gives that of the name."""
    first = entry.first
    while (above := lines[first - 2].strip()) and above[-1] not in ";{}:" and not above.startswith(("/", "#", "*")):
        first -= 1
    return first


def _end(entry: Entry) -> int:
    return max([entry.last, *(other.last for other in entry.shared)])


# ---- Pages --------------------------------------------------------------------------------------------------


def _page(language: str, reader: _Reader, section: Section) -> str:
    title = section.title
    out = [title, "=" * len(title), ""]
    if language == "cpp":
        out += [".. cpp:namespace:: ondes", ""]
    out += [".. list-table::", "   :class: glance", "   :widths: auto", ""]
    for entry in section.entries:
        first = _first_sentence(entry.text)
        out += [f"   * - {reader.role(entry)}", f"     - {first}"]
    out.append("")
    for entry in section.entries:
        out += _entry(entry)
    return "\n".join(out) + "\n"


def _entry(entry: Entry) -> list[str]:
    head = f".. {entry.directive}:: "
    signatures = [entry.signature, *(other.signature for other in entry.shared)]
    out = [head + ("\n" + " " * len(head)).join(signatures), ""]
    body = entry.text.splitlines()
    if body:
        body.append("")
    for member in entry.members:
        body += _entry(member)
    for other in entry.shared:
        for member in other.members:
            body += _entry(member)
    out += [("   " + line).rstrip() for line in body]
    return [*out, ""] if out[-1] else out


def _first_sentence(text: str) -> str:
    paragraph = re.split(r"\n\s*\n", text, maxsplit=1)[0].replace("\n", " ")
    # Of the fields at the end no summary is made, and a colon that announces code becomes a full stop.
    paragraph = re.sub(r"::$", ".", paragraph)
    return re.split(r"(?<=[^.][.!?])\s+(?=[A-Z`])", paragraph, maxsplit=1)[0]


def _overview(lines: list[str], language: str) -> str:
    """The comment at the top of the header: a program, then paragraphs that begin with their subject."""
    comment = []
    for line in lines:
        if (language == "c" and line.startswith(" */")) or (language == "cpp" and not line.startswith("///")):
            break
        comment.append(re.sub(r"^(///|/\*| \*) ?", "", line))
    paragraphs = re.split(r"\n\s*\n", "\n".join(comment).strip("\n"))
    out, code = [], []
    for paragraph in paragraphs:
        if paragraph.startswith("  ") or not paragraph.strip():
            code.append(paragraph)
            continue
        if code:
            out += _code(textwrap.dedent("\n\n".join(code)), "c" if language == "c" else "cpp")
            code = []
        prose = " ".join(paragraph.split())
        if "cargo xtask" in prose:  # for those who change the header
            continue
        prose = re.sub(r"^(Build it with:) (.+)", r"\1 `\2`", prose)
        prose = _escape(prose, ticks=True)
        out += [
            re.sub(r"^((?:Words|Calls|Threads|Memory|Objects|Errors|Callbacks)[a-z, ]*)\.? ", r"**\1.** ", prose),
            "",
        ]
    return "\n".join(out) + "\n"


def _code(code: str, language: str) -> list[str]:
    return [
        f".. code-block:: {language}",
        "",
        *("   " + line if line else "" for line in code.strip("\n").splitlines()),
        "",
    ]


# ---- Doxygen's XML ------------------------------------------------------------------------------------------


class _Reader:
    language: str
    # What is code without being marked as such.
    words: re.Pattern[str]

    def __init__(self, xml: Path) -> None:
        self.xml = xml

    def entries(self) -> list[Entry]:
        raise NotImplementedError

    def role(self, entry: Entry) -> str:
        raise NotImplementedError

    def text(self, member: ET.Element) -> str:
        """The comment as reStructuredText; empty if there is none."""
        parts = [
            self.blocks(node) for tag in ("briefdescription", "detaileddescription") for node in member.findall(tag)
        ]
        return "\n\n".join(part for part in parts if part)

    def blocks(self, node: ET.Element) -> str:
        out = []
        for para in node:
            if para.tag != "para":
                raise ValueError(f"an element {para.tag} of Doxygen's that reference.py does not know")
            out += self.paragraph(para)
        return "\n".join(out).strip()

    def paragraph(self, para: ET.Element) -> list[str]:
        out: list[str] = []
        prose = _escape(para.text or "", self.words)
        for child in para:
            if child.tag in ("verbatim", "itemizedlist", "programlisting"):
                out += [_unwrap(prose), ""]
                prose = ""
                if child.tag == "itemizedlist":
                    for item in child:
                        out += ["- " + textwrap.indent(self.blocks(item), "  ").lstrip(), ""]
                else:
                    out += _code(textwrap.dedent("".join(child.itertext())), self.language)
            elif child.tag == "computeroutput":
                prose += f"``{''.join(child.itertext())}``"
            elif child.tag in ("emphasis", "bold"):
                mark = "*" if child.tag == "emphasis" else "**"
                prose += mark + _escape("".join(child.itertext())) + mark
            elif child.tag == "ref":
                prose += _escape("".join(child.itertext()), self.words)
            elif child.tag == "ndash":
                prose += "--"
            else:
                raise ValueError(f"an element {child.tag} of Doxygen's that reference.py does not know")
            prose += _escape(child.tail or "", self.words)
        pieces = FIELDS.split(prose)
        out += [_unwrap(pieces[0]), ""]
        for label, value in zip(pieces[1::2], pieces[2::2], strict=True):
            out.append(f":{label}: {self.field(label, _unwrap(value))}")
        return out

    def field(self, label: str, value: str) -> str:
        return value


def _unwrap(prose: str) -> str:
    return " ".join(prose.split())


def _escape(text: str, words: re.Pattern[str] | None = None, *, ticks: bool = False) -> str:
    """Plain text as reStructuredText, with the names in it as code."""
    if ticks:
        pieces = re.split(r"`([^`]+)`", text)
        return "".join(f"``{piece}``" if index % 2 else _escape(piece, _C.words) for index, piece in enumerate(pieces))
    text = re.sub(r"([\\*`|])", r"\\\1", text)
    text = re.sub(r"_(?![A-Za-z0-9_])", r"\\_", text)
    if words is not None:
        text = words.sub(lambda match: f"``{match[0].replace(chr(92), '')}``", text)
    return text


def _location(member: ET.Element) -> tuple[int, int]:
    at = member.find("location")
    assert at is not None
    first = int(at.get("declline") or at.get("line") or 0)
    last = int(at.get("bodyend") or -1)
    return first, max(first, last)


def _string(element: ET.Element | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


class _C(_Reader):
    language = "c"
    words = re.compile(r"\b(?:ondes_[a-z0-9]\w*|ONDES_[A-Z0-9]\w*[A-Z0-9])\b(?!\\_)(?:\(\))?")

    def entries(self) -> list[Entry]:
        root = ET.parse(self.xml / "ondes_8h.xml").getroot()
        found = []
        structs = {}
        for inner in root.iter("innerclass"):
            compound = ET.parse(self.xml / f"{inner.get('refid')}.xml").getroot().find("compounddef")
            assert compound is not None
            entry = self.compound(compound)
            structs[entry.name] = entry
        for member in root.iter("memberdef"):
            name = _string(member.find("name"))
            # A typedef has the name of the struct that it goes with.
            if not (member.get("kind") == "typedef" and name in structs) and name != "ONDES_H":
                found.append(self.member(member))
        return [*found, *structs.values()]

    def compound(self, compound: ET.Element) -> Entry:
        name = _string(compound.find("compoundname"))
        members = [self.member(member) for member in compound.iter("memberdef")]
        return Entry("c:struct", name, name, self.text(compound), *_location(compound), members)

    def member(self, member: ET.Element) -> Entry:
        kind, name = member.get("kind"), _string(member.find("name"))
        type_, args = _c_type(_string(member.find("type"))), _c_type(_string(member.find("argsstring")))
        text, (first, last) = self.text(member), _location(member)
        if kind == "function":
            return Entry("c:function", name, f"{type_} {name}{args}".replace("* ", "*"), text, first, last)
        if kind == "define":
            value = _string(member.find("initializer"))
            if text and re.fullmatch(r'-?\d+|UINT\d+_MAX|"[^"]*"|\(?-?[\d.]+\)?', value):
                text += f"\n\n:Value: ``{value}``"
            return Entry("c:macro", name, name, text, first, last)
        if kind == "enum":
            values = [self.value(value) for value in member.iter("enumvalue")]
            return Entry("c:enum", name, name, text, first, last, values)
        if kind == "typedef":
            if "(" in args or "(" in type_:
                return Entry("c:type", name, f"{type_}{name}{args}", text, first, last)
            return Entry("c:type", name, name, text, first, last)
        assert kind == "variable", kind
        return Entry("c:member", name, f"{type_}{'' if type_.endswith('*') else ' '}{name}{args}", text, first, last)

    def value(self, value: ET.Element) -> Entry:
        name, number = _string(value.find("name")), _string(value.find("initializer"))
        return Entry("c:enumerator", name, f"{name} {number}".strip(), self.text(value), 0, 0)

    def role(self, entry: Entry) -> str:
        names = [entry.name, *(other.name for other in entry.shared)]
        return ", ".join(f":{entry.directive.replace('function', 'func')}:`{name}`" for name in names)

    def field(self, label: str, value: str) -> str:
        if label == "Returns":
            # "NOT_FOUND, IS_DIRECTORY or IO" are statuses without their prefix.
            value = re.sub(
                r"(?<![\w`])([A-Z]{2,}(?:_[A-Z]+)+|IO|LIMIT|BUSY|CLOSED|CALLBACK|UNRECOGNIZED|UNSUPPORTED|MALFORMED|CANCELLED|PERMISSION)(?![\w`])",
                self.status,
                value,
            )
        return value

    def status(self, match: re.Match[str]) -> str:
        known = _statuses(self.xml)
        return f":c:enumerator:`{match[1]} <ONDES_STATUS_{match[1]}>`" if match[1] in known else match[1]


def _statuses(xml: Path) -> set[str]:
    text = (xml / "ondes_8h.xml").read_text("utf-8")
    return set(re.findall(r"<name>ONDES_STATUS_(\w+)</name>", text))


def _c_type(text: str) -> str:
    """Without `struct` before the names, which are those of types too."""
    return re.sub(r"\b(struct|enum) (?=ondes_)", "", text)


class _Cpp(_Reader):
    language = "cpp"
    words = _C.words

    def entries(self) -> list[Entry]:
        root = ET.parse(self.xml / "namespaceondes_1_1throwing.xml").getroot().find("compounddef")
        assert root is not None
        found = [self.member(member) for member in root.findall("sectiondef/memberdef")]
        for inner in root.findall("innerclass"):
            compound = ET.parse(self.xml / f"{inner.get('refid')}.xml").getroot().find("compounddef")
            assert compound is not None
            found.append(self.compound(compound))
        return [entry for entry in found if entry is not None]

    def compound(self, compound: ET.Element) -> Entry:
        name = _plain(_string(compound.find("compoundname")))
        directive = "cpp:class" if compound.get("kind") == "class" else "cpp:struct"
        bases = [_plain(_string(base)) for base in compound.findall("basecompoundref")]
        bases = [f"public {base}" for base in bases if "detail::" not in base]
        signature = _template(compound, "<" in name) + name + (" : " + ", ".join(bases) if bases else "")
        members = [
            entry
            for section in compound.findall("sectiondef")
            if (section.get("kind") or "").startswith(("public", "user-defined", "friend", "related"))
            for member in section.findall("memberdef")
            if member.get("prot") == "public" and (entry := self.member(member)) is not None
        ]
        members.sort(key=lambda entry: entry.first)
        return Entry(directive, name, signature, self.text(compound), *_location(compound), members)

    def member(self, member: ET.Element) -> Entry | None:
        kind, name = member.get("kind"), _string(member.find("name"))
        type_, args = _plain(_string(member.find("type"))), _plain(_string(member.find("argsstring")))
        text, (first, last) = self.text(member), _location(member)
        if kind == "friend" or args.endswith("=delete") or (args.endswith("=default") and not text):
            return None
        template = _template(member)
        if kind == "function":
            static = "static " if member.get("static") == "yes" else ""
            explicit = "explicit " if member.get("explicit") == "yes" else ""
            type_ = type_.replace("inline ", "").replace("constexpr ", "").strip()
            type_ = re.sub(r"^(constexpr|inline)$", "", type_)
            args = re.sub(r"\s*=default$", "", args)
            signature = f"{template}{static}{explicit}{type_} {name}{args}"
            return Entry(
                "cpp:function", name, _unwrap(signature).replace("* ", "*").replace("& ", "&"), text, first, last
            )
        if kind == "enum":
            values = [self.value(value) for value in member.iter("enumvalue")]
            under = _string(member.find("type"))
            return Entry("cpp:enum-class", name, f"{name} : {under}" if under else name, text, first, last, values)
        if kind == "typedef":
            alias = _plain(_string(member.find("definition"))).split("=", 1)
            # What an alias stands for is shown, unless it is of the inside.
            target = f" = {alias[1].strip()}" if len(alias) == 2 and "detail::" not in alias[1] else ""
            return Entry("cpp:type", name, template + name + target, text, first, last)
        assert kind == "variable", kind
        type_ = re.sub(r"\b(static|inline|constexpr)\b ?", "", type_).strip()
        initial = _plain(_string(member.find("initializer")))
        initial = f" {initial}" if initial and "detail::" not in initial and len(initial) < 40 else ""
        return Entry("cpp:member", name, f"{template}{type_} {name}{args}{initial}", text, first, last)

    def value(self, value: ET.Element) -> Entry:
        name = _string(value.find("name"))
        return Entry("cpp:enumerator", name, name, self.text(value), 0, 0)

    def role(self, entry: Entry) -> str:
        role = {"cpp:function": "cpp:func", "cpp:struct": "cpp:struct", "cpp:enum-class": "cpp:enum"}.get(
            entry.directive, entry.directive
        )
        names = dict.fromkeys([entry.name, *(other.name for other in entry.shared)])
        # A name may have parameters that the role would not find: it is shown and the one without them is sought.
        return ", ".join(f":{role}:`{name}`" if "<" not in name else f"``{name}``" for name in names)


def _plain(text: str) -> str:
    """A declaration as one would write it."""
    text = re.sub(r"\bondes::(\w+::)?(?=\w+$)", "", text) if text.startswith("ondes::") and "(" not in text else text
    text = text.replace("< ", "<").replace(" >", ">")
    return _unwrap(text)


def _template(element: ET.Element, is_special: bool = False) -> str:
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    shown = []
    for parameter in parameters:
        type_, name = _plain(_string(parameter.find("type"))), _string(parameter.find("declname"))
        default = _plain(_string(parameter.find("defval")))
        if default and not name:
            continue  # asks something of the others
        shown.append(f"{type_} {name}".strip() + (f" = {default}" if default else ""))
    return f"template<{', '.join(shown)}> " if shown or is_special else ""
