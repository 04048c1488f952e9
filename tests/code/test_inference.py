"""The stages of inference by small rules: who sees what, what is added up, what is written, and which rule files are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import InputError
from boundwork.populate.population import Population
from boundwork.queries.stored import StoredQuery
from boundwork.rules import STAGES, Rule, codebook_facts, infer, read_rules
from boundwork.tables.studyfile import Study, read_study
from boundwork.terms import BW, RDF_TYPE, RULE, Vocabulary

TOML = '[study]\nid = "few"\ntitle = "Few"\n[coders.ann]\n[coders.ben]\n[readings.ann]\ncoders = ["ann"]\n[readings.both]\ncoders = ["ann", "ben"]\n'
HEAD = f"PREFIX bw: <{BW}> PREFIX x: <urn:x:> "
RULES = {
    "named": ("codebook", "CONSTRUCT { ?c bw:named ?k } WHERE { ?k bw:names ?c }"),
    "again": ("codebook", "CONSTRUCT { ?c bw:namedToo ?k } WHERE { ?c bw:named ?k }"),  # sees the one before it
    "said": ("coding", "CONSTRUCT { ?k bw:said ?n } WHERE { ?k bw:uses ?c . ?c bw:namedToo ?n }"),
    "saying": ("coding", "CONSTRUCT { ?k bw:saying ?n } WHERE { ?k bw:said ?n }"),
    "one": ("tally", "CONSTRUCT { x:all bw:one ?n ; bw:of ?study } WHERE { { SELECT (COUNT(?k) AS ?n) { ?k bw:saying ?c } } ?study bw:currentReading ?r }"),
    "blind": ("tally", "CONSTRUCT { x:all bw:two ?n } WHERE { x:all bw:one ?n }"),  # counts of a partition mean nothing yet
    "summed": ("case", "CONSTRUCT { x:all bw:sum ?n } WHERE { x:all bw:one ?n . ?n0 bw:common true }"),
    "after": ("case", "CONSTRUCT { x:all bw:after ?n } WHERE { x:all bw:sum ?n }"),
    "kept": ("outcome", "CONSTRUCT { x:all bw:kept ?n } WHERE { x:all bw:after ?n }"),
    "unkept": ("outcome", "CONSTRUCT { x:all bw:unkept ?n } WHERE { x:all bw:kept ?n }"),  # outcomes see no outcomes
}
ONTOLOGY = f"<urn:x:entry> <{BW}names> <urn:x:code> .\n"
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def rules(texts: dict[str, tuple[str, str]] = RULES) -> list[Rule]:
    return [Rule(name, stage, StoredQuery(name, Path(f"{name}.rq"), HEAD + text, {"stage": stage})) for name, (stage, text) in texts.items()]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """A study without tables; what its partitions need is worked in this process."""
    monkeypatch.setattr("boundwork.workers._LIMIT", [1])
    (tmp_path / "study.toml").write_text(TOML, encoding="utf-8")
    return read_study(tmp_path)


@pytest.fixture
def population(study: Study, tmp_path: Path) -> Population:
    """Three partitions: Ann uses the code once in the first and twice in the second, Ben once in the second; in the third nobody does."""
    found = Population(study, partitions=3)
    uses = {("ann", 0): 1, ("ann", 1): 2, ("ben", 1): 1}
    files = {(("coding", coder), part): "".join(f"<urn:x:{coder}{part}{i}> <{BW}uses> <urn:x:code> .\n" for i in range(n))
             for (coder, part), n in uses.items()}
    files[("study", ""), Population.COMMON] = f'<urn:x:c> <{BW}common> "true"^^<http://www.w3.org/2001/XMLSchema#boolean> .\n'
    files[("links", "l"), Population.COMMON] = f"<urn:x:linked> <{BW}uses> <urn:x:code> .\n"
    for number, ((graph, part), text) in enumerate(files.items()):
        path = tmp_path / f"{number}.nt"
        path.write_text(text, encoding="utf-8")
        found.parts.setdefault(graph, {})[part] = path
    return found


@pytest.fixture
def measures() -> Vocabulary:
    typed = [(BW + m, RDF_TYPE, "http://www.w3.org/2002/07/owl#DatatypeProperty") for m in ("one", "two")]
    return Vocabulary([*typed, *((BW + m, "http://www.w3.org/2000/01/rdf-schema#domain", BW + "Tally") for m in ("one", "two"))], {})


def line(subject: str, predicate: str, value: str | int) -> str:
    said = f'"{value}"^^<{INTEGER}>' if isinstance(value, int) else f"<{value}>"
    return f"<{subject}> <{BW}{predicate}> {said} ."


STUDY = "https://w3id.org/boundwork/study/few"


@pytest.mark.parametrize(("reading", "codings"), [("ann", ["ann00", "ann10", "ann11"]), ("both", ["ann00", "ann10", "ann11", "ben10"])])
def test_each_stage_sees_what_it_may_and_counts_of_partitions_add_up(
        reading: str, codings: list[str], study: Study, population: Population, measures: Vocabulary, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    folder, number = tmp_path / "new" / "made", len(codings)
    made = infer(study.readings[reading], population, measures, ONTOLOGY.encode(), rules(), folder, lambda *so_far: told.append(so_far))
    assert made.files == [folder / "codings.nt", folder / "cases.nt"]
    found, cases = (path.read_text(encoding="utf-8").splitlines() for path in made.files)
    assert found == [line(f"urn:x:{k}", p, "urn:x:entry") for part in "012" for p in ("said", "saying") for k in codings if k[3] == part]
    assert cases == sorted([
        line(STUDY, "currentReading", f"{STUDY}/reading/{reading}"), line("urn:x:code", "named", "urn:x:entry"), line("urn:x:code", "namedToo", "urn:x:entry"),
        line("urn:x:all", "one", number), line("urn:x:all", "of", STUDY), line("urn:x:all", "sum", number), line("urn:x:all", "after", number)])
    assert made.outcomes == [line("urn:x:all", "kept", number)]
    assert made.per_rule == {"named": 1, "again": 1, "said": number, "saying": number, "one": 6, "blind": 0, "summed": 1, "after": 1, "kept": 1, "unkept": 0}
    assert told == [(f"rules, {reading}", 1), (f"rules, {reading}", 2), (f"rules, {reading}", 3)]
    assert {path.name for path in folder.iterdir()} == {"codings.nt", "cases.nt"}  # nothing else is left behind


def test_rules_without_anything_to_conclude_write_empty_files(study: Study, population: Population, measures: Vocabulary, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    only = {name: RULES[name] for name in ("said", "kept")}
    made = infer(study.readings["ann"], population, measures, ONTOLOGY.encode(), rules(only), tmp_path / "made")
    assert (made.outcomes, made.per_rule, made.files[0].read_bytes()) == ([], {"said": 0, "kept": 0}, b"")
    assert made.files[1].read_text(encoding="utf-8") == line(STUDY, "currentReading", f"{STUDY}/reading/ann") + "\n"


def test_facts_of_the_codebook_are_what_its_rules_infer_of_the_data_as_given() -> None:
    twice = {**RULES, "alike": RULES["named"]}
    assert codebook_facts(ONTOLOGY.encode(), rules(twice)) == [line("urn:x:code", "named", "urn:x:entry")]


RULE_FILE = "#+ summary: A rule.\n#+ stage: {stage}\nPREFIX bw: <https://w3id.org/boundwork/ontology#>\n{form} {{ ?a bw:b ?c }}\nWHERE {{ ?c bw:d ?a }}\n"


def write_rule(study: Path, name: str, stage: str = "tally", form: str = "CONSTRUCT") -> Path:
    folder = study / "queries" / "derive"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.rq").write_text(RULE_FILE.format(stage=stage, form=form), encoding="utf-8")
    return study


def test_rules_run_by_stage_and_number_and_are_named_without_it(tmp_path: Path) -> None:
    shipped = read_rules()
    for name, stage in (("35b-mine", "tally"), ("99-early", "codebook"), ("00-late", "outcome"), ("unnumbered", "tally")):
        write_rule(tmp_path, name, stage)
    found = read_rules(tmp_path)
    assert [r for r in found if r in shipped] == shipped
    assert [(STAGES.index(r.stage), r.query.path.name) for r in found] == sorted((STAGES.index(r.stage), r.query.path.name) for r in found)
    mine = {r.query.path.name: (r.name, r.stage, r.iri) for r in found if r not in shipped}
    assert mine == {"35b-mine.rq": ("35b-mine", "tally", RULE + "35b-mine"), "99-early.rq": ("early", "codebook", RULE + "early"),
                    "00-late.rq": ("late", "outcome", RULE + "late"), "unnumbered.rq": ("unnumbered", "tally", RULE + "unnumbered")}


@pytest.mark.parametrize(("stage", "form", "said"), [
    ("dreaming", "CONSTRUCT", "the header needs 'stage', one of codebook, coding, tally, case, outcome."),
    ("''", "CONSTRUCT", "the header needs 'stage', one of codebook, coding, tally, case, outcome."),
    ("case", "SELECT * #", "a rule must be a CONSTRUCT."),
])
def test_a_rule_that_cannot_be_placed_is_refused(stage: str, form: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_rules(write_rule(tmp_path, "10-mine", stage, form))
    assert refused.value.message == f"{tmp_path / 'queries' / 'derive' / '10-mine.rq'}: {said}"
