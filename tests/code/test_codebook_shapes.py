"""Each rule of the codebook becomes one shape: its words, its query, the column that it is about; and rules that contradict each other are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from boundwork.findings import Severity
from boundwork.pipeline.inputs import load_vocabulary
from boundwork.shacl import CodebookRules, codebook_rules, describe
from boundwork.shacl.facts import plain_text
from boundwork.shacl.shapes import sh
from filled_study import BASE, TOML, write_tables

HEAD = "code,excludes,needs,roles,waves,boundaries,shortest,longest,note_if\n"
CODES = "id,label\nown,Own\nnew one,New\n"
SAME = "$this bw:codes ?extract ; prov:wasAttributedTo ?coder ."
LENGTH = "$this bw:codes ?extract . ?extract oa:hasSelector ?place . ?place oa:start ?start . ?place oa:end ?end . BIND ( ?end - ?start AS ?value ) FILTER"
OWN, BLURRING = "$this bw:appliesCode own:own .", "$this (bw:claimsWork/bw:hasForm)|bw:appliesCode code:blurring ."
SHAPES = [  # name, line, label, message, variables, pattern, column
    ("own-excludes", 2, "own excludes new one or blurring",
     "The codebook says that own excludes {?value} on one extract; row {?row} of the same coder has it. Decide which of the two holds.", "?value ?row",
     f"{OWN} {SAME} ?row bw:codes ?extract . ?row prov:wasAttributedTo ?same . FILTER ( ?same = ?coder ) ?row bw:appliesCode|(bw:claimsWork/bw:hasForm)"
     " ?value . FILTER ( ?value IN ( own:new%20one, code:blurring ) )", "code"),
    ("own-needs", 2, "own needs vertical-relations, endorsed or own",
     "The codebook says that own needs vertical-relations, endorsed or own on the same extract, by the same coder. Add it, or take own away.", "?value",
     f"{OWN} {SAME} BIND ( own:own AS ?value ) FILTER NOT EXISTS {{ ?row bw:codes ?extract . FILTER EXISTS {{ ?row prov:wasAttributedTo ?coder ."
     " FILTER EXISTS { ?row bw:appliesCode|(bw:claimsWork/bw:stance) ?beside ."
     " FILTER ( ?beside IN ( code:vertical-relations, code:endorsed, own:own ) ) } } }", "code"),
    ("own-roles", 2, "own is for corporate-director", "The codebook keeps own for speakers who are corporate-director; here speaks {?value}. "
     "Check the code and the speaker.", "?value",
     f"{OWN} $this bw:codes ?extract . ?extract bw:spokenBy ?speaker . ?speaker bw:hasRole ?value ."
     " FILTER ( ?value NOT IN ( code:corporate-director ) )", "code"),
    ("own-waves", 2, "own is for w1", "The codebook keeps own for w1; the extract is of {?value}. Check the code and the wave of the extract.", "?value",
     f"{OWN} $this bw:codes ?extract . ?extract bw:atWave ?value . FILTER ( ?value NOT IN ( wave:w1 ) )", "code"),
    ("own-boundaries", 2, "own is for expertise or competitiveness", "The codebook keeps own for expertise or competitiveness; the row is about {?value}. "
     "Correct column code or column boundary.", "?value",
     f"{OWN} $this bw:claimsWork ?work . ?work bw:onBoundary ?value . FILTER ( ?value NOT IN ( code:expertise, code:competitiveness ) )", "boundary"),
    ("own-shortest", 2, "own is for extracts of at least 20 characters",
     "The codebook keeps own for extracts of at least 20 characters; this one has {?value}. "
     "Take another extract, or another code.", "?value", f"{OWN} {LENGTH} ( ?value < 20 )", "code"),
    ("own-longest", 2, "own is for extracts of at most 20 characters",
     "The codebook keeps own for extracts of at most 20 characters; this one has {?value}. "
     "Take another extract, or another code.", "?value", f"{OWN} {LENGTH} ( ?value > 20 )", "code"),
    ("own-note-if", 2, "own needs a note at low or medium confidence", "The codebook asks for a note where own is coded with {?value} confidence. "
     "Say in column note why you are not sure.", "?value",
     f"{OWN} $this bw:confidence ?value . FILTER ( ?value IN ( code:low, code:medium ) ) FILTER NOT EXISTS {{ $this bw:note ?note }}", "note"),
    ("blurring-waves", 3, "blurring is for w1 or w2", "The codebook keeps blurring for w1 or w2; the extract is of {?value}. "
     "Check the code and the wave of the extract.", "?value",
     f"{BLURRING} $this bw:codes ?extract . ?extract bw:atWave ?value . FILTER ( ?value NOT IN ( wave:w1, wave:w2 ) )", "form"),
    ("local-expertise-first-shortest", 6, "local-expertise-first is for extracts of at least 0 characters",
     "The codebook keeps local-expertise-first for extracts of at least 0 characters; this one has {?value}. Take another extract, or another code.", "?value",
     f"$this (bw:claimsWork/bw:invokesElement)|(bw:claimsWork/bw:deploresElement)|bw:appliesCode code:local-expertise-first ."
     f" {LENGTH} ( ?value < 0 )", "elements"),
]
CODEBOOK = HEAD + """\
own, new one; blurring;blurring;,vertical-relations;endorsed;nothing;own,corporate-director;nobody,w1;w9,expertise;competitiveness,20,20,medium
blurring,nothing,,,w1;w2,,,,never
nothing,own,own,corporate-director,w1,expertise,1,2,low
expertise,,,,,,,,
local-expertise-first,,,,,,0,x,
,own,,,,,,,
"""


def rules(folder: Path, **tables: str) -> CodebookRules:
    study = write_tables(folder, TOML, tables)
    return codebook_rules(study, load_vocabulary(folder))


def test_every_rule_becomes_one_shape(tmp_path: Path) -> None:
    """Values that name nothing are left out, and with them rules without a value; a code that nobody knows has none."""
    facts = rules(tmp_path, codes=CODES, codebook=CODEBOOK).facts()
    found = []
    for iri, info in describe(facts).items():
        [constraint] = facts.values(f"<{iri}>", sh("sparql"))
        text = " ".join(plain_text(facts.value(constraint, sh("select"))).split())
        for name, start in (("own", f"{BASE}/code/"), ("wave", f"{BASE}/wave/"), ("code", "https://w3id.org/boundwork/code/")):
            text = re.sub(rf"<{re.escape(start)}([^>]*)>", rf"{name}:\1", text)
        asked = re.fullmatch(r"SELECT DISTINCT \$this (.*?) WHERE \{ (.*) \}", text)
        line = re.fullmatch(rf"A rule of the codebook: codebook\.csv, line (\d+), column {iri.rpartition('-')[2].replace('if', 'note_if')}\.", info.why)
        assert asked is not None and line is not None and iri == f"{BASE}/rule/{info.name}" and (info.table, info.severity) == ("codings", Severity.VIOLATION)
        assert [plain_text(c).rpartition("#")[2] for c in facts.values(f"<{iri}>", sh("targetClass"))] == ["Coding"]
        found.append((info.name, int(line[1]), info.label, info.message, asked[1], asked[2], info.column))
    assert sorted(found) == sorted(SHAPES)


def test_without_rules_there_are_no_shapes(tmp_path: Path) -> None:
    for number, text in enumerate(("", HEAD, HEAD + "expertise,,,,,,,,\nnothing,own,,,,,,,\n", "code,version\nexpertise,1.0.0\n")):
        found = rules(tmp_path / str(number), **({"codebook": text} if text else {}))
        assert (found.turtle, found.findings, found.write(tmp_path), len(found.facts())) == ("", [], None, 0)


def test_shapes_are_written_into_a_folder(tmp_path: Path) -> None:
    found = rules(tmp_path / "study", codebook=HEAD + "expertise,,,,,,5,,\n")
    assert found.write(tmp_path) == tmp_path / "codebook-rules.ttl" and (tmp_path / "codebook-rules.ttl").read_text(encoding="utf-8") == found.turtle
    assert found.turtle.startswith("@prefix bw:") and found.facts().holds(f"<{BASE}/rule/expertise-shortest>", sh("severity"), sh("Violation"))


def test_codes_of_the_study_are_known_by_their_column_wherever_it_stands(tmp_path: Path) -> None:
    found = rules(tmp_path, codes="label,id\nOwn,blurring\n", codebook=HEAD + "blurring,,,,,,5,,\n")
    assert f"$this bw:appliesCode <{BASE}/code/blurring> ." in found.turtle  # the study's own comes first
    without = rules(tmp_path / "without", codes="label,description\nblurring,blurring\n", codebook=HEAD + "blurring,,,,,,5,,\n")
    assert f"<{BASE}/code/blurring>" not in without.turtle and "(bw:claimsWork/bw:hasForm)|bw:appliesCode" in without.turtle


ITSELF = "A code cannot {} itself. Take 'own' out of column {}."
CHOICE = "'own' needs one of the codes that it excludes, so no coding can keep the rule. Correct one of the two columns."


@pytest.mark.parametrize(("cells", "expected"), [
    ("own,new one;own,,,,,,,", [("excludes", "new one;own", ITSELF.format("exclude", "excludes"))]),
    ("own,,own,,,,,,", [("needs", "own", ITSELF.format("need", "needs"))]),
    ("own,blurring;new one,new one,,,,,,", [("needs", "new one", CHOICE)]),
    ("own,blurring;new one,new one;blurring,,,,,,", [("needs", "new one;blurring", CHOICE)]),
    ("own,blurring,new one;blurring,,,,,,", []),  # the other one may be taken
    ("own,blurring,,,,,,,", []),
    ("own,,,,,,20,20,", []),
    ("own,,,,,,21,20,", [("shortest", "21", "The shortest extract (21) is longer than the longest (20). Correct one of the two columns.")]),
    ("own,,,,,,1,0,", [("shortest", "1", "The shortest extract (1) is longer than the longest (0). Correct one of the two columns.")]),
    ("own,,,,,,21,,", []), ("own,,,,,,,20,", []), ("own,,,,,,x,20,", []),
    (",blurring,blurring,,,2,1,", []),  # whose rule it is stands nowhere
])
def test_rules_that_no_coding_can_keep_are_told(cells: str, expected: list[tuple[str, str, str]], tmp_path: Path) -> None:
    found = rules(tmp_path, codes=CODES, codebook=f"{HEAD}expertise,,,,,,,,\n{cells}\n").findings
    assert [(f.column, f.value, f.message) for f in found] == expected
    assert all((f.rule, f.severity, f.line, f.row) == ("codebook-rule-contradicts", Severity.VIOLATION, 3, 3) for f in found)
    assert all(f.file.endswith("codebook.csv") for f in found)


def test_the_table_is_called_as_it_is_shown(tmp_path: Path) -> None:
    study = write_tables(tmp_path, TOML, {"codebook": f"{HEAD}own,own,,,,,,,\n"})
    assert [f.file for f in codebook_rules(study, load_vocabulary(tmp_path), "shown.csv").findings] == ["shown.csv"]


def test_rules_without_a_column_of_their_own_are_kept(tmp_path: Path) -> None:
    """A table with the columns that it needs, and rows that are shorter than its header."""
    found = rules(tmp_path, codebook="code,note_if,version\nexpertise,high\n")
    assert [info.label for info in describe(found.facts()).values()] == ["expertise needs a note at low, medium or high confidence"]
