"""Fifty queries that would hang, crash or fill a server that runs them in its own process. Each is written out of a short recipe."""

from __future__ import annotations

ALL = "?{0}s ?{0}p ?{0}o"


def patterns(number: int) -> str:
    """So many triple patterns that share nothing."""
    return " . ".join(ALL.format(chr(97 + n)) for n in range(number))


def nested(opening: str, closing: str, times: int, inside: str = "?s ?p ?o") -> str:
    return "SELECT * { " + opening * times + inside + closing * times + " }"


BOMBS: dict[str, str] = {
    # deep nesting: about 3,200 braces end pyoxigraph by SIGSEGV
    "braces": nested("{", "}", 5_000),
    "braces below the limit of the check": nested("{", "}", 190),
    "open braces": "SELECT * { " + "{" * 100_000,
    "optional": nested("OPTIONAL { ", "}", 4_000),
    "optional, few": nested("?a ?b ?c OPTIONAL { ", "}", 60),
    "minus": nested("?a ?b ?c MINUS { ", "}", 150),
    "union": nested("{ ?a ?b ?c } UNION { ", "}", 150),
    "parentheses": f"SELECT * {{ FILTER({'(' * 5_000}1{')' * 5_000}) }}",
    "negations": f"SELECT * {{ FILTER({'!' * 20_000}true) }}",
    "signs": f"SELECT ({'-' * 20_000}1 AS ?x) {{}}",
    "sums": f"SELECT ({'1+' * 20_000}1 AS ?x) {{}}",
    "conjunctions": f"SELECT * {{ FILTER({'true && ' * 20_000}true) }}",
    "path in parentheses": f"SELECT * {{ ?s {'(' * 3_000}<p>{')' * 3_000} ?o }}",
    "path of stars": f"SELECT * {{ ?s {'(' * 180}<p>{')*' * 180} ?o }}",
    "path of alternatives": f"SELECT * {{ ?s {'|'.join(f'!<p{n}>' for n in range(900))} ?o }}",
    "blank nodes": f"SELECT * {{ {'[ ?p ' * 5_000}1{' ]' * 5_000} }}",
    "collections": f"SELECT * {{ ?s ?p {'(' * 5_000}1{')' * 5_000} }}",
    "subqueries": nested("{ SELECT * { ", "} }", 90),
    "exists": f"SELECT * {{ ?s ?p ?o {'FILTER EXISTS { ?s ?p ?o ' * 150}{'}' * 150} }}",
    "functions": f"SELECT ({'STR(' * 4_000}1{')' * 4_000} AS ?x) {{}}",
    # many patterns: 200 take the planner more than 15 s
    "200 patterns": "SELECT * { " + " . ".join(f"?s{n} ?p{n} ?s{n + 1}" for n in range(200)) + " }",
    "700 patterns": "SELECT * { " + " . ".join(f"?s <p{n}> ?o{n}" for n in range(700)) + " }",
    "star of 300": "SELECT * { " + " . ".join(f"?s ?p{n} ?o{n}" for n in range(300)) + " }",
    "300 unions": "SELECT * { " + " UNION ".join("{ ?s ?p ?o }" for _ in range(300)) + " } ORDER BY ?o",
    "100 optionals": "SELECT (COUNT(*) AS ?n) { " + " ".join(f"OPTIONAL {{ ?s{n} ?p{n} ?o{n} }}" for n in range(100)) + " }",
    # cross products
    "cross product of 2, all rows": f"SELECT * {{ {patterns(2)} }}",
    "cross product of 3, counted": f"SELECT (COUNT(*) AS ?n) {{ {patterns(3)} }}",
    "cross product of 8, counted": f"SELECT (COUNT(*) AS ?n) {{ {patterns(8)} }}",
    "cross product, distinct": f"SELECT DISTINCT ?ao ?bo {{ {patterns(2)} }}",
    "cross product, reduced": f"SELECT REDUCED ?ao {{ {patterns(3)} FILTER(?ao = ?bo && ?bo = ?co && ?as != ?bs) }}",
    "cross product that never matches": f"ASK {{ {patterns(3)} FILTER(CONCAT(STR(?ao), STR(?bo), STR(?co)) = 'never') }}",
    "cross product in a graph": f"CONSTRUCT {{ ?as ?bp ?co }} {{ {patterns(3)} }}",
    "cross product, described": f"DESCRIBE ?as ?bs {{ {patterns(2)} }}",
    "cross product of values": "SELECT (COUNT(*) AS ?n) { " + " ".join(
        f"VALUES ?v{n} {{ {' '.join(map(str, range(60)))} }}" for n in range(6)) + " }",
    "left join without a shared variable": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c OPTIONAL { ?d ?e ?f OPTIONAL { ?g ?h ?i } } }",
    # order and aggregates, which cannot be interrupted
    "order by of a cross product": f"SELECT * {{ {patterns(2)} }} ORDER BY ?ao ?bo",
    "order by an expression": f"SELECT * {{ {patterns(2)} }} ORDER BY SHA512(CONCAT(STR(?ao), STR(?bo))) LIMIT 1",
    "group by everything": f"SELECT ?ao ?bo (COUNT(*) AS ?n) {{ {patterns(2)} }} GROUP BY ?ao ?bo",
    "group concat": f"SELECT (GROUP_CONCAT(?ao) AS ?x) {{ {patterns(2)} }}",
    "group concat of hashes": f"SELECT (GROUP_CONCAT(SHA512(STR(?ao)); SEPARATOR='') AS ?x) {{ {patterns(2)} }} GROUP BY ?bp",
    "count distinct": f"SELECT (COUNT(DISTINCT CONCAT(STR(?ao), STR(?bo))) AS ?n) {{ {patterns(2)} }}",
    "sample and sum": f"SELECT (SUM(STRLEN(STR(?ao))) AS ?n) (SAMPLE(?bo) AS ?m) {{ {patterns(3)} }}",
    # texts that grow
    "doubling text": "SELECT ?t40 { BIND('xxxxxxxxxxxxxxxx' AS ?t0) " + " ".join(f"BIND(CONCAT(?t{n}, ?t{n}) AS ?t{n + 1})" for n in range(40)) + " }",
    "replace that grows": "SELECT ?t14 { BIND('xxxxxxxx' AS ?t0) " + " ".join(
        f"BIND(REPLACE(?t{n}, 'x', 'xxxxxxxx') AS ?t{n + 1})" for n in range(14)) + " }",
    "regular expression that backtracks": f"SELECT * {{ {patterns(2)} FILTER(REGEX(STR(?ao), '^(([a-z])+.)+[A-Z]([a-z])+$')) }} ORDER BY ?bo",
    "regular expression of many states": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '(((a{1,99}){1,99}){1,99}){1,99}')) }",
    # paths
    "closure of everything": "SELECT (COUNT(*) AS ?n) { ?a (<p>|!<p>)* ?b . ?c (<p>|!<p>)* ?d }",
    "closure both ways": "SELECT (COUNT(*) AS ?n) { ?a ((!<p>)|^(!<p>))+ ?b . ?b ((!<p>)|^(!<p>))+ ?c }",
    # sheer length
    "long text": f"SELECT ('{'x' * 900_000}' AS ?x) {{}}",
    "long list": f"SELECT * {{ VALUES ?x {{ {'1 ' * 400_000} }} }} ORDER BY DESC(?x)",
}
QUICK = ("braces", "negations", "200 patterns", "cross product of 3, counted", "order by of a cross product", "group concat", "doubling text")
"""Those that every test run throws."""
