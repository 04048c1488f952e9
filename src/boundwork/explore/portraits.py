"""What to say of each kind of thing of a study, most telling first. How it is found and where its row stands is said in things."""

from __future__ import annotations

from collections import Counter

from boundwork.explore.explanation import Explanation, place, sections
from boundwork.explore.things import Look, Portrait, table_row, with_label
from boundwork.stores.local import LocalStore
from boundwork.tables.schema import TABLES
from boundwork.wording import counted

_THEORY = [c.name for c in TABLES["codings"].columns if c.on == "work" and c.name not in ("elements", "follows")]
_COUNTS = {"bureaucratic": "bureaucraticExtracts", "managerial": "managerialExtracts", "hybrid element": "hybridElementExtracts",
           "blended": "blendedExtracts", "undecided": "undecidedExtracts", "stated": "statedExtracts", "interpreted": "interpretedExtracts"}


def coding(look: Look) -> Explanation:
    """A coding: what was coded about which words, and what follows from it."""
    found, cells = Explanation(look.name, "coding"), look.cells()
    extract = cells.get("extract", "")
    _extract_facts(look, found, "$it bw:codes ?x .")
    for column in ("code", *_THEORY):
        text = cells.get(column, "")
        found.add(column, "undecided (?)" if text == "?" else text.replace(";", "; "))
    for prop, word in (("bw:invokesElement", "element"), ("bw:deploresElement", "deplored element")):
        elements = look.rows(f"""SELECT ?e (GROUP_CONCAT(DISTINCT STRAFTER(STR(?d), "/code/"); separator=" and ") AS ?logics) {{
            $it bw:claimsWork/{prop} ?e OPTIONAL {{ ?e bw:distinctiveOf ?d }} }} GROUP BY ?e ORDER BY ?e""")
        for element, logics in elements:
            says = f"distinctive of the {logics} logic" if logics else "distinctive of no single logic"
            found.add(word, f"{element} ({says if word == 'element' else 'named to deplore it: evidence of no logic'})")
    if cells.get("elements") == "?":
        found.add("element", "undecided (?)")
    logics = look.one("bw:claimsWork/bw:drawsOn")
    found.add("logic drawn on", logics or ("none: no element is distinctive of one" if "elements" in cells else "none: no element is coded"))
    found.add("logic of the cell", look.one("bw:claimsWork/bw:assignsLogic"))
    found.add("counts as", "; ".join(look.column("""SELECT DISTINCT ?l { $it bw:claimsWork ?w . ?w a ?c . ?c rdfs:label ?l
        FILTER(?c != bw:InstitutionalWork && STRSTARTS(STR(?c), STR(bw:))) } ORDER BY ?l""")))
    case = look.one("bw:claimsWork/bw:inCase")
    found.add("case", "; ".join(f"{c}: {status}" for c, status in look.rows(f"SELECT ?c ?s {{ $it bw:claimsWork/bw:inCase ?c . {_tally('?c')} }}")))
    for column in ("follows", "supports", "challenges", "coder", "basis", "confidence"):
        found.add(column, cells.get(column, "").replace(";", "; "))
    found.add("codebook", look.named("bw:underCodebook"))
    kept = [f"{d}, {reason}" for d, reason in look.rows("SELECT ?d ?r { ?d bw:keepsCoding $it OPTIONAL { ?d bw:decisionReason ?r } } ORDER BY ?d")]
    contested = any(r.adjudicated and cells.get("coder") in r.coders for r in look.session.study.readings.values())
    decided = look.column("SELECT ?d { $it bw:codes ?x . ?d bw:decidesOn ?x } ORDER BY ?d") if contested else []
    found.add("decision", "; ".join(f"kept by {d}" for d in kept) or "; ".join(f"not kept by {d}" for d in decided))
    found.add("next", look.command("explain", extract))
    found.add("next", _resolving(look, extract, look.one("bw:codes/oa:hasSource")))
    found.add("next", look.command("ask", "evidence-chain", "--param", f"case={case}", *_reading(look)) if case else "")
    return found


def extract(look: Look) -> Explanation:
    """An extract: where the words stand, who speaks about whom, and every coder's codings of it."""
    found, cells = Explanation(look.name, "extract"), look.cells()
    _extract_facts(look, found, "BIND($it AS ?x)")
    for column in ("quote", "sha256"):
        found.add(column, cells.get(column, ""))
    for store in _by_coder(look):
        for row in look.rows("""SELECT ?k ?who ?b ?open ?f
            (GROUP_CONCAT(DISTINCT STRAFTER(STR(?e), "/code/"); separator=", ") AS ?es)
            (GROUP_CONCAT(DISTINCT STRAFTER(STR(?l), "/code/"); separator=" and ") AS ?ls) ?basis ?conf {
            ?k bw:codes $it ; prov:wasAttributedTo ?who ; bw:basis ?basis ; bw:confidence ?conf
            BIND(EXISTS { ?k bw:undecided "boundary" } AS ?open)
            OPTIONAL { ?k bw:claimsWork ?w OPTIONAL { ?w bw:onBoundary ?b } OPTIONAL { ?w bw:hasForm ?f } OPTIONAL { ?w bw:invokesElement ?e }
              OPTIONAL { ?w bw:drawsOn ?l } } } GROUP BY ?k ?who ?b ?open ?f ?basis ?conf ORDER BY ?who ?k""", store):
            name, who, boundary, undecided, form, elements, logics, basis, confidence = row
            where = boundary or ("boundary undecided (?)" if undecided == "true" else "no boundary coded")
            made = ", ".join(x for x in (where, form, elements, f"draws on the {logics} logic" if logics else "") if x)
            if not any(value.startswith(f"{name} ") for key, value in found.facts if key == "coding"):
                found.add("coding", f"{name} by {who}: {made} ({basis}, {confidence})")
    if not any(key == "coding" for key, _ in found.facts):
        found.add("coding", "none")
    found.add_each("decision", [f"{d}: {reason}, keeps {kept or 'none'}" for d, reason, kept in look.rows(
        """SELECT ?d ?r (GROUP_CONCAT(REPLACE(STR(?k), "^.*/", ""); separator=", ") AS ?ks) { ?d bw:decidesOn $it ; bw:decisionReason ?r
           OPTIONAL { ?d bw:keepsCoding ?k } } GROUP BY ?d ?r ORDER BY ?d""")])
    found.add("next", _resolving(look, look.name, look.one("oa:hasSource")))
    return found


def case(look: Look) -> Explanation:
    """A case: what each floor of confidence makes of it, on what it rests, and its neighbours."""
    found = Explanation(look.one("rdfs:label") or look.name, "case")
    found.add("id", look.name)
    found.add("about", look.named("bw:focalActor"))
    found.add("type", look.one("bw:focalActor/bw:councilType"))
    found.add("region", look.one("bw:focalActor/bw:region"))
    found.add("boundary", look.one("bw:caseBoundary"))
    found.add("wave", look.named("bw:atWave"))
    numbers = " ".join(f"OPTIONAL {{ ?t bw:{prop} ?{prop} }}" for prop in _COUNTS.values())
    for floor, word in (("low", "all codings"), ("medium", "medium or high confidence"), ("high", "high confidence only")):
        for status, extracts, codings, *counts in look.rows(f"""SELECT ?s ?n ?k {' '.join('?' + p for p in _COUNTS.values())} {{ {_tally('$it', floor)}
            ?t bw:extracts ?n ; bw:codings ?k {numbers} }}"""):
            parts = [f"{name} {n}" for name, n in zip(_COUNTS, counts, strict=True) if n not in ("", "0")]
            found.add(f"status, {word}", f"{status}; {counted(int(extracts), 'extract')}, {counted(int(codings), 'coding')}"
                      + (f" (extracts: {', '.join(parts)})" if parts else ""))
    found.add("under reading", look.reading.id)
    for reading, status, extracts in look.rows("""SELECT ?r ?s ?n { ?o bw:outcomeOf $it ; bw:underReading ?r ; bw:outcomeStatus ?s ; bw:outcomeExtracts ?n }
        ORDER BY ?r"""):
        if reading != look.reading.id:
            found.add(f"status in {reading}", f"{status}; {counted(int(extracts), 'extract')}")
    found.add_each("coding", _codings(look, "bw:claimsWork/bw:inCase $it"))
    found.add_each("judgement", [f"{j}: {logic}, by {who} ({basis}, {confidence})" for j, logic, who, basis, confidence in look.rows(
        "SELECT ?j ?l ?w ?b ?c { ?j bw:judges $it ; bw:judgedAs ?l ; prov:wasAttributedTo ?w ; bw:basis ?b ; bw:confidence ?c } ORDER BY ?j")])
    same = "same council" if look.rows("SELECT ?a { $it bw:focalActor ?a . ?a a bw:Council }") else "same field"
    found.add_each(same, [f"{c}: {status}" for c, status in look.rows(
        f"SELECT ?c ?s {{ $it bw:focalActor ?a . ?c bw:focalActor ?a FILTER(?c != $it) {_tally('?c')} }} ORDER BY ?c")])
    found.add("next", look.command("ask", "evidence-chain", "--param", f"case={look.name}", *_reading(look)))
    found.add("next", look.command("ask", "reading-differences", "--param", f"boundary={look.one('bw:caseBoundary')}"))
    found.add("next", look.command("explain", look.one("bw:focalActor")))
    return found


def council(look: Look) -> Explanation:
    """A council, or the field as a whole: what the tables say of it, its cases and its extracts."""
    found, cells = Explanation(look.one("rdfs:label") or look.name, look.kind), look.cells()
    found.add("id", look.name)
    found.add("description", look.one("dcterms:description"))
    for column in ("name", "type", "region", "interviews", "identifiers"):
        found.add(column, cells.get(column, ""))
    found.add("interviews", look.one("bw:interviewsReported") if not cells else "")
    found.add_each("case", [f"{c}: {status}" + (f"; {counted(int(n), 'extract')}" if n != "0" else "") for c, status, n in look.rows(
        f"SELECT ?c ?s ?n {{ ?c bw:focalActor $it . {_tally('?c')} ?t bw:extracts ?n }} ORDER BY ?c")])
    found.add("under reading", look.reading.id)
    found.add_each("extract", [f"{x}" + (f": {gist}" if gist else "") for x, gist in look.rows(
        "SELECT ?x ?g { ?x bw:aboutActor $it OPTIONAL { ?x bw:gist ?g } } ORDER BY ?x")])
    found.add_each("speaker", [with_label(*row) for row in look.rows(
        "SELECT ?x ?l { ?x bw:speaksFor $it OPTIONAL { ?x bw:speakerLabel ?l } } ORDER BY ?x")])
    cases = look.column(f"SELECT ?c {{ ?c bw:focalActor $it . {_tally('?c')} ?t bw:extracts ?n }} ORDER BY DESC(?n) ?c LIMIT 1")
    found.add("next", look.command("explain", cases[0]) if cases else "")
    return found


def speaker(look: Look) -> Explanation:
    """A speaker label: the role, for whom it speaks, and what was taken from it."""
    found, cells = Explanation(cells_label(look), "speaker"), look.cells()
    found.add("id", look.name)
    found.add("role", cells.get("role", ""))
    found.add("speaks for", look.named("bw:speaksFor"))
    found.add_each("extract", [f"{x}" + (f": {gist}" if gist else "") for x, gist in look.rows(
        "SELECT ?x ?g { ?x bw:spokenBy $it OPTIONAL { ?x bw:gist ?g } } ORDER BY ?x")])
    found.add("remember", "a label is not a person: one person may stand behind two labels, and two behind one")
    return found


def coder(look: Look) -> Explanation:
    """A coder: who it is, in which readings the rows count, and how much was coded."""
    found = Explanation(look.one("rdfs:label") or look.name, "coder")
    found.add("id", look.name)
    found.add("description", look.one("dcterms:description"))
    readings = [r for r in look.session.study.readings.values() if look.name in r.coders]
    found.add("readings", "; ".join(with_label(r.id, r.label) + (", what decisions keep" if r.adjudicated else "") for r in readings)
              or "none: no reading counts this coder's codings")
    whole = next((r for r in readings if not r.adjudicated), None)
    if whole is not None:
        store = look.store if whole.id == look.reading.id else LocalStore.open(look.session.built.store(whole.id))
        for number, extracts in look.rows("SELECT (COUNT(?k) AS ?n) (COUNT(DISTINCT ?x) AS ?m) { ?k prov:wasAttributedTo $it ; bw:codes ?x }", store):
            found.add("codings", f"{counted(int(number), 'coding')} of {counted(int(extracts), 'extract')}")
        for column, path in (("boundary", "bw:claimsWork/bw:onBoundary"), ("confidence", "bw:confidence"), ("basis", "bw:basis")):
            found.add(f"by {column}", "; ".join(f"{value} {n}" for value, n in look.rows(
                f"SELECT ?v (COUNT(?k) AS ?n) {{ ?k prov:wasAttributedTo $it ; bw:codes ?x ; {path} ?v }} GROUP BY ?v ORDER BY DESC(?n) ?v", store)))
        found.add("next", look.command("ask", "hybrid-council-types", "--reading", whole.id))
    return found


def reading(look: Look) -> Explanation:
    """A reading: whose codings count together, and what comes out."""
    it = look.session.study.readings[look.name]
    found = Explanation(it.label, "reading")
    found.add("id", it.id)
    found.add("description", it.description)
    found.add("coders", "; ".join(it.coders) + (" (only the codings that decisions.csv keeps)" if it.adjudicated else ""))
    found.add("default", "yes" if it.id == look.session.study.default_reading else "no; choose it with --reading")
    tally = Counter({status: int(n) for status, n in look.rows(
        "SELECT ?s (COUNT(?o) AS ?n) { ?o bw:underReading $it ; bw:outcomeStatus ?s } GROUP BY ?s ORDER BY DESC(?n) ?s")})
    found.add("cases by status", "; ".join(f"{status} {n}" for status, n in tally.most_common()))
    found.add("next", look.command("ask", "hybrid-council-types", "--reading", it.id))
    found.add("next", look.command("ask", "reading-differences", "--reading", it.id))
    return found


def source(look: Look) -> Explanation:
    """A source: what text it is, and which extracts lie in it."""
    found, cells = Explanation(look.one("dcterms:title") or look.name, "source"), look.cells()
    found.add("id", look.name)
    for column in ("kind", "characters", "sha256", "file", "citation", "licence"):
        found.add(column, cells.get(column, ""))
    found.add_each("extract", [f"{x} [{start}..{end}]" + (f": {gist}" if gist else "") for x, start, end, gist in look.rows(
        """SELECT ?x ?a ?z ?g { ?x oa:hasSource $it OPTIONAL { ?x oa:hasSelector ?s . ?s oa:start ?a ; oa:end ?z } OPTIONAL { ?x bw:gist ?g } }
           ORDER BY ?a ?x""")])
    found.add("next", look.command("resolve", "--source", look.name, *([] if cells.get("file") else ["--text", "FILE"])))
    return found


def claim(look: Look) -> Explanation:
    """A claim: what the authors say, and which codings speak for and against it."""
    found, cells = Explanation(cells_label(look), "claim"), look.cells()
    found.add("id", look.name)
    found.add("statement", cells.get("statement", ""))
    found.add("section", cells.get("section", ""))
    for word, prop in (("supported by", "bw:supports"), ("challenged by", "bw:challenges")):
        lines = _codings(look, f"{prop} $it")
        found.add_each(word, lines)
        if not lines:
            found.add(word, f"no coding of {look.reading.id}")
    return found


def judgement(look: Look) -> Explanation:
    """A judgement: a coder's own verdict on a case, beside what the counts make of it."""
    found, cells = Explanation(look.name, "judgement"), look.cells()
    found.add("case", "; ".join(f"{c}: {status} by the counts" for c, status in look.rows(f"SELECT ?c ?s {{ $it bw:judges ?c . {_tally('?c')} }}")))
    found.add("judged as", cells.get("judged_as", ""))
    found.add("rests on", cells.get("rests_on", "").replace(";", "; "))
    for column in ("coder", "basis", "confidence"):
        found.add(column, cells.get(column, ""))
    return found


def decision(look: Look) -> Explanation:
    """A decision: which codings of an extract stand, and why."""
    found, cells = Explanation(look.name, "decision"), look.cells()
    for column in ("extract", "keeps", "reason"):
        found.add(column, cells.get(column, "").replace(";", "; "))
    found.add("decided by", cells.get("decided_by", ""))
    found.add("next", look.command("explain", cells.get("extract", "")))
    return found


def wave(look: Look) -> Explanation:
    """A wave: when it was, and what was said in it."""
    found = Explanation(look.one("rdfs:label") or look.name, "wave")
    found.add("id", look.name)
    found.add("years", "-".join(dict.fromkeys(y for y in (look.one("bw:startYear"), look.one("bw:endYear")) if y)))
    for prop, word in (("bw:Extract", "extract"), ("bw:BoundaryCase", "case")):
        for (number,) in look.rows(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x bw:atWave $it ; a {prop} }}"):
            found.add(f"{word}s", number)
    found.add("next", look.command("ask", "change-between-waves"))
    return found


def codebook(look: Look) -> Explanation:
    """A version of the codebook: what it brought and what was coded under it."""
    found = Explanation(look.name, "codebook version")
    for prop, word in (("bw:introducedIn", "brought in"), ("bw:changedIn", "changed")):
        found.add(word, "; ".join(look.column(f"SELECT ?c {{ ?e {prop} $it ; bw:entryFor ?c }} ORDER BY ?c")))
    for (number,) in look.rows("SELECT (COUNT(?k) AS ?n) { ?k bw:underCodebook $it }"):
        found.add("codings under it", f"{number} in reading {look.reading.id}")
    found.add("next", look.command("ask", "old-codebook-codings"))
    return found


def code(look: Look) -> Explanation:
    """A code of the project's own: its codebook page, what it stands for, and who used it where."""
    found, cells = Explanation(cells_label(look), "code of this study"), look.cells()
    found.add("id", look.name)
    found.add("description", cells.get("description", ""))
    found.add("broader", cells.get("broader", ""))
    found.add("narrower", "; ".join(look.column("SELECT ?c { ?c skos:broader $it } ORDER BY ?c")))
    found.add("stands for", cells.get("maps_to", "").replace(";", "; "))
    for since, changed, successor, owner in look.rows("""SELECT ?v ?c ?r ?o { ?e bw:entryFor $it
        OPTIONAL { ?e bw:introducedIn ?v } OPTIONAL { ?e bw:changedIn ?c } OPTIONAL { ?e dcterms:isReplacedBy ?r } OPTIONAL { ?e dcterms:creator ?o } }"""):
        found.add("since codebook", since)
        found.add("changed in codebook", changed)
        found.add("replaced by", successor)
        found.add("owner", owner)
    page = look.session.folder / "codebook" / f"{look.name}.md"
    if page.is_file():
        found.add("codebook page", place(page))
        for heading, text in sections(page):
            found.add(heading, text)
    else:
        found.add("codebook page", f"none; it would stand in {place(page)}")
    used = [line for store in _by_coder(look) for line in _codings(look, "bw:appliesCode $it", store)]
    found.add_each("used by coding", list(dict.fromkeys(used)))
    if not used:
        found.add("used by coding", "none")
    return found


def cells_label(look: Look) -> str:
    """Return the label of a row, else its id."""
    cells = look.cells()
    return cells.get("label") or cells.get("title") or look.one("rdfs:label") or look.name


def _tally(case_: str, floor: str = "low") -> str:
    return f"?t a bw:CaseTally ; bw:byCase {case_} ; bw:floor code:{floor} ; bw:caseStatus ?s ."


def _reading(look: Look) -> list[str]:
    return [] if look.reading.id == look.session.study.default_reading else ["--reading", look.reading.id]


def _resolving(look: Look, extract_: str, source_: str) -> str:
    """The command that shows the words; whoever has a text that does not ship with the study names it."""
    _, cells = table_row(look.session, "source", source_)
    return look.command("resolve", "--extract", extract_, *([] if cells.get("file") else ["--text", "FILE"]))


def _extract_facts(look: Look, found: Explanation, pattern: str) -> None:
    """Say where the words of an extract (`?x` of the pattern) stand, who says them about whom, and what they say."""
    for name, source, section, start, end, about, label, who, role, wave, gist in look.rows(f"""SELECT ?x ?src ?sec ?a ?z ?about ?al ?who ?role ?wave ?gist {{
        {pattern}
        ?x oa:hasSource ?src OPTIONAL {{ ?x bw:section ?sec }} OPTIONAL {{ ?x oa:hasSelector ?sel . ?sel oa:start ?a ; oa:end ?z }}
        OPTIONAL {{ ?x bw:aboutActor ?about OPTIONAL {{ ?about rdfs:label ?al }} }} OPTIONAL {{ ?x bw:spokenBy ?sp . ?sp bw:speakerLabel ?who
        OPTIONAL {{ ?sp bw:hasRole ?role }} }} OPTIONAL {{ ?x bw:atWave ?wave }} OPTIONAL {{ ?x bw:gist ?gist }} }} LIMIT 1"""):
        where = f"{section + ' ' if section else ''}[{start}..{end}] in {source}"
        found.add("extract" if look.kind == "coding" else "place", f"{name}, {where}" if look.kind == "coding" else where)
        found.add("about", with_label(about, label))
        found.add("speaker", with_label(who, role))
        found.add("wave", wave)
        found.add("gist", gist)


def _codings(look: Look, pattern: str, store: LocalStore | None = None) -> list[str]:
    """Return a line for each coding that a pattern finds: extract, coder, what it draws on."""
    lines = []
    for name, extract_, who, form, elements, logics, confidence in look.rows(f"""SELECT ?k ?x ?who ?f
        (GROUP_CONCAT(DISTINCT STRAFTER(STR(?e), "/code/"); separator=", ") AS ?es)
        (GROUP_CONCAT(DISTINCT STRAFTER(STR(?l), "/code/"); separator=" and ") AS ?ls) ?conf {{
        ?k {pattern} ; bw:codes ?x ; prov:wasAttributedTo ?who ; bw:confidence ?conf
        OPTIONAL {{ ?k bw:claimsWork ?w OPTIONAL {{ ?w bw:hasForm ?f }} OPTIONAL {{ ?w bw:invokesElement ?e }} OPTIONAL {{ ?w bw:drawsOn ?l }} }} }}
        GROUP BY ?k ?x ?who ?f ?conf ORDER BY ?x ?k""", store):
        parts = [form, elements, f"draws on the {logics} logic" if logics else "no logic"]
        lines.append(f"{name} of {extract_} by {who}: {', '.join(p for p in parts if p)} ({confidence})")
    return lines


def _by_coder(look: Look) -> list[LocalStore]:
    """Return the stores that together hold every coder's rows."""
    stores, covered = [look.store], set() if look.reading.adjudicated else set(look.reading.coders)
    for other in look.session.study.readings.values():
        if not other.adjudicated and set(other.coders) - covered:
            stores.append(LocalStore.open(look.session.built.store(other.id)))
            covered |= set(other.coders)
    return stores


PORTRAITS: dict[str, Portrait] = {
    "coding": coding, "extract": extract, "case": case, "council": council, "field": council, "speaker": speaker, "coder": coder, "reading": reading,
    "source": source, "claim": claim, "judgement": judgement, "decision": decision, "wave": wave, "codebook": codebook, "code": code}
"""Kind of thing -> what says it."""
