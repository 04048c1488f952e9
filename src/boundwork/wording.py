"""Words for people: counts in singular and plural, text folded between words, sentences that end once. Nothing here prints."""

from __future__ import annotations

import re

_TWICE = re.compile(r"(?<=[?!:])\.(?=\s|$)|(?<![.])\.(?=\.(?:\s|$))")
_PLURALS = {"is": "are", "holds": "hold", "does": "do", "has": "have"}

_CONTROL = {c: 0x2400 + c for c in range(32) if c not in (9, 10, 13)} | {0x7F: 0x2421, 0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    r"""Return a text with its control characters as pictures: a cell must not speak to a terminal or break XML.

    >>> visible("a\x1b[31m")
    'a␛[31m'
    """
    return text.translate(_CONTROL)


def one_line(text: str, most: int = 80) -> str:
    r"""Return somebody's words so that they can stand in a message: short, on one line, without what cannot be printed.

    >>> one_line("a\nb\x1b[31m"), one_line("long " * 9, 9)
    ('a b�[31m', 'long lon…')
    """
    line = "".join(c if c.isprintable() else "�" for c in " ".join(text[:1_000].split()))
    return line if len(line) <= most else line[: most - 1] + "…"


def whole_number(text: str, digits: int = 18) -> int | None:
    """Return a whole number from 0 written in ASCII digits; None for everything else that Python calls a digit, and for far too many of them.

    >>> whole_number("007"), whole_number("²"), whole_number("٣"), whole_number("9" * 5000), whole_number("-1")
    (7, None, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def defused(text: str) -> str:
    """Return a text so that no spreadsheet takes it for a formula: an apostrophe before what would start one.

    >>> defused("=1+1"), defused("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def counted(number: float, *words: str) -> str:
    """Return a number with what is counted, singular after 1 and plural after all else; a verb after the noun follows it.

    >>> counted(1, "study"), counted(2, "study"), counted(1, "hash", "holds"), counted(0, "hash", "holds")
    ('1 study', '2 studies', '1 hash holds', '0 hashes hold')
    """
    return " ".join([f"{number:,}" if isinstance(number, int) else f"{number:g}", *(word if number == 1 else plural(word) for word in words)])


def plural(word: str) -> str:
    """Return the plural of a noun, or of one of the few verbs that stand after counts; of several words, the last one's.

    >>> plural("code rule"), plural("query"), plural("hash"), plural("does")
    ('code rules', 'queries', 'hashes', 'do')
    """
    if word in _PLURALS:
        return _PLURALS[word]
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def folded(text: str, width: int, later: str = "") -> list[str]:
    """Return a text as lines of at most this width, broken between words only: a code, hash or address stays in one piece.

    `later` stands before every line but the first. A text without words is one empty line.

    >>> folded("see corporate-service-relations", 12)
    ['see', 'corporate-service-relations']
    """
    import textwrap

    return textwrap.wrap(text, max(1, width), subsequent_indent=later, break_on_hyphens=False, break_long_words=False) or [""]


def sentence(text: str) -> str:
    """Return a text on one line that ends with one mark; for words that come from elsewhere, such as a parser's complaint.

    >>> sentence("no such file"), sentence("Did you mean 'x'?"), sentence("ends twice..")
    ('no such file.', "Did you mean 'x'?", 'ends twice.')
    """
    line = " ".join(text.split())
    return ended_once(line if line.rstrip("\"')]").endswith((".", "?", "!")) else f"{line}.")


def ended_once(text: str) -> str:
    """Return a text without full stops behind another mark; three dots stay.

    >>> ended_once("Did you mean 'x'?. Or not.. ... so")
    "Did you mean 'x'? Or not. ... so"
    """
    return _TWICE.sub("", text)
