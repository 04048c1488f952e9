"""What makes shapes pass in silence: misspelt terms and names, targets that nobody declares, shapes that check nothing."""

from __future__ import annotations

from collections.abc import Iterator

from boundwork.findings import Finding, Severity
from boundwork.queries.tokens import tokens
from boundwork.shacl.facts import TYPE, Facts, is_iri, plain_text
from boundwork.shacl.paths import SH
from boundwork.shacl.shapes import OWL_CLASSES, TARGETS, Shapes, constrains, sh, with_target
from boundwork.shacl.words import owner, plain
from boundwork.terms import BW, CODE
from boundwork.wording import counted

_TERMS = """
    AbstractResult AndConstraintComponent BlankNode BlankNodeOrIRI BlankNodeOrLiteral ClassConstraintComponent ClosedConstraintComponent
    ConstraintComponent DatatypeConstraintComponent DisjointConstraintComponent EqualsConstraintComponent ExpressionConstraintComponent Function
    HasValueConstraintComponent IRI IRIOrLiteral InConstraintComponent Info JSConstraint JSConstraintComponent JSExecutable JSFunction JSLibrary JSRule
    JSTarget JSTargetType JSValidator LanguageInConstraintComponent LessThanConstraintComponent LessThanOrEqualsConstraintComponent Literal
    MaxCountConstraintComponent MaxExclusiveConstraintComponent MaxInclusiveConstraintComponent MaxLengthConstraintComponent MinCountConstraintComponent
    MinExclusiveConstraintComponent MinInclusiveConstraintComponent MinLengthConstraintComponent NodeConstraintComponent NodeKind
    NodeKindConstraintComponent NodeShape NotConstraintComponent OrConstraintComponent Parameter Parameterizable PatternConstraintComponent
    PrefixDeclaration PropertyConstraintComponent PropertyGroup PropertyShape QualifiedMaxCountConstraintComponent QualifiedMinCountConstraintComponent
    ResultAnnotation Rule SPARQLAskExecutable SPARQLAskValidator SPARQLConstraint SPARQLConstraintComponent SPARQLConstructExecutable SPARQLExecutable
    SPARQLFunction SPARQLRule SPARQLSelectExecutable SPARQLSelectValidator SPARQLTarget SPARQLTargetType SPARQLUpdateExecutable Severity Shape Target
    TargetType TripleRule UniqueLangConstraintComponent ValidationReport ValidationResult Validator Violation Warning XoneConstraintComponent
    alternativePath and annotationProperty annotationValue annotationVarName ask class closed condition conforms construct datatype deactivated declare
    defaultValue description detail disjoint entailment equals expression filterShape flags focusNode group hasValue if ignoredProperties in intersection
    inversePath js jsFunctionName jsLibrary jsLibraryURL labelTemplate languageIn lessThan lessThanOrEquals maxCount maxExclusive maxInclusive maxLength
    message minCount minExclusive minInclusive minLength name namespace node nodeKind nodeValidator nodes not object oneOrMorePath optional or order
    parameter path pattern predicate prefix prefixes property propertyValidator qualifiedMaxCount qualifiedMinCount qualifiedValueShape
    qualifiedValueShapesDisjoint result resultAnnotation resultMessage resultPath resultSeverity returnType rule select severity shapesGraph
    shapesGraphWellFormed sourceConstraint sourceConstraintComponent sourceShape sparql subject suggestedShapesGraph target targetClass targetNode
    targetObjectsOf targetSubjectsOf this union uniqueLang update validator value xone zeroOrMorePath zeroOrOnePath
"""
TERMS = frozenset(_TERMS.split())
"""The terms of SHACL and of its advanced features (namespace document of the W3C)."""


def lint(shapes: Facts, data: Facts, meets: bool = False, declared: Facts | None = None) -> list[Finding]:
    """Return what makes shapes pass in silence.

    With `meets`, also shapes that meet no node of the data. `declared` is what names are looked up in, where the data does not say.
    """
    places = [data, *([declared] if declared is not None else [])]
    findings = [*_misspelt(shapes), *_undeclared(shapes, places)]
    for shape, constraints in shapes.edges(sh("sparql")).items():
        if any(shapes.values(c, sh("severity")) for c in constraints):
            findings.append(Finding(Severity.WARNING, "shape-severity-unheard", "sh:severity inside sh:sparql is heard by no engine. Put it on the shape.",
                                    subject=plain_text(shape)))
    read = Shapes(shapes)
    for node in sorted(with_target(shapes)):
        named = plain_text(node)
        if not constrains(shapes, node):
            findings.append(Finding(Severity.VIOLATION, "shape-without-constraint", "The shape has a target and checks nothing. Add a constraint.",
                                    subject=named))
        for kind, term in TARGETS.items():
            findings += [Finding(Severity.VIOLATION, "shape-unknown-target", f"The target {plain_text(t)} is declared nowhere and used nowhere, "
                                 "so the shape never checks anything. Correct the name.", subject=named)
                         for t in shapes.values(node, term) if not any(_declared(t, kind, facts) for facts in places)]
        if meets and not shapes.values(node, TARGETS["target"]) and not read.target(node, data) & data_nodes(data, shapes, node):
            findings.append(Finding(Severity.WARNING, "shape-meets-nothing", "The shape meets no node of the data: it checks nothing here.", subject=named))
    return findings + (_uncovered(shapes, data) if meets else [])


def _uncovered(shapes: Facts, data: Facts) -> list[Finding]:
    """Classes of the data none of whose members any shape is asked of, nested shapes included."""
    from boundwork.shacl.reach import classes_below

    read = Shapes(shapes)
    if any(shapes.values(s.node, TARGETS["target"]) for s in read.targeted()):
        return []  # targets in SPARQL may name anything
    focus = set().union(*(read.target(s.node, data) for s in read.targeted()))
    demanded = {value for s in read.targeted() for each in read.everything(s) for name, value in each.parameters if name == "class"}
    asked = {c for value in demanded for c in classes_below(data, value)}
    members = data.edges(TYPE, inverse=True)
    return [Finding(Severity.WARNING, "class-without-shape", f"{plain(plain_text(c))} has {counted(len(members[c]), 'member')}, and no shape is asked of any, "
                    "so nothing about them is checked. Write a shape with sh:targetClass, or leave it if that is meant.", subject=plain_text(c))
            for c in sorted(members) if is_iri(c) and c not in asked and not focus & set(members[c])]


def data_nodes(data: Facts, shapes: Facts, node: str) -> set[str]:
    """Return every node of the data that a target of this shape could name: subjects, and the objects where a target asks for them."""
    found = data.things
    if shapes.values(node, TARGETS["targetNode"]) or shapes.values(node, TARGETS["targetObjectsOf"]):
        found = found | {value for values in data.forward.values() for objects in values.values() for value in objects}
    return found


def _misspelt(shapes: Facts) -> Iterator[Finding]:
    users: dict[str, str] = {}
    for predicate, values in shapes.forward.items():
        for subject, objects in values.items():
            for term in (predicate, *objects):
                if term.startswith(f"<{SH}") and term[len(SH) + 1 : -1] not in TERMS:
                    users[term] = min(users.get(term, "~"), owner(shapes, subject))
    for term, user in sorted(users.items()):
        yield Finding(Severity.VIOLATION, "shape-unknown-term", f"sh:{term[len(SH) + 1 : -1]} is no term of SHACL, so the shape checks nothing with it. "
                      "Correct the spelling.", subject=plain_text(user))


def _undeclared(shapes: Facts, places: list[Facts]) -> Iterator[Finding]:
    for user, name in sorted(set(_names(shapes))):
        if not any(f"<{name}>" in facts.things for facts in places):
            yield Finding(Severity.VIOLATION, "shape-unknown-name", f"{plain(name)} is declared nowhere, so what the shape says of it is never met. "
                          "Correct the spelling.", subject=user)


def _names(shapes: Facts) -> Iterator[tuple[str, str]]:
    """Yield (shape, IRI) for every name of our own vocabulary that shapes mention, in their triples or in their SPARQL."""
    asked = {sh("select"), sh("ask")}
    for predicate, values in shapes.forward.items():
        for subject, objects in values.items():
            if predicate[1:].startswith((BW, CODE)):
                yield plain_text(owner(shapes, subject)), predicate[1:-1]
            for value in objects:
                if predicate in asked:
                    for token in tokens(plain_text(value)):
                        for prefix, namespace in (("bw:", BW), ("code:", CODE)):
                            if token.kind == "name" and token.text.startswith(prefix):
                                yield plain_text(owner(shapes, subject)), namespace + token.text[len(prefix):]
                elif is_iri(value) and value[1:].startswith((BW, CODE)):
                    yield plain_text(owner(shapes, subject)), value[1:-1]


def _declared(target: str, kind: str, data: Facts) -> bool:
    if kind == "targetClass":
        return bool(OWL_CLASSES & set(data.values(target, TYPE))) or target in data.edges(TYPE, inverse=True)
    if kind in ("targetSubjectsOf", "targetObjectsOf"):
        return bool(data.values(target, TYPE)) or target in data.forward
    return kind != "targetNode" or target in data.things or any(target in data.edges(p, inverse=True) for p in data.forward)
