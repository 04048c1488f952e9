"""The tables that tools export, told by their headers in several languages: MAXQDA, ATLAS.ti, Dedoose, QualCoder, Taguette, and one's own.

A header that is not here is no obstacle: `columns` of `readers.read` says which column is what.
"""

from __future__ import annotations

from boundwork.readers.coded_table import Layout

MAXQDA = Layout(
    "maxqda", "MAXQDA",
    {
        "source": ("document name", "dokumentname", "nombre del documento", "nombre de documento", "nom du document", "nome del documento",
                   "nome do documento", "documentnaam", "document", "dokument", "documento"),
        "group": ("document group", "dokumentgruppe", "grupo de documentos", "groupe de documents", "gruppo di documenti", "documentgroep"),
        "code": ("code", "código", "codice", "codes"),
        "quote": ("segment", "coded segment", "coded segments", "codiertes segment", "segmento", "segmento codificado", "segment codé"),
        "from": ("begin", "beginning", "anfang", "inicio", "comienzo", "début", "inizio", "início"),
        "to": ("end", "ende", "fin", "final", "fine", "fim", "einde"),
        "coder": ("author", "created by", "erstellt von", "bearbeitet von", "autor", "creado por", "auteur", "créé par", "autore", "modified by"),
        "date": ("date", "creation date", "created", "erstellt am", "erstellt", "datum", "bearbeitet am", "fecha", "creado", "date de création", "data",
                 "modified"),
        "memo": ("comment", "kommentar", "comentario", "commentaire", "commento", "comentário", "opmerking"),
        "weight": ("weight score", "weight", "gewicht", "peso", "ponderación", "poids", "score de poids"),
    },
    ("source", "code", "quote", "from", "to"), path=("\\", " > "),
    ignored=("color", "colour", "farbe", "couleur", "colore", "cor", "kleur", "area", "fläche", "área", "surface", "coverage %", "abdeckungsgrad %"))

ATLAS = Layout(
    "atlas", "ATLAS.ti",
    {
        "id": ("id", "quotation id", "zitat-id", "nummer"),
        "source": ("document", "document name", "dokument", "documento"),
        "quote": ("quotation content", "text content", "zitatinhalt", "contenido de la cita", "conteúdo da citação", "contenu de la citation"),
        "name": ("quotation name", "zitatname", "nombre de la cita", "nome da citação"),
        "code": ("codes", "kodes", "códigos", "codici"),
        "memo": ("comment", "kommentar", "comentario", "comentário", "commentaire"),
        "coder": ("created by", "erstellt von", "creado por", "criado por", "créé par"),
        "date": ("created", "erstellt", "creado", "criado", "créé", "creation date"),
        "place": ("reference", "referenz", "referencia", "referência", "référence", "location"),
    },
    ("source", "quote"), several=("\n", ";"), id_is_selection=True, ignored=("density", "dichte"))

DEDOOSE = Layout(
    "dedoose", "Dedoose",
    {
        "source": ("media title",), "range": ("excerpt range",), "coder": ("excerpt creator",), "date": ("excerpt date",),
        "quote": ("excerpt copy",), "code": ("codes applied combined",), "memo": ("memos", "excerpt memo"), "id": ("excerpt id",),
    },
    ("source", "quote"), several=(",",), path=("\\",), id_is_selection=True)

QUALCODER = Layout(
    "qualcoder-table", "QualCoder",
    {
        "source": ("file", "filename"), "case": ("case", "casename"), "coder": ("coder", "owner"), "quote": ("coded", "coded text"), "id": ("id",),
        "code": ("codename",), "coding memo": ("coded memo",), "category": ("category",),
    },
    ("coder", "quote", "code"))

TAGUETTE = Layout(
    "taguette-table", "Taguette",
    {"id": ("id",), "source": ("document",), "code": ("tag", "tags"), "quote": ("content",)},
    ("source", "code", "quote"), several=(",",), id_is_selection=True)

OWN = Layout(
    "table", "",
    {
        "source": ("source", "document", "document name", "file", "filename", "file name", "interview", "transcript", "doc", "media title", "dokument",
                   "quelle", "documento", "fuente", "fichier"),
        "code": ("code", "codes", "codename", "code name", "theme", "label", "tag", "node", "kode", "código", "codes applied"),
        "coder": ("coder", "coded by", "user", "author", "annotator", "researcher", "rater", "owner", "created by"),
        "quote": ("quote", "quotation", "extract", "excerpt", "segment", "text", "content", "coded", "coded text", "passage", "zitat", "cita"),
        "start": ("start", "start offset", "begin", "from", "startposition", "pos0"),
        "end": ("end", "end offset", "to", "stop", "endposition", "pos1"),
        "range": ("range", "excerpt range", "characters"),
        "place": ("place", "location", "reference", "paragraph", "page", "line", "lines"),
        "date": ("date", "created", "coded on", "time", "datetime"),
        "memo": ("memo", "comment", "comments", "note", "notes"),
        "weight": ("weight", "score", "intensity"),
        "id": ("id", "coding id", "number", "nr"),
        "case": ("case", "participant", "respondent", "case name"),
        "speaker": ("speaker",),
        "group": ("group", "document group", "folder"),
        "category": ("category", "parent", "parent code"),
    },
    ("source", "code"), several=(";",), path=(" > ",))

LAYOUTS = (MAXQDA, ATLAS, DEDOOSE, QUALCODER, TAGUETTE, OWN)
"""The layouts in the order in which a header is tried on them: the most telling first, one's own last."""
BY_FORMAT = {layout.format: layout for layout in LAYOUTS}
