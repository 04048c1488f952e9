"""Small random studies that can be built: blanks, question marks, several values, unknown waves, counts of zero; the same for the same seed."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

from reference.world import ACTORS, BOUNDARIES, ELEMENTS, FORMS, LEVELS, REGIMES, TABLE_3, TERMS

_COLUMNS = {
    "councils": "id,label,type,region,interviews", "sources": "id,title", "speakers": "id,label,role",
    "extracts": "id,source,section,start,end,kind,speaker,about,wave", "claims": "id,label", "codes": "id,label,maps_to",
    "codebook": "code,version,changed", "decisions": "id,extract,keeps,reason,decided_by",
    "codings": "id,extract,coder,code,boundary,work,form,purpose,performed_by,other,elements,cell,logic,regime,rating_terms,rating_of,level,stance,"
               "consequence,follows,supports,challenges,basis,confidence,codebook",
    "judgements": "id,coder,about,boundary,wave,judged_as,basis,confidence"}
_ROLES = ("chief-executive", "corporate-officer", "corporate-manager", "service-director", "service-professional", "interviewer", "?", "")
_READINGS = {"ann": ("ann",), "ben": ("ben",), "both": ("ann", "ben"), "adjudicated": ("ann", "ben")}
_OWN = ("own-boundary", "own-element", "own-other", "own-term", "own-nothing")


class _Writer:
    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.random = folder, Random(seed)
        self.councils = [f"c{n}" for n in range(self.random.choice((0, 1, 2, 3, 3)))]
        self.waves = self.random.choice(([], ["w1"], ["w1", "w2"], ["w1", "w2", "w3"]))
        self.extracts = [f"x{n:02}" for n in range(self.random.randint(3, 22))]
        self.claims = [f"c{n}" for n in range(1, self.random.choice((1, 2, 4)))]

    def some(self, values: object, most: int = 2, undecided: bool = True) -> str:
        """Several values, one, a question mark or nothing."""
        known = list(values)  # type: ignore[call-overload]
        how = self.random.random()
        if how < 0.35 or not known:
            return ""
        if how < 0.42 and undecided:
            return "?"
        return ";".join(self.random.sample(known, min(len(known), self.random.randint(1, most))))

    def one(self, values: object, undecided: bool = True) -> str:
        return self.some(values, 1, undecided)

    def write(self, name: str, rows: list[dict[str, str]]) -> None:
        if rows or name in ("extracts", "codings"):
            with open(self.folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, _COLUMNS[name].split(","), restval="")
                writer.writeheader()
                writer.writerows(rows)

    def toml(self, readings: list[str]) -> None:
        random = self.random
        lines = ["[study]", 'id = "small"', 'title = "Small study (invented)"', 'codebook-version = "2.0"', f'default-reading = "{readings[0]}"', "[field]",
                 'id = "sector"', *(["interviews = 4"] if random.random() < 0.5 else []), '[coders.ann]\nlabel = "Ann"', '[coders.ben]\nlabel = "Ben"']
        for name in readings:
            coders = ", ".join(f'"{c}"' for c in _READINGS[name])
            lines += [f"[readings.{name}]", f'label = "{name}"', f"coders = [{coders}]", *(["adjudicated = true"] if name == "adjudicated" else [])]
        for n, wave in enumerate(self.waves):
            first = random.choice((None, 1999 + 4 * n, 1999 + 4 * n, 2004, 2011))
            lines += [f"[waves.{wave}]", f'label = "Wave {n}"', *([f"start-year = {first}"] if first else []),
                      *([f"end-year = {(first or 2005) + random.choice((0, 2))}"] if random.random() < 0.5 else [])]
        (self.folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def context(self) -> None:
        random = self.random
        councils = [{"id": c, "label": c.upper(), "type": random.choice(("unitary", "county", "county", "?", "")),
                     "region": random.choice(("london", "wales", "wales", "?", "")), "interviews": random.choice(("", "0", "1", "3", "7"))}
                    for c in self.councils]
        self.write("councils", councils)
        self.write("sources", [{"id": "s1", "title": "Invented"}])
        self.write("speakers", [{"id": f"p{n}", "label": f"Speaker {n}", "role": random.choice(_ROLES)} for n in range(5)])
        self.write("claims", [{"id": c, "label": c} for c in self.claims])
        self.write("extracts", [{
            "id": x, "source": "s1", "section": random.choice(("", "findings/1")), "start": str(20 * n), "end": str(20 * n + 15),
            "kind": random.choice(("attributed", "attributed", "narrative", "")), "speaker": random.choice(("", "p0", "p1", "p2", "p3", "p4")),
            "about": random.choice((*self.councils, *self.councils, "sector", "")), "wave": random.choice((*self.waves, *self.waves, ""))}
            for n, x in enumerate(self.extracts)])
        own = [random.choice(BOUNDARIES), ";".join(random.sample(ELEMENTS, 2)), random.choice(ACTORS), random.choice(TERMS), ""]
        self.write("codes", [{"id": name, "label": name, "maps_to": to} for name, to in zip(_OWN, own, strict=True)])
        entries = random.sample([*_OWN, *ELEMENTS, *FORMS, "managerial", "gaming", "freedoms"], 8)
        self.write("codebook", [{"code": c, "version": random.choice(("1.0", "2.0")), "changed": random.choice(("", "1.0", "1.5", "2.0"))} for c in entries])
        if random.random() < 0.5:
            (self.folder / "figures").mkdir()
            typed, placed = random.choice(((True, True), (True, True), (True, False), (False, True)))  # a set has the same keys in every row
            theirs = [(c["type"], c["region"]) for c in councils if c["type"] not in ("", "?") and c["region"] not in ("", "?")]
            cells = [(t if typed else "", r if placed else "") for t, r in (("county", "wales"), ("unitary", "london"), ("district", "wales"), *theirs)]
            chosen = [cell for cell in dict.fromkeys(cells) if random.random() < 0.7]
            (self.folder / "figures" / "score.csv").write_text("type,region,council,period,value\n" + "".join(
                f"{t},{r},,2010,{random.randint(1, 40)}\n" for t, r in chosen) + f"{','.join(cells[1])},,2011,7.5\n", encoding="utf-8")
            (self.folder / "figures" / "score.toml").write_text('title = "Score"\nsource = "Invented"\nlicence = "CC0-1.0"\n' + random.choice(
                ("", 'unit = "points"\n')), encoding="utf-8")

    def codings(self) -> None:
        random = self.random
        rows: list[dict[str, str]] = []
        for x in self.extracts:
            for _ in range(random.choice((0, 1, 1, 2, 3))):
                boundary = self.one(BOUNDARIES)
                fitting = [e for e, (b, _) in TABLE_3.items() if b == boundary] or ELEMENTS
                elements = self.some(fitting if random.random() < 0.7 else ELEMENTS, 3)
                row = {"extract": x, "coder": random.choice(("ann", "ann", "ben")), "basis": random.choice(("stated", "interpreted", "interpreted")),
                       "confidence": random.choice(LEVELS), "codebook": random.choice(("", "", "1.0", "1.5", "0.9")),
                       "supports": self.some(self.claims, undecided=False) if random.random() < 0.4 else "",
                       "challenges": self.some(self.claims, undecided=False) if random.random() < 0.3 else ""}
                if random.random() < 0.9:
                    row |= {"boundary": boundary, "elements": elements, "work": self.one(("boundary", "practice")), "form": self.one(FORMS),
                            "purpose": self.one(("create", "maintain", "disrupt")), "performed_by": self.one(random.choice((ACTORS, ACTORS[11:18]))),
                            "other": self.some(random.choice((ACTORS, ACTORS[9:15]))), "stance": random.choice(("", "", "endorsed", "deplored", "?"))}
                if random.random() < 0.5:
                    row |= {"regime": self.some(REGIMES), "rating_terms": self.some(TERMS), "rating_of": self.one(("self", "other")),
                            "logic": self.some(("managerial", "hybrid")), "consequence": self.some(("freedoms", "intervention")),
                            "cell": self.one(("expertise-managerial", "expertise-hybrid")), "code": self.some((*_OWN, "vertical-relations"))}
                if rows and random.random() < 0.3:
                    row["follows"] = random.choice([r["id"] for r in rows[-3:]])
                rows.append({"id": f"k{len(rows):03}", **row})
        random.shuffle(rows)
        self.write("codings", rows)
        kept = {x: [r["id"] for r in rows if r["extract"] == x] for x in self.extracts}
        self.write("decisions", [{"id": f"d-{x}", "extract": x, "keeps": ";".join(i for i in ids if random.random() < 0.7), "reason": "agreed",
                                  "decided_by": "ann"} for x, ids in kept.items() if ids and random.random() < 0.7])
        self.write("judgements", [{
            "id": f"j{n}", "coder": random.choice(("ann", "ben")), "about": random.choice((*self.councils, "sector", "")),
            "boundary": random.choice(BOUNDARIES), "wave": random.choice((*self.waves, "")),
            "judged_as": random.choice(("bureaucratic", "managerial", "hybrid")),
            "basis": random.choice(("stated", "interpreted")), "confidence": random.choice(LEVELS)} for n in range(random.randint(0, 6))])


def write_study(folder: Path, seed: int) -> list[str]:
    """Write a study into a new folder and return the names of its two readings."""
    folder.mkdir()
    writer = _Writer(folder, seed)
    readings = writer.random.sample(sorted(_READINGS), 2)
    writer.toml(readings)
    writer.context()
    writer.codings()
    return readings
