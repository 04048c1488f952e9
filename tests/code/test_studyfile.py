"""study.toml says what cannot be in one clear error that names the file and the key; ids and texts of every kind become IRIs that parse."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from boundwork.errors import InputError
from boundwork.populate.study import populate
from boundwork.tables.studyfile import read_study
from boundwork.terms import Vocabulary, id_of, local_name, study_iri

GOOD = '[study]\nid = "s"\ntitle = "T"\n[coders.ann]\n'
FAULTS: dict[str, tuple[str, str]] = {
    "no TOML": ("[study\n", "study.toml is not valid TOML"),
    "no [study]": ("[coders.ann]\n", "study.id: is missing"),
    "no title": ('[study]\nid = "s"\n[coders.ann]\n', "study.title: is missing"),
    "no coder": ('[study]\nid = "s"\ntitle = "T"\n', "coders: at least one coder is needed"),
    "an unknown key": (GOOD.replace("title", "titel"), "study.titel: is no key that boundwork knows. Did you mean 'title'?"),
    "an unknown table": (GOOD + "[wave.w1]\n", "Did you mean 'waves'?"),
    "an id with a space": (GOOD.replace('"s"', '"my study"'), "study.id: 'my study' must be letters"),
    "an id that climbs": (GOOD.replace('"s"', '"../s"'), "study.id: '../s' must be letters"),
    "a number for a text": (GOOD.replace('"T"', "3"), "study.title: must be a text in double quotes"),
    "a text for a truth value": (GOOD.replace('title = "T"', 'title = "T"\nanonymised = "yes"'), "study.anonymised: must be true or false"),
    "a table for a coder": (GOOD + "[coders]\nben = 3\n", "study.toml"),
    "a reading of nobody": (GOOD + "[readings.r]\n", "readings.r.coders: is missing"),
    "a reading of a stranger": (GOOD + '[readings.r]\ncoders = ["anne"]\n', "'anne' is no coder of this study. Did you mean 'ann'?"),
    "a reading of a text": (GOOD + '[readings.r]\ncoders = "ann"\n', "readings.r.coders: must be a list of names"),
    "an unknown default": (GOOD.replace('title = "T"', 'title = "T"\ndefault-reading = "an"'), "Did you mean 'ann'?"),
    "a year in words": (GOOD + '[waves.w1]\nstart-year = "2019"\n', "waves.w1.start-year: must be a whole number"),
    "the reserved coder": (GOOD + "[coders.adjudicated]\n", "coders.adjudicated: is the name of what decisions.csv keeps"),
    "a licence with a space": (GOOD.replace('title = "T"', 'title = "T"\nlicence = "https://x.org/a b"'), "study.licence: has a character"),
    "overrides that are no tables": ('override = ["x"]\n' + GOOD, "override: must be written as [[override]]"),
    "an override without a reason": (GOOD + '[[override]]\nrule = "x"\n', "override.reason: is missing"),
    "an override with an unknown key": (GOOD + '[[override]]\nrules = "x"\n', "Did you mean 'rule'?"),
    "brackets without end": ("x = " + "[" * 100_000, "study.toml is not valid TOML"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_study_toml_is_one_error_that_names_file_and_key(tmp_path: Path, fault: str) -> None:
    text, words = FAULTS[fault]
    (tmp_path / "study.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_study(tmp_path)
    assert words in str(caught.value)
    assert "study.toml" in str(caught.value)


@pytest.mark.parametrize("data", [GOOD.encode("utf-16"), b"[study]\nid = \"\xff\"\n"], ids=["UTF-16", "not UTF-8"])
def test_study_toml_in_another_encoding_is_one_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "study.toml").write_bytes(data)
    with pytest.raises(InputError, match=r"study\.toml"):
        read_study(tmp_path)


def test_study_toml_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    study = read_study(tmp_path)
    assert (study.id, study.default_reading, list(study.readings)) == ("s", "ann", ["ann"])


IDS = ["plain", "with space", "a/b", "..", ".", "a'b", "<b>", "a>b", "100%", "ä-ö", "日本", "🙂", "a#b", "a?b", "a\\b", "%2E%2E", "x" * 300, "007", "a{b}|^`"]


@pytest.mark.parametrize("name", IDS)
def test_any_id_becomes_an_iri_that_no_reader_bends(name: str) -> None:
    iri = study_iri("s", "council", name)
    assert id_of(iri) == name
    turtle = f"@base <https://elsewhere.org/x/y> . <{iri}> <{iri}> <{iri}> .".encode()
    ours = {q.subject.value for q in ox.parse(input=turtle, format=ox.RdfFormat.TURTLE) if isinstance(q.subject, ox.NamedNode)}
    theirs = {str(s) for s in rdflib.Graph().parse(data=turtle, format="turtle").subjects()}
    assert ours == theirs == {iri}


@given(st.text(min_size=1, max_size=20).filter(lambda t: not any("\ud800" <= c <= "\udfff" for c in t)))
def test_two_ids_never_share_an_iri(name: str) -> None:
    assert id_of("x/" + local_name(name)) == name
    assert not set(local_name(name)) & set("/#?<>\"{}|\\^` ")


def test_a_study_whose_ids_hold_every_awkward_sign_populates_and_parses(study: Path, vocabulary: Vocabulary, scratch: Path) -> None:
    rows = (study / "councils.csv").read_text(encoding="utf-8").splitlines()
    quoted = ['"' + name.replace('"', '""') + '"' for name in [*IDS, 'say "no"']]
    (study / "councils.csv").write_text("\n".join([*rows, *(f"{q},{q},,district,south-east,1,," for q in quoted)]), encoding="utf-8")
    population = populate(read_study(study), vocabulary, scratch)
    assert population.findings == []
    text = b"".join(p.read_bytes() for p in population.parts["study", ""].values())
    quads = list(ox.parse(input=text, format=ox.RdfFormat.N_TRIPLES))
    councils = {q.subject.value for q in quads if isinstance(q.subject, ox.NamedNode) and "/council/" in q.subject.value}
    assert {id_of(c) for c in councils} == {*IDS, 'say "no"', "c1"}
    rdflib.Graph().parse(data=text, format="nt")
