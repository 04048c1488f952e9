"""A study -> one file for another program. Text and quotes stay out unless they are asked for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from boundwork import __version__
from boundwork.errors import InputError, UsageError
from boundwork.exchange import note as notes
from boundwork.exchange.annotations import annotation_page
from boundwork.exchange.beside import KINDS
from boundwork.exchange.counting import PROGRAMS
from boundwork.exchange.flat import coded, tables, write_csv, write_xlsx, write_zip
from boundwork.exchange.formats import BINARY, RDF
from boundwork.exchange.naming import is_guid
from boundwork.exchange.projecting import Material, Projecting
from boundwork.exchange.refi import write_qdc, write_qdpx
from boundwork.exchange.sheets import Row, read_kept, read_own
from boundwork.files import atomic
from boundwork.pipeline.builds import Progress
from boundwork.pipeline.importing import KEPT
from boundwork.readers.record import Project
from boundwork.tables.schema import EXCEPTIONS, TABLES, VARIABLES
from boundwork.tables.studyfile import read_study
from boundwork.wording import counted

_QUOTE = "<https://w3id.org/boundwork/ontology#quote>"


@dataclass
class Exported:
    """What was written, in words, and what was not."""

    lines: list[str] = field(default_factory=list)


def read_material(folder: Path) -> Material:
    """Return a study as exports need it.

    Errors: InputError for tables that cannot be read; the text of a source is read when it is asked for.
    """
    study = read_study(folder)
    found = {spec.name: sheet for spec in TABLES.values() if (sheet := read_own(folder, spec)) is not None}
    beside = folder / KEPT
    kept = {kind: read_kept(beside / f"{kind}.csv") for kind in KINDS if (beside / f"{kind}.csv").is_file()}

    def text_of(row: Row) -> str:
        file = row.get("file", "").strip()
        if not file:
            raise InputError(f"The text of source {row['id']} is not in the study.", "Put it there and name it in column file of sources.csv.")
        try:
            return (folder / file).read_bytes().decode("utf-8")
        except OSError as error:
            raise InputError(f"The text of source {row['id']} cannot be read: {error.strerror}.", "Correct column file of sources.csv.") from None
        except UnicodeDecodeError:
            raise InputError(f"The text of source {row['id']} is not UTF-8.", "Save it as UTF-8 without changing its words.") from None

    return Material(study, found, kept, text_of)


def export(folder: Path, to: str, output: Path | None, out: IO[bytes], *, with_text: bool = False, program: str | None = None, raw: bool = False,
           progress: Progress | None = None) -> Exported:
    """Write a study as a file of another format, to `output` or, for formats that are text, to `out`.

    Errors: UsageError for a format that needs what was not given; InputError for a study that cannot be read.
    """
    if program is not None and (program not in PROGRAMS or to != "qdpx"):
        raise UsageError("--for says how a program counts characters, and only a .qdpx has to do with that." if to != "qdpx" else
                         f"'{program}' is no program that is known.", f"Use it with --to qdpx and one of {', '.join(PROGRAMS)}.")
    if to == "qdpx" and not with_text:
        raise UsageError("A .qdpx holds the texts themselves: the format has no place for codings without them.",
                         "If the file may hold them, add --with-text. Without texts: --to qdc, csv, xlsx, jsonld or nq.")
    if to in BINARY and output is None:
        raise UsageError(f"{to} is no text that a terminal could show.", f"Say where to: -o FILE.{to}")
    done = Exported()
    if to in RDF:
        with _written(output, out) as file:
            _rdf(folder, to, file.write, with_text, progress)
        return done
    material = read_material(folder)
    if progress:
        progress("writing", 0)
    with _written(output, out) as file:
        if to == "qdpx":
            _qdpx(folder, material, file, program, done)
        elif to == "qdc":
            project = Projecting(material, with_text=False).codebook()
            if not project.codes:
                raise InputError("The study has no codes: nothing in codes.csv, and no term of the theory is used.", "A codebook needs one at least.")
            write_qdc(file, project, _origin(None))
        elif to == "csv":
            if output is not None and output.suffix.lower() == ".zip":
                write_zip(file, list(tables(material, with_text)), raw)
            else:
                write_csv(file, coded(material, with_text), raw)
        elif to == "xlsx":
            write_xlsx(file, list(tables(material, with_text)), raw)
        else:
            file.write(json.dumps(annotation_page(material, with_text), ensure_ascii=False, indent=1).encode() + b"\n")
    return done


def _origin(program: str | None) -> str:
    return f"boundwork {__version__}" + (f" for {PROGRAMS[program].name}" if program else "")


@contextmanager
def _written(output: Path | None, out: IO[bytes]) -> Iterator[IO[bytes]]:
    if output is None:
        yield out
        return
    try:
        with atomic(output) as file:
            yield file
    except OSError as error:
        raise InputError(f"{output} cannot be written: {error.strerror or error}.") from None


def _qdpx(folder: Path, material: Material, file: IO[bytes], program: str | None, done: Exported) -> None:
    project = Projecting(material).made()
    paths = [folder / "study.toml", *(folder / t.file for t in (*TABLES.values(), EXCEPTIONS, VARIABLES)), *sorted((folder / "codebook").glob("*.md"))]
    files = {}
    for path in paths:
        name = path.relative_to(folder).as_posix()
        if path.is_file() and notes.may_travel(name):
            files[name] = path.read_bytes().decode("utf-8-sig")
    note = notes.Note(material.study.id, files, _extra(project))
    write_qdpx(file, project, _origin(program), PROGRAMS[program] if program else None, {notes.NAME: notes.write(note)})
    if program:
        done.lines.append(PROGRAMS[program].warning or f"Characters are counted as {PROGRAMS[program].name} counts them.")
    stay = [name for name in ("ontology", "shapes", "queries") if (folder / name).is_dir()]
    if stay:
        done.lines.append(f"The study's own {', '.join(stay)} stay behind: what can be run does not travel in a project.")
    done.lines.append(f"{counted(len(project.codings), 'coding')} of {counted(len(project.selections), 'selection')} in "
                      f"{counted(len(project.sources), 'source')}. What the format has no "
                      f"place for is in the note '{notes.NAME}', which boundwork import reads back.")


def _extra(project: Project) -> dict[str, dict[str, dict[str, str]]]:
    """Return the fields of things that REFI-QDA has no place for."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    notable = {t.id for things in (project.codes, project.sources, project.selections, project.codings, project.links) for t in things}
    kinds = {"codings": ("weight", "memo"), "selections": ("place", "speaker"), "sources": ("kind", "path")}
    for kind, names in kinds.items():
        for thing in getattr(project, kind):
            fields = {n: v for n in names if (v := getattr(thing, n)) and not (n == "kind" and v == "text")}
            if fields:
                found.setdefault(kind, {})[thing.id] = fields
    for memo in project.memos:
        if memo.about and memo.about not in notable:
            found.setdefault("memos", {})[memo.id] = {"about": memo.about}
        if memo.user and not is_guid(memo.user):
            found.setdefault("memos", {}).setdefault(memo.id, {})["user"] = memo.user
    return found


def _rdf(folder: Path, to: str, write: Callable[[bytes], object], with_text: bool, progress: Progress | None) -> None:
    """Write the dataset of a study; without `with_text` no quote, with it the words of every extract."""
    from boundwork.pipeline.build import build
    from boundwork.pipeline.inputs import prefixes
    from boundwork.stores.local import write_rdf
    from boundwork.terms import graph_iri, iri, literal, study_iri

    with tempfile.TemporaryDirectory(prefix="boundwork-") as place:
        flat = to in ("turtle", "ttl", "nt")
        dataset = Path(place) / ("study.nt" if flat else "study.nq")
        build(folder, Path(place) / "store", dataset, progress)
        material = read_material(folder)

        def lines() -> Iterator[str]:
            graph = "" if flat else f" {iri(graph_iri(material.study.id, 'source'))}"
            with open(dataset, encoding="utf-8", newline="\n") as file:
                yield from (line.rstrip("\n") for line in file if f" {_QUOTE} " not in line)
            if with_text:
                texts = {r["id"]: material.text_of(r) for r in material.rows("sources")}
                for row in material.rows("extracts"):
                    words = texts[row["source"]][int(row["start"]) : int(row["end"])]
                    yield f"{iri(study_iri(material.study.id, 'extract', row['id']))} {_QUOTE} {literal(words)}{graph} ."

        if to in ("nt", "nq"):
            for line in sorted(lines()) if with_text else lines():
                write(f"{line}\n".encode())
        else:
            write_rdf(lines(), "turtle" if flat else "trig", prefixes(), write)


__all__ = ["Exported", "export", "read_material"]
