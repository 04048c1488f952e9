"""An invented study with something in every kind of column."""

from __future__ import annotations

from pathlib import Path

from boundwork.tables.studyfile import Study, read_study

TOML = """
[study]
id = "all"
title = "All columns"
description = "Of everything one."
licence = "https://creativecommons.org/licenses/by/4.0/"
citation = "Nobody (2026)"
version = "2.0.0"
codebook-version = "1.1.0"
default-reading = "both"
[field]
id = "sector"
label = "The sector"
description = "All of them."
interviews = 0
[coders.ann]
label = "Ann"
description = "Coded first."
[coders.ben]
[readings.ann]
label = "Ann alone"
coders = ["ann"]
[readings.both]
description = "Pooled."
coders = ["ann", "ben"]
[readings.agreed]
coders = ["ann"]
adjudicated = true
[waves.w1]
label = "First"
start-year = 2019
end-year = 2020
[waves.w2]
[publish]
quotes = true
notes = true
"""
TABLES = {
    "councils": "id,label,type,interviews,note\nc1,One,district,2,old\nc2,Two,?,,\n",
    "speakers": "id,label,role,speaks_for\nd1,Director,corporate-director,c1\nd2,Other,,sector\n",
    "sources": "id,title,kind,characters\ns1,Text,transcript,90\n",
    "claims": "id,label,statement\nm1,Claim,It is so.\n",
    "codes": "id,label,broader,description,maps_to\nown,Own,,,\nnew one,New,own,Of late.,endorsed\n",
    "codebook": "code,version,changed,replaced_by,owner\nexpertise,1.0.0,,,ann\nown,0.9.0,1.1.0,new one,\nnew one,,,expertise,\n",
    "decisions": "id,extract,keeps,reason,decided_by\nd1,x1,k1;k3,agreed,both\nd2,x2,,agreed,both\n",
    "extracts": ("id,source,start,end,kind,speaker,about,wave,gist,quote\nx1,s1,0,9,attributed,d1,c1,w1,One.,Said.\nx2,s1,9,20,narrative,,,,Two.,\n"
                 "x3,s1,20,30,,,c1,w1,,\n"),
    "codings": ("id,extract,coder,code,boundary,work,form,elements,stance,follows,supports,basis,confidence,codebook,note\n"
                "k1,x1,ann,,expertise,boundary,blurring,local-expertise-first,endorsed,,m1,stated,high,,why\n"
                "k2,x2,ann,own,?,practice,?,generic-expertise-first,deplored,k1,,interpreted,low,1.0.0,\n"
                "k3,x3,ben,own,,,,,,,,stated,high,,\n"
                "k4,x3,ben,,competitiveness,,,,,,,stated,high,,\n"
                "k5,x2,ben,new one,,,,,,,,stated,medium,,\n"
                "k6,x2,ben,,expertise,?,,,?,,,stated,medium,,\n"),
    "judgements": ("id,coder,about,boundary,wave,judged_as,rests_on,basis,confidence\nj1,ann,c1,expertise,w1,hybrid,x1;x3,stated,high\n"
                   "j2,ben,,competitiveness,,managerial,,stated,low\n"),
}
BASE = "https://w3id.org/boundwork/study/all"
HEAD = f"""
@base <{BASE}/> .
@prefix bw: <https://w3id.org/boundwork/ontology#> .
@prefix code: <https://w3id.org/boundwork/code/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
"""Prefixes of Turtle about it, with its things as relative IRIs."""


def write_tables(folder: Path, toml: str = TOML, tables: dict[str, str] = TABLES) -> Study:
    """Write a study with these tables and return it."""
    folder.mkdir(exist_ok=True)
    (folder / "study.toml").write_text(toml, encoding="utf-8")
    for name, text in tables.items():
        path = folder / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_study(folder)
