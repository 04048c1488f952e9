"""For a case that is no hybrid, what each kind of hybrid would need, in plain words with counts. The words follow the model's document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from boundwork.derivations.patterns import Triple
from boundwork.explore.why.tree import Node
from boundwork.stores.answer import Value
from boundwork.stores.local import LocalStore
from boundwork.terms import BW, CODE, RDF_TYPE, id_of, iri, kebab
from boundwork.wording import counted

_KIND = re.compile(r"(?:Blended|Coded)?Hybrid(?P<boundary>\w*?)(?P<of>Case|Council)\Z|CoexistenceCase\Z")


def hybrid_nodes(store: LocalStore, triple: Triple) -> list[Node]:
    """Return what is missing for each kind of hybrid, for a triple that says of a case or council that it is one; else nothing."""
    subject, predicate, value = triple
    match = _KIND.fullmatch(value.text.removeprefix(BW)) if value.text.startswith(BW) else None
    if predicate.text != RDF_TYPE or match is None or subject.kind != "iri":
        return []
    cases = [subject.text] if match["of"] != "Council" else [c.text for (c,) in store.select(
        f"SELECT ?c {{ ?c {_bw('focalActor')} {subject.n_triples} ; {_bw('caseBoundary')} {iri(CODE + kebab(_words(match['boundary'])))} }} ORDER BY ?c") if c]
    return [node for case in cases for node in _case(store, case)]


def _words(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def _bw(name: str) -> str:
    return iri(BW + name)


def _number(store: LocalStore, pattern: str) -> int:
    value = store.select(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}")[0][0]
    return int(value.text) if value else 0


def _case(store: LocalStore, case: str) -> Iterator[Node]:
    boundary = next((b for (b,) in store.select(f"SELECT ?b {{ {iri(case)} {_bw('caseBoundary')} ?b }}")), None)
    if boundary is None:
        return
    works = f"?x {_bw('inCase')} {iri(case)} . "
    total = _number(store, works)
    draws = {logic: _number(store, f"{works} ?x {_bw('drawsOn')} {iri(CODE + logic)}") for logic in ("bureaucratic", "managerial", "hybrid")}
    both = _number(store, f"{works} ?x {_bw('drawsOn')} {iri(CODE + 'bureaucratic')} , {iri(CODE + 'managerial')}")
    elements = {logic: _elements(store, boundary, logic) for logic in draws}
    name = id_of(case)
    yield Node("words", f"{name}: {counted(total, 'work', 'is')} coded in this case", [
        f"draw on the bureaucratic logic: {draws['bureaucratic']}; on the managerial: {draws['managerial']}; "
        f"invoke an element of the hybrid alone: {draws['hybrid']}" if total else "Nobody coded this case in this reading, so nothing can follow."])
    lacking = [x for x in ("bureaucratic", "managerial") if not elements[x]]
    if both:
        text = f"holds: {counted(both, 'work')} on both logics"
    elif lacking:
        text = f"cannot be met with elements of this boundary: none is of the {' or the '.join(lacking)} logic alone"
    else:
        text = f"missing: of {counted(total, 'work')}, 0 draw on both (bureaucratic {draws['bureaucratic']}, managerial {draws['managerial']})"
    yield Node("holds" if both else "missing", f"blended, {text}", ["It needs one piece of work that draws on the bureaucratic and on the managerial logic."])
    deplored = _number(store, f"{works} ?x {_bw('deploresElement')} ?e . ?e {_bw('distinctiveOf')} {iri(CODE + 'hybrid')}")
    only = ", ".join(elements["hybrid"])
    aside = f"; {deplored} name one in order to deplore it" if deplored else ""
    if draws["hybrid"]:
        text = f"holds: {counted(draws['hybrid'], 'work')} with such an element"
    elif not only:
        text = "cannot be met with elements of this boundary: none is of the hybrid alone"
    else:
        text = f"missing: of {counted(total, 'work')}, 0 invoke one{aside}"
    yield Node("holds" if draws["hybrid"] else "missing", f"hybrid element, {text}",
               [f"It needs a work that invokes an element of the hybrid alone{f': {only}' if only else ''}."])
    side = draws["bureaucratic"] and draws["managerial"]
    missing = " and ".join(x for x in ("bureaucratic", "managerial") if not draws[x])
    extracts = {x: _number(store, f"?w {_bw('inCase')} {iri(case)} ; {_bw('drawsOn')} {iri(CODE + x)} . ?k {_bw('claimsWork')} ?w ; {_bw('codes')} ?x")
                for x in ("bureaucratic", "managerial")}
    yield Node("holds" if side else "missing", f"co-existence, {'holds' if side else f'missing: no work draws on the {missing} logic'} "
               f"(extracts: {extracts['bureaucratic']} bureaucratic, {extracts['managerial']} managerial)",
               ["It needs both logics somewhere in the case; alone it makes no hybrid."])


def _elements(store: LocalStore, boundary: Value, logic: str) -> list[str]:
    """Elements of a boundary that are distinctive of a logic."""
    pattern = f"?e {_bw('distinctiveOf')} {iri(CODE + logic)} ; {_bw('inCell')} ?c . ?c {_bw('cellBoundary')} {boundary.n_triples}"
    return [id_of(e.text) for (e,) in store.select(f"SELECT DISTINCT ?e {{ {pattern} }} ORDER BY ?e") if e is not None]
