"""What Sphinx needs to know of public names that are defined in private modules.

- The directive `public` documents names of a package, one a line, each as what it is.
- Overloads and comments are read from the module that defines a name, and not from the package that shows it.
- A bare name in a signature links to the public name that it means.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
import sys
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import attrs
from docutils import nodes  # type: ignore[import-untyped]
from sphinx.addnodes import toctree
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

import obq_privacy
from obq_privacy import Policy, Purpose
from obq_privacy.vocab import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata


def packages() -> list[ModuleType]:
    """Give every module and package that is public: itself and all above it are without an underscore."""
    inner = (each.name for each in pkgutil.walk_packages(obq_privacy.__path__, "obq_privacy."))
    return [obq_privacy, *(import_module(name) for name in inner if "._" not in name)]


def names_of(package: ModuleType) -> list[str]:
    """Give the public names of a package, whether or not they are loaded yet."""
    listed: list[str] | None = getattr(package, "__all__", None)
    if listed is not None:
        return list(listed)
    things = ((name, getattr(package, name)) for name in dir(package) if not name.startswith("_"))
    return [name for name, thing in things if getattr(thing, "__module__", "") == package.__name__]


def full_name(package: str, name: str) -> str:
    """Give the name under which something is documented: that of the package that it says it is from."""
    thing: object = getattr(import_module(package), name)
    if inspect.ismodule(thing):
        return thing.__name__
    home = getattr(thing, "__module__", None)
    elsewhere = isinstance(home, str) and home.startswith("obq_privacy") and "._" not in home and callable(thing)
    return f"{home}.{name}" if elsewhere and not f"{home}.".startswith(f"{package}.") else f"{package}.{name}"


class Public(SphinxDirective):
    """Document names of the package that is the argument, one a line; `*` stands for all that it has."""

    has_content: ClassVar[bool] = True
    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Write the names as reStructuredText, and let Sphinx read that."""
        package: str = self.arguments[0]
        wanted = [line.strip() for line in self.content if line.strip()]
        names = names_of(import_module(package)) if wanted == ["*"] else wanted
        lines = ["```{eval-rst}", *(line for name in names for line in _entry(package, name)), "```"]
        return self.parse_text_to_nodes("\n".join(lines))


def _entry(package: str, name: str) -> list[str]:
    """Give the reStructuredText that documents a name as what it is."""
    thing: object = getattr(import_module(package), name)
    full = full_name(package, name)
    if isinstance(thing, Item):
        return [f".. py:data:: {full}", f"   :type: {type(thing).__name__}", "", f"   {_item(thing)}", ""]
    if inspect.isclass(thing) and issubclass(thing, Purpose) and thing is not Purpose:
        base = thing.__bases__[0].__name__
        return [f".. py:class:: {full}({base})", "", f"   {_purpose(thing)}", ""]
    if isinstance(thing, Policy):
        return [f".. py:data:: {full}", "   :type: Policy", "", f"   Version ``{thing.version}``.", ""]
    if inspect.isclass(thing) and issubclass(thing, Enum):
        return [f".. autoclass:: {full}", "   :undoc-members:", ""]
    if inspect.isclass(thing):
        return [f".. auto{'exception' if issubclass(thing, BaseException) else 'class'}:: {full}", ""]
    if inspect.isfunction(thing):
        return [f".. autofunction:: {full}", ""]
    plain = len(repr(thing)) < 60 and "<" not in repr(thing)
    return [f".. autodata:: {full}", *([] if plain else ["   :no-value:"]), ""]


def _item(item: Item[Any, Any]) -> str:
    clause = f", {item.clause}" if item.clause else ""
    return f"{item.sensitivity.name.lower().replace('_', '-')}, {item.category.name.lower()}{clause}; ``{item.key}``."


def _purpose(purpose: type[Purpose]) -> str:
    clause = f" {purpose.clause}." if purpose.clause else ""
    return f"{inspect.getdoc(purpose) or ''}{clause} Key: ``{purpose.key}``."


def _read_sources() -> None:
    """Let autodoc find overloads, comments and the order of members where names are defined."""
    for package in packages():
        merged = ModuleAnalyzer("", package.__name__, package.__file__ or "")
        merged.annotations, merged.attr_docs, merged.finals = {}, {}, []
        merged.overloads, merged.tagorder, merged.tags = {}, {}, {}
        shown = {name: getattr(package, name) for name in names_of(package)}
        for module in list(sys.modules.values()):
            if not module.__name__.startswith("obq_privacy") or not module.__file__:
                continue
            mine = {name for name, thing in shown.items() if vars(module).get(name, _MISSING) is thing}
            if mine and not (hasattr(module, "__path__") and module is not package):
                _merge(merged, module, mine)
        merged._analyzed = True
        ModuleAnalyzer.cache["module", package.__name__] = merged


def _merge(merged: ModuleAnalyzer, module: ModuleType, mine: set[str]) -> None:
    """Add what the source of `module` says of those of `mine` that it defines."""
    source = ModuleAnalyzer.for_file(module.__file__ or "", module.__name__)
    source.analyze()
    mine = mine & source.tagorder.keys()
    merged.annotations |= {key: said for key, said in source.annotations.items() if _top(*key) in mine}
    merged.attr_docs |= {key: said for key, said in source.attr_docs.items() if _top(*key) in mine}
    for name, said in source.overloads.items():
        if _top(name) in mine:
            merged.overloads[name] = said if len(said) <= _MOST else said[:2]
            _counted[name] = len(said)
    merged.tagorder |= {name: said for name, said in source.tagorder.items() if _top(name) in mine}
    merged.tags |= {name: said for name, said in source.tags.items() if _top(name) in mine}


_MOST = 4
"""Overloads that are shown; of more, which differ in the number of values only, the first two."""
_counted: dict[str, int] = {}


def _top(*names: str) -> str:
    return next(filter(None, names)).partition(".")[0]


_MISSING = object()


def _bare_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.TextElement
) -> nodes.Node | None:
    """Resolve `Guard` of a signature, or `obq_privacy.guard.Guard`, to the public name that it means."""
    if node.get("refdomain") != "py":
        return None
    target: str = node["reftarget"]
    known = env.domains.python_domain.objects
    for name in _homes().get(target.rpartition(".")[2], ()):
        if name in known:
            builder = app.builder
            return env.domains.python_domain.resolve_xref(env, node["refdoc"], builder, "obj", name, node, contnode)
    return None


def _homes() -> dict[str, list[str]]:
    """Give, for each bare public name, the full names that it may mean."""
    if not _found:
        for package in packages():
            for name in names_of(package):
                full = full_name(package.__name__, name)
                if full not in _found.setdefault(name, []):
                    _found[name].append(full)
    return _found


_found: dict[str, list[str]] = {}


_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def _prepare(_app: Sphinx, what: str, name: str, _thing: object, _options: object, lines: list[str]) -> None:
    """Turn what docstrings borrow from Markdown into reStructuredText, before Napoleon reads it."""
    changed = list(_with_code(lines))
    if what in {"attribute", "data", "property"}:
        changed.insert(0, "")  # else Napoleon takes what is before a colon for a type
    overloads = _counted.get(name.removeprefix("obq_privacy."), 0) if what == "function" else 0
    if overloads > _MOST:
        changed += ["", f"The {overloads - 2} further overloads each take one value more."]
    lines[:] = changed


def _with_code(lines: Sequence[str]) -> Iterator[str]:
    """Mark fenced blocks, and what stands under `Example:`, as code; single backticks elsewhere as well."""
    fenced = example = False
    for line in lines:
        text = line.strip()
        example = example and (not text or line.startswith(" "))
        if text.startswith("```"):
            fenced = not fenced
            yield from ("", ".. code-block:: python", "") if fenced else ("",)
        elif text == "Example:":
            example = True
            yield from (line, "    .. code-block:: python", "")
        else:
            yield f"   {line}" if fenced else f"    {line}" if example else _CODE.sub(r"``\1``", line)


def _show_signature(
    _app: Sphinx, what: str, _name: str, thing: object, _options: object, signature: str | None, returned: str | None
) -> tuple[str | None, str | None] | None:
    """Leave out constructors that are not for applications, and spell the defaults of attrs classes."""
    if what not in {"class", "exception"} or not inspect.isclass(thing) or signature is None:
        return None
    ours = set(re.findall(r"\b[A-Z]\w+", re.sub(r"'[^']*'", "", signature)))
    if issubclass(thing, Enum) or signature.startswith("(*args") or ours & _private_classes():
        return "", None
    if attrs.has(thing):
        defaults = {field.name.lstrip("_"): field.default for field in attrs.fields(thing)}
        signature = re.sub(r"\bNOTHING\b", "…", signature)  # what a factory makes
        signature = _DEFAULT.sub(lambda found: _spelled(defaults[found[1].lstrip("_")]), signature)
    return signature, returned


_DEFAULT = re.compile(r"attr_dict\['(\w+)'\]\.default")


def _spelled(default: object) -> str:
    if isinstance(default, Enum):
        return str(default)
    return "…" if default is attrs.NOTHING or type(default).__name__ == "Factory" else repr(default)


def _private_classes() -> set[str]:
    """Give the names of classes of the library that no public package shows."""
    modules = [module for module in list(sys.modules.values()) if module.__name__.startswith("obq_privacy.")]
    classes = {name for module in modules for name, thing in vars(module).items() if inspect.isclass(thing)}
    own = {name for name in classes if any(_is_own(vars(module).get(name)) for module in modules)}
    return own - _homes().keys()


def _is_own(thing: object) -> bool:
    return inspect.isclass(thing) and thing.__module__.startswith("obq_privacy.") and "._" in thing.__module__


def _shorten(_app: Sphinx, env: BuildEnvironment) -> None:
    """Leave methods out of the contents of pages, and all but titles out of what every page repeats of the others."""
    kept = _contents(env)
    for name, contents in env.tocs.items():
        if contents.get("shortened"):  # it was not read again since
            continue
        for item in list(contents.findall(nodes.list_item)):
            link = next(item.findall(nodes.reference), None)
            if link is not None and link.get("anchorname", "").startswith("#obq_privacy."):
                _prune(item)
        if not list(contents.findall(toctree)):
            kept[name] = contents.deepcopy()
            for item in contents.children:
                _prune(item)
            contents["shortened"] = True


def _contents(env: BuildEnvironment) -> dict[str, nodes.Element]:
    """Give the contents of each page as they were before; they are kept with the environment."""
    kept: dict[str, nodes.Element] = vars(env).setdefault("public_contents", {})
    return kept


def _prune(item: nodes.Node) -> None:
    for inner in [child for child in item.children if isinstance(child, nodes.bullet_list)]:
        inner.parent.remove(inner)


def _list_contents(
    app: Sphinx, name: str, _template: str, context: dict[str, Any], _doctree: nodes.document | None
) -> None:
    """Give a page its own contents, with all that `_shorten` has kept of them; the theme thinks that there are none."""
    contents = _contents(app.env).get(name)
    if contents is not None and isinstance(app.builder, StandaloneHTMLBuilder):
        links = list(contents.findall(nodes.reference))
        for link in links:
            link["refuri"] = link["anchorname"] or "#"
        context["toc"] = app.builder.render_partial(contents)["fragment"]
        context["furo_hide_toc"] = len(links) < 2


def _draw_inline(app: Sphinx, doctree: nodes.document, _name: str) -> None:
    """Put pictures into the page itself, so that they follow its colours and are read aloud."""
    if app.builder.format != "html":
        return
    for image in list(doctree.findall(nodes.image)):
        path = Path(app.srcdir) / image["uri"]
        if path.suffix == ".svg" and path.parent.name == "pictures":
            image.replace_self(nodes.raw("", path.read_text("utf-8"), format="html"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything with Sphinx."""
    _homes()  # imports all of it
    _read_sources()
    app.add_directive("public", Public)
    app.connect("autodoc-process-docstring", _prepare, priority=400)
    app.connect("autodoc-process-signature", _show_signature)
    app.connect("env-updated", _shorten)
    app.connect("html-page-context", _list_contents, priority=600)  # after the theme's own
    app.connect("doctree-resolved", _draw_inline)
    app.connect("missing-reference", _bare_name)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
