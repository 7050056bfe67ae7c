"""Markdown with formulas as HTML. In a room: the texts are hostile, and the libraries large.

A page of a notebook is shown as Jupyter shows it. An answer is one thing more: no sign of it may be lost. Its author
counts parameters and has not looked at it as Markdown, so what is a sign of arithmetic or a name there stays one.
"""

from __future__ import annotations

import html
import re
from functools import partial
from typing import Any
from xml.etree import ElementTree

import latex2mathml.converter
from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

_TEX = re.compile(
    r"\\\((?P<inline>.+?)\\\)|\\\[(?P<display>.+?)\\\]|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
# What the converter does not know, or numbers, as what it knows.
_KNOWN_AS = (
    (r"\\operatorname\*", r"\\operatorname"),
    (r"\\arg(?![a-zA-Z])", r"\\operatorname{arg}"),
    (r"\{(?:aligned|gathered)\}|\{alignedat\}(?:\{\d+\})?", "{split}"),
    (r"\{(?:align|gather|flalign|eqnarray|multline)\*?\}|\{alignat\*?\}(?:\{\d+\})?", "{align*}"),
    (r"\\(?:nonumber|notag)(?![a-zA-Z])|\\label\{[^{}]*\}", ""),
    (r"\A(?!.*\\begin)(.*\\\\.*)\Z", r"\\begin{split}\1\\end{split}"),  # lines without an environment
)
_ONE_BLOCK = math_block_dollar(allow_labels=False)
_NUMBER_SIGN = re.compile(r"#(?=[ \t])")
_COMPARED = re.compile(r">(?:=|[ \t]*[-+.]?\d)")


def of_notebooks() -> MarkdownIt:
    """CommonMark with tables, and math as notebooks take it; raw HTML is shown as text, and pictures are not loaded."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    markdown.use(dollarmath_plugin, renderer=_math, double_inline=True, allow_labels=False)
    markdown.use(amsmath_plugin, renderer=partial(_math, options={"display_mode": True}))
    markdown.block.ruler.at("math_block", _math_block, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    markdown.inline.ruler.before("math_inline", "math_without_dollars", _math_without_dollars)
    markdown.inline.ruler.at("emphasis", partial(_emphasis, marks="*_"))
    return markdown


def of_answers() -> MarkdownIt:
    """The same, without what takes signs away that mean something: `# layers`, `+ 256`, `> 0.5`, `__init__`, `[1]:`."""
    markdown = of_notebooks().disable(["reference", "lheading"])
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    markdown.block.ruler.before("heading", "number_sign", _number_sign, interrupts)
    markdown.block.ruler.at("blockquote", _quote, interrupts)
    markdown.block.ruler.at("list", _list, {"alt": ["paragraph", "reference", "blockquote"]})
    markdown.inline.ruler.at("emphasis", partial(_emphasis, marks="*"))
    return markdown


def _math_block(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """The plugin's rule, but that `$$x$$ and $$y$$` are two formulas within a line."""
    return _begins(state, line).count("$$") <= 2 and _ONE_BLOCK(state, line, end, silent)


def _begins(state: StateBlock, line: int) -> str:
    """The line, without what it is indented by."""
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _number_sign(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """`# layers: 3`: a line of its own that keeps its sign; `##` begins a heading."""
    text = _begins(state, line)
    if state.is_code_block(line) or not _NUMBER_SIGN.match(text):
        return False
    if not silent:
        state.line = line + 1
        state.push("paragraph_open", "p", 1)
        token = state.push("inline", "", 0)
        token.content, token.map, token.children = text.strip(), [line, state.line], []
        state.push("paragraph_close", "p", -1)
    return True


def _quote(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """CommonMark's rule, but that `> 0.5` and `>= x` compare."""
    return not _COMPARED.match(_begins(state, line)) and blockquote(state, line, end, silent)


def _list(state: StateBlock, line: int, end: int, silent: bool) -> bool:
    """CommonMark's rule, but that `+ 256` adds."""
    return not _begins(state, line).startswith("+") and list_block(state, line, end, silent)


def _math_without_dollars(state: StateInline, silent: bool) -> bool:
    r"""`\( \)`, `\[ \]`, and an environment within a line."""
    found = _TEX.match(state.src, state.pos, state.posMax)
    if found and not silent:
        token = state.push("math_inline" if found["inline"] else "math_inline_double", "math", 0)
        token.content = found["inline"] or found["display"] or found["environment"]
    if found:
        state.pos = found.end()
    return found is not None


def _emphasis(state: StateInline, silent: bool, marks: str) -> bool:
    """CommonMark's rule, but that a star between letters, digits or brackets is one: `3*3*256`, `(a+b)*(c+d)`."""
    marker = state.src[state.pos]
    if silent or marker not in marks:
        return False
    scanned = state.scanDelims(state.pos, False)
    before = state.src[state.pos - 1 : state.pos]
    after = state.src[state.pos + scanned.length : state.posMax][:1]
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open and before not in tuple(")]}"),
                close=scanned.can_close and after not in tuple("([{"),
            )
        )
    state.pos += scanned.length
    return True


def _math(latex: str, options: dict[str, Any]) -> str:
    display = "block" if options.get("display_mode") else "inline"
    try:
        for pattern, known in _KNOWN_AS:
            latex = re.sub(pattern, known, latex, flags=re.DOTALL)
        formula = latex2mathml.converter.convert_to_element(latex, display=display)
        for part in formula.iter():  # what stands for a symbol is its entity, which its own writer leaves: and tags too
            part.text = html.unescape(part.text) if part.text else None
        return ElementTree.tostring(formula, encoding="unicode")
    except Exception:  # any text may stand between dollars: then it is shown as it was written
        return f"<code>{html.escape(latex)}</code>"
