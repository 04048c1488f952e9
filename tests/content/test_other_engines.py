"""The shapes are plain SHACL: engines that share no code with ours find the same in every example."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from boundwork import shacl
from boundwork.pipeline.inputs import ontology_files
from boundwork.shacl import Facts
from boundwork.stores.local import n_triples

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from validate import Results, from_report, plain  # noqa: E402

STUDY = ROOT / "data" / "regulating-public-services"
EXAMPLES = sorted(p for folder in (ROOT / "shapes", STUDY / "shapes") for p in folder.glob("*/*/*.ttl"))


@dataclass(frozen=True)
class Ground:
    """What every example is checked with: the shapes, and the ontology as text."""

    shapes: Facts
    shapes_file: Path
    ontology: str


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    shapes = shacl.load_shapes(shacl.shape_files(STUDY))
    file = tmp_path_factory.mktemp("shapes") / "shapes.nt"
    file.write_text("".join(f"{line}\n" for line in shapes.lines()), encoding="utf-8")
    return Ground(shapes, file, "".join(f"{line}\n" for i, p in enumerate(ontology_files()) for line in n_triples(p, f"o{i}x")))


def case(ground: Ground, example: Path, folder: Path) -> tuple[Path, Results]:
    """Write an example with the ontology; return the file and what boundwork finds in it."""
    data = folder / "data.nt"
    data.write_text(ground.ontology + "".join(f"{line}\n" for line in n_triples(example, "e")), encoding="utf-8")
    return data, plain(shacl.results(shacl.read_lines([data]), ground.shapes))


def some(every: int) -> list[ParameterSet]:
    """One example in so many for `make test`, the others for `make test-all`."""
    return [pytest.param(p, id=p.relative_to(ROOT).as_posix(), marks=[] if i % every == 0 else [pytest.mark.slow]) for i, p in enumerate(EXAMPLES)]


@pytest.fixture(scope="module")
def pyshifty(ground: Ground) -> object:
    from shifty._shifty import PreparedValidator

    return PreparedValidator(shapes_path=str(ground.shapes_file), shapes_format="nt")


@pytest.mark.parametrize("example", some(4))
def test_pyshifty_finds_the_same(example: Path, ground: Ground, pyshifty: object, tmp_path: Path) -> None:
    """Focus node, path, component and severity, result by result."""
    data, ours = case(ground, example, tmp_path)
    report = pyshifty.validate_w3c(data_path=str(data), data_format="nt", run_infer=False, sort_results=False)  # type: ignore[attr-defined]
    assert from_report(report._report_ntriples) == ours


@pytest.mark.parametrize("example", some(25))
def test_pyrudof_finds_at_least_the_same(example: Path, ground: Ground, tmp_path: Path) -> None:
    """pyrudof 0.3.35 also reports the inner shapes of sh:not, sh:or and sh:node, which SHACL does not, at the nodes that they look at; so it may find more,
    never less."""
    import pyrudof

    data, ours = case(ground, example, tmp_path)
    session = pyrudof.Rudof(pyrudof.RudofConfig())
    session.read_data(str(data), format=pyrudof.RDFFormat.NTriples)
    session.read_shacl(str(ground.shapes_file), format=pyrudof.ShaclFormat.NTriples)
    session.validate_shacl()
    theirs = from_report(session.serialize_shacl_validation_results(pyrudof.ResultShaclValidationFormat.NTriples))
    assert ours - theirs == set()
    foci = {focus for focus, *_ in ours}
    triples = [line.rstrip(" .").split(" ", 2) for line in data.read_text(encoding="utf-8").splitlines() if line.strip()]
    looked_at = {value.strip("<>") for subject, _, value in triples if subject.strip("<>") in foci}
    assert {focus for focus, *_ in theirs} - foci <= looked_at


def test_the_examples_are_all_there() -> None:
    assert len(EXAMPLES) > 340
