"""What somebody writes for a parameter, on a graph of ten triples: the term that is meant, or the sentence that says what may be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundwork.errors import UsageError
from boundwork.explore.values import terms_for
from boundwork.queries.stored import Parameter
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, CODE, study_iri

A, SUBCLASS, LABEL = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "http://www.w3.org/2000/01/rdf-schema#subClassOf",
                      "http://www.w3.org/2000/01/rdf-schema#label")
PREFERRED = "http://www.w3.org/2004/02/skos/core#prefLabel"
XSD = "http://www.w3.org/2001/XMLSchema#"


def parameter(**kind: object) -> Parameter:
    return Parameter("thing", "", None, **kind)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> LocalStore:
    """Two boundaries by their codes, a deeper class, a council and the field, a concept of SKOS, something of somebody else's, classes without names."""
    made = LocalStore.create(tmp_path_factory.mktemp("values") / "store")
    things = [(f"{CODE}expertise", f"{BW}BoundaryCategory", PREFERRED, "Expertise"), (f"{CODE}local-pride", f"{BW}BoundaryCategory", LABEL, "Pride of place"),
              (f"{CODE}deeper", f"{BW}Deeper", PREFERRED, "Under it"), (study_iri("s", "council", "alder"), f"{BW}Council", LABEL, "Alder"),
              (study_iri("s", "field", "sector"), f"{BW}Field", LABEL, "The sector"),
              (study_iri("s", "case", "alder-expertise"), f"{BW}BoundaryCase", LABEL, "A case"),
              (study_iri("s", "wave", "w1"), f"{BW}Wave", LABEL, "First"), ("http://example.org/x", f"{BW}BoundaryCategory", LABEL, "Foreign"),
              (f"{CODE}plain", "http://www.w3.org/2004/02/skos/core#Concept", PREFERRED, "Plain")]
    below = [("Deeper", "Deep"), ("Deep", "BoundaryCategory"), ("Council", "FocalActor"), ("Field", "FocalActor")]
    made.load("".join([*(f'<{t}> <{A}> <{c}> .\n<{t}> <{p}> "{label}" .\n' for t, c, p, label in things),
                       *(f"<{BW}{low}> <{SUBCLASS}> <{BW}{high}> .\n" for low, high in below),
                       f"_:anyone <{SUBCLASS}> <{BW}BoundaryCategory> .\n<{BW}BoundaryCategory> <{SUBCLASS}> _:anything .\n"]).encode())
    made.finish()
    return made


BOUNDARY = parameter(cls="bw:BoundaryCategory")


@pytest.mark.parametrize(("given", "meant"), [
    ("expertise", "expertise"), ("Expertise", "expertise"), ("EXPERTISE", "expertise"), ("code:expertise", "expertise"), (f"{CODE}expertise", "expertise"),
    ("local pride", "local-pride"), ("pride of PLACE", "local-pride"), ("deeper", "deeper"), ("Under it", "deeper"),
])
def test_a_code_is_known_by_its_name_its_label_and_its_iri(given: str, meant: str, store: LocalStore) -> None:
    assert terms_for(BOUNDARY, [given], store, "s") == [f"<{CODE}{meant}>"]


def test_things_of_a_study_are_known_by_their_ids(store: LocalStore) -> None:
    for cls, given, kind in (("FocalActor", "alder", "council"), ("FocalActor", "sector", "field"), ("BoundaryCase", "alder-expertise", "case"),
                             ("Wave", "w1", "wave"), ("Council", "Alder", "council")):
        assert terms_for(parameter(cls=f"bw:{cls}"), [given], store, "s") == [f"<{study_iri('s', kind, given.lower())}>"]
    assert terms_for(BOUNDARY, ["http://example.org/x"], store, "s") == ["<http://example.org/x>"]
    assert terms_for(parameter(cls="skos:Concept"), ["plain"], store, "s") == [f"<{CODE}plain>"]


@pytest.mark.parametrize("given", ["alder", "w1", "plain", "http://example.org/y", "a:[", "code:", "", "deep"])
def test_what_is_of_another_class_or_nowhere_is_refused(given: str, store: LocalStore) -> None:
    with pytest.raises(UsageError) as caught:
        terms_for(BOUNDARY, [given], store, "s")
    assert caught.value.message == f"'{given}' is no thing."


def test_a_refusal_tells_the_nearest_or_what_there_is(store: LocalStore) -> None:
    def hint(param: Parameter, given: str) -> str:
        with pytest.raises(UsageError) as caught:
            terms_for(param, [given], store, "s")
        return caught.value.hint

    assert hint(BOUNDARY, "expertize") == "Did you mean 'Expertise'?"
    assert hint(BOUNDARY, "local-prid") == "Did you mean 'local-pride'?"
    assert hint(BOUNDARY, "zzz") == "It must be one of deeper, expertise, local-pride, x, or any."
    assert hint(parameter(cls="bw:Nothing"), "zzz") == "It must be a Nothing of this study, or any."
    assert hint(parameter(choices=("low", "high")), "hihg") == "Did you mean 'high'?"
    assert hint(parameter(choices=("low", "high")), "zzz") == "It must be one of low, high, or any."
    assert hint(parameter(datatype="xsd:integer"), "1.5") == "It must be a whole number, or any."
    assert hint(parameter(datatype="xsd:decimal"), "1e5") == "It must be a number such as 0.5, or any."
    assert hint(parameter(datatype="xsd:boolean"), "True") == "It must be true or false, or any."
    assert hint(parameter(datatype="xsd:string"), "a\x00") == "It must be plain text without control characters, or any."


def test_a_class_of_many_things_is_not_listed(tmp_path: Path) -> None:
    for number, said in ((1, "It must be one of t00, or any."), (15, "It must be one of t00, t01,"), (16, "It must be a Boundary")):
        made = LocalStore.create(tmp_path / str(number))
        made.load("".join(f"<{CODE}t{i:02}> <{A}> <{BW}BoundaryCategory> .\n" for i in range(number)).encode())
        made.finish()
        with pytest.raises(UsageError) as caught:
            terms_for(BOUNDARY, ["zzz"], made, "s")
        assert caught.value.hint.startswith(said)


@pytest.mark.parametrize(("datatype", "given", "term"), [
    ("xsd:integer", "7", f'"7"^^<{XSD}integer>'), ("xsd:integer", "-007", f'"-7"^^<{XSD}integer>'), ("xsd:integer", "+0", f'"0"^^<{XSD}integer>'),
    ("xsd:integer", "9" * 18, f'"{"9" * 18}"^^<{XSD}integer>'), ("xsd:integer", "9" * 19, None), ("xsd:integer", "\u0663", None), ("xsd:integer", "", None),
    ("xsd:integer", "1 ", None), ("xsd:decimal", "0.5", f'"0.5"^^<{XSD}decimal>'), ("xsd:decimal", "-12", f'"-12"^^<{XSD}decimal>'),
    ("xsd:decimal", "1" * 16, None), ("xsd:decimal", f"{'1' * 15}.{'1' * 15}", f'"{"1" * 15}.{"1" * 15}"^^<{XSD}decimal>'),
    ("xsd:decimal", f"1.{'1' * 16}", None), ("xsd:decimal", ".5", None), ("xsd:boolean", "true", f'"true"^^<{XSD}boolean>'),
    ("xsd:boolean", "false", f'"false"^^<{XSD}boolean>'), ("xsd:boolean", "1", None), ("xsd:string", 'a "b"\n\\', '"a \\"b\\"\\n\\\\"'),
    ("xsd:string", "", '""'), ("xsd:string", "\t", '"\\t"'), ("xsd:string", "\x7f", None), ("xsd:string", "\x1f", None), ("xsd:string", "\ud800", None),
])
def test_a_value_of_a_datatype_is_written_as_one_term_or_refused(datatype: str, given: str, term: str | None, store: LocalStore) -> None:
    if term is not None:
        assert terms_for(parameter(datatype=datatype), [given], store, "s") == [term]
        return
    with pytest.raises(UsageError):
        terms_for(parameter(datatype=datatype), [given], store, "s")


def test_several_values_stay_in_their_order_and_any_leaves_it_open(store: LocalStore) -> None:
    assert terms_for(BOUNDARY, ["deeper", "expertise"], store, "s") == [f"<{CODE}deeper>", f"<{CODE}expertise>"]
    assert terms_for(BOUNDARY, ["any"], store, "s") == []
    assert terms_for(parameter(choices=("low", "it's")), ["it's", "low"], store, "s") == ['"it\'s"', '"low"']
    with pytest.raises(UsageError):
        terms_for(BOUNDARY, ["any", "expertise"], store, "s")


def test_an_id_alone_is_taken_where_one_thing_has_it(tmp_path: Path) -> None:
    """Of two things with one id none is guessed; a thing whose kind is not that of its class is found by its id."""
    made = LocalStore.create(tmp_path / "ids")
    one, two = study_iri("s", "odd", "k1"), study_iri("s", "other", "k2")
    made.load("".join(f"<{t}> <{A}> <{BW}Wave> .\n" for t in (one, two, study_iri("s", "odd", "k2"))).encode())
    made.finish()
    assert terms_for(parameter(cls="bw:Wave"), ["k1"], made, "s") == [f"<{one}>"]
    with pytest.raises(UsageError):
        terms_for(parameter(cls="bw:Wave"), ["k2"], made, "s")


def test_a_prefixed_name_means_what_it_says(tmp_path: Path) -> None:
    """`code:deeper` is deeper, also where a code is called code-deeper."""
    made = LocalStore.create(tmp_path / "prefixed")
    made.load("".join(f"<{CODE}{name}> <{A}> <{BW}BoundaryCategory> .\n" for name in ("deeper", "code-deeper")).encode())
    made.finish()
    assert terms_for(BOUNDARY, ["code:deeper"], made, "s") == [f"<{CODE}deeper>"]
    assert terms_for(BOUNDARY, ["code deeper"], made, "s") == [f"<{CODE}code-deeper>"]
