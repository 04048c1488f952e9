"""study.toml in, a Study out: what the study is, who coded it, and which readings it offers."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from boundwork.errors import InputError, did_you_mean

FORMAT = 1
"""How study.toml and the tables are laid out. Raised when a study of before would be read wrongly; docs/reference/tables.md says what changed."""
_NOT_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True)
class Coder:
    """Somebody who codes, by a name that is not necessarily a person's."""

    id: str
    label: str
    description: str = ""


@dataclass(frozen=True)
class Wave:
    """A round of data collection; years are whole numbers or None."""

    id: str
    label: str
    start_year: int | None = None
    end_year: int | None = None


@dataclass(frozen=True)
class Reading:
    """Whose codings count together. `adjudicated`: only what decisions.csv keeps of them."""

    id: str
    label: str
    description: str
    coders: tuple[str, ...]
    adjudicated: bool = False

    @property
    def graphs(self) -> tuple[str, ...]:
        """The names of the coding graphs that this reading loads."""
        return ("adjudicated",) if self.adjudicated else self.coders


@dataclass(frozen=True)
class Override:
    """A rule that the study sets aside, why, and who says so."""

    rule: str
    reason: str
    by: str = ""


@dataclass(frozen=True)
class Study:
    """Everything study.toml says; `folder` holds the tables."""

    folder: Path
    id: str
    title: str
    version: str
    codebook_version: str
    description: str = ""
    licence: str = ""
    citation: str = ""
    anonymised: bool = False
    public: bool = False
    """True for the tables of a public build: extracts may be without a place."""
    publish_quotes: bool = False
    publish_notes: bool = False
    field_id: str = "field"
    field_label: str = "the field as a whole"
    field_description: str = ""
    field_interviews: int | None = None
    default_reading: str = ""
    coders: dict[str, Coder] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    agreement_threshold: float | None = None
    disclosure_threshold: int | None = None

    def override(self, rule: str) -> Override | None:
        """What study.toml says to set a rule aside, or None."""
        return next((o for o in self.overrides if o.rule == rule), None)

    def reading(self, name: str | None) -> Reading:
        """The reading of this name, or the default one; an unknown name is an error that lists the known ones."""
        if name is None:
            return self.readings[self.default_reading]
        if name not in self.readings:
            raise InputError(f"The study {self.id} has no reading '{name}'.",
                             did_you_mean(name, self.readings) or f"It has: {', '.join(self.readings)}.")
        return self.readings[name]


_KNOWN = {
    "": {"study", "field", "coders", "readings", "waves", "publish", "override", "thresholds"},
    "study": {"format", "id", "title", "version", "codebook-version", "description", "licence", "citation", "anonymised", "public", "default-reading"},
    "field": {"id", "label", "description", "interviews", "note"},
    "publish": {"quotes", "notes"},
    "coders": {"label", "description"},
    "readings": {"label", "description", "coders", "adjudicated"},
    "waves": {"label", "start-year", "end-year"},
    "override": {"rule", "reason", "by"},
    "thresholds": {"agreement", "disclosure"},
}


class _Reader:
    """Typed access to the TOML tree that names the key in every complaint."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def bad(self, key: str, what: str) -> InputError:
        return InputError(f"{self.path.name}: {key}: {what}", f"Edit {self.path}.")

    def table(self, tree: dict[str, Any], key: str, kind: str, shown: str = "") -> dict[str, Any]:
        value = tree.get(key, {})
        if not isinstance(value, dict):
            raise self.bad(shown or key, "must be a table, such as [study].")
        for name in value:
            if kind in _KNOWN and name not in _KNOWN[kind]:
                raise self.bad(f"{shown or key}.{name}", f"is no key that boundwork knows. {did_you_mean(name, _KNOWN[kind])}".strip())
        return value

    def text(self, tree: dict[str, Any], key: str, where: str, default: str | None = None) -> str:
        value = tree.get(key, default)
        if value is None:
            raise self.bad(f"{where}.{key}", "is missing.")
        if not isinstance(value, str):
            raise self.bad(f"{where}.{key}", "must be a text in double quotes.")
        return value.strip()

    def flag(self, tree: dict[str, Any], key: str, where: str) -> bool:
        value = tree.get(key, False)
        if not isinstance(value, bool):
            raise self.bad(f"{where}.{key}", "must be true or false.")
        return value

    def whole(self, tree: dict[str, Any], key: str, where: str) -> int | None:
        value = tree.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise self.bad(f"{where}.{key}", "must be a whole number.")
        return value

    def least(self, tree: dict[str, Any], key: str, where: str) -> int | None:
        value = self.whole(tree, key, where)
        if value is not None and value < 1:
            raise self.bad(f"{where}.{key}", "must be a whole number from 1, such as 10.")
        return value

    def share(self, tree: dict[str, Any], key: str, where: str) -> float | None:
        value = tree.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not -1 <= value <= 1:
            raise self.bad(f"{where}.{key}", "must be a number from -1 to 1, such as 0.67.")
        return float(value)

    def names(self, tree: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = tree.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.bad(f"{where}.{key}", 'must be a list of names, such as ["ann", "ben"].')
        return tuple(value)

    def name(self, value: str, where: str) -> str:
        if not _NAME.match(value):
            raise self.bad(where, f"'{value}' must be letters, digits, '-', '_' or '.', starting with a letter or digit.")
        return value


def _refuse_other_format(path: Path, found: int | None) -> None:
    """A study without a number is of the first format."""
    if found is not None and found > FORMAT:
        raise InputError(f"{path} is of format {found}, made for a newer boundwork; this one knows format {FORMAT}.",
                         "Upgrade with: pip install --upgrade boundwork")
    if found is not None and found < 1:
        raise InputError(f"{path.name}: study.format: {found} is no format; the first one is 1.", f"Edit {path}.")


def read_study(folder: Path) -> Study:
    """Read study.toml in a folder.

    Errors: InputError naming the file and the key when it is missing, not TOML, or says something that cannot be.
    """
    path = folder / "study.toml"
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(f"{folder} is no study: it has no study.toml.", "Make one with: boundwork init DIR") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise InputError(f"{path} is not UTF-8 text: line {line} holds a character in another encoding.", "Save it again as UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not valid TOML: {error}.", "Look at that line: is a double quote, a bracket or the = missing?") from None
    r = _Reader(path)
    r.table({"": tree}, "", "", "study.toml")
    main, about, publish = r.table(tree, "study", "study"), r.table(tree, "field", "field"), r.table(tree, "publish", "publish")
    _refuse_other_format(path, r.whole(main, "format", "study"))
    coders = {
        r.name(i, "coders"): Coder(i, r.text(c, "label", f"coders.{i}", i), r.text(c, "description", f"coders.{i}", ""))
        for i, c in ((i, r.table(tree["coders"], i, "coders", f"coders.{i}")) for i in r.table(tree, "coders", "*"))
    }
    if "adjudicated" in coders:
        raise r.bad("coders.adjudicated", "is the name of what decisions.csv keeps. Give the coder another one.")
    readings = {}
    for i in r.table(tree, "readings", "*"):
        t = r.table(tree["readings"], i, "readings", f"readings.{i}")
        members = r.names(t, "coders", f"readings.{i}")
        for member in members:
            if member not in coders:
                raise r.bad(f"readings.{i}.coders",
                            f"'{member}' is no coder of this study. {did_you_mean(member, coders) or 'It has: ' + ', '.join(coders) + '.'}")
        if not members:
            raise r.bad(f"readings.{i}.coders", "is missing. A reading is a list of coders.")
        readings[r.name(i, "readings")] = Reading(i, r.text(t, "label", f"readings.{i}", i), r.text(t, "description", f"readings.{i}", ""),
                                                  members, r.flag(t, "adjudicated", f"readings.{i}"))
    if not readings:
        if not coders:
            raise r.bad("coders", "at least one coder is needed, such as [coders.ann].")
        readings = {i: Reading(i, c.label, f"The codings of {c.label}.", (i,)) for i, c in coders.items()}
    default = r.text(main, "default-reading", "study", next(iter(readings)))
    if default not in readings:
        raise r.bad("study.default-reading",
                    f"'{default}' is no reading of this study. {did_you_mean(default, readings) or 'It has: ' + ', '.join(readings) + '.'}")
    waves = {
        r.name(i, "waves"): Wave(i, r.text(w, "label", f"waves.{i}", i), r.whole(w, "start-year", f"waves.{i}"), r.whole(w, "end-year", f"waves.{i}"))
        for i, w in ((i, r.table(tree["waves"], i, "waves", f"waves.{i}")) for i in r.table(tree, "waves", "*"))
    }
    overrides = tree.get("override", [])
    if not isinstance(overrides, list) or not all(isinstance(o, dict) for o in overrides):
        raise r.bad("override", "must be written as [[override]].")
    for o in overrides:
        r.table({"override": o}, "override", "override")
    licence = r.text(main, "licence", "study", "")
    if licence.startswith("http") and _NOT_IRI.search(licence):
        raise r.bad("study.licence", "has a character that no address may hold, such as a space.")
    return Study(
        folder=folder,
        id=r.name(r.text(main, "id", "study"), "study.id"),
        title=r.text(main, "title", "study"),
        version=r.text(main, "version", "study", "0.1.0"),
        codebook_version=r.name(r.text(main, "codebook-version", "study", "1.0.0"), "study.codebook-version"),
        description=r.text(main, "description", "study", ""),
        licence=licence,
        citation=r.text(main, "citation", "study", ""),
        anonymised=r.flag(main, "anonymised", "study"),
        public=r.flag(main, "public", "study"),
        publish_quotes=r.flag(publish, "quotes", "publish"),
        publish_notes=r.flag(publish, "notes", "publish"),
        field_id=r.name(r.text(about, "id", "field", "field"), "field.id"),
        field_label=r.text(about, "label", "field", "the field as a whole"),
        field_description=r.text(about, "description", "field", ""),
        field_interviews=r.whole(about, "interviews", "field"),
        default_reading=default,
        coders=coders,
        readings=readings,
        waves=waves,
        agreement_threshold=r.share(r.table(tree, "thresholds", "thresholds"), "agreement", "thresholds"),
        disclosure_threshold=r.least(r.table(tree, "thresholds", "thresholds"), "disclosure", "thresholds"),
        overrides=tuple(Override(r.text(o, "rule", "override"), r.text(o, "reason", "override"), r.text(o, "by", "override", "")) for o in overrides),
    )
