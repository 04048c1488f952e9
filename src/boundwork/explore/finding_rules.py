"""What each check looks for that is no shape: those made while tables are read, and those made on shapes. The checks themselves stand there."""

from __future__ import annotations

FINDING_RULES: dict[str, tuple[str, str]] = {
    "table-missing": ("A study needs extracts.csv and codings.csv.", "Make the table with its header; boundwork init shows one."),
    "table-empty": ("A table has at least a first line that names its columns.", "Put the header in the first line, or remove the file."),
    "table-no-rows": (
        "extracts.csv and codings.csv hold at least one row.",
        "Enter a row below the header. Where both have none, nothing is coded yet, and that is a warning."),
    "table-encoding": ("A table is text in UTF-8.", "In the spreadsheet, save the table as 'CSV UTF-8'. An .xlsx or .ods file is no CSV under any name."),
    "table-separator": (
        "Cells are separated by commas.",
        "Save the table as comma-separated CSV; some spreadsheets write semicolons where the decimal sign is a comma."),
    "table-quote": (
        "A double quote opens or closes a whole cell, and one inside a cell is written twice.",
        "Look at the row that is named, and at the one before."),
    "table-line-too-long": ("No line is longer than four million bytes.", "The file is not the table that it should be: save it again as CSV."),
    "table-row-too-long": ("A row has as many cells as the header.", "Put a cell that holds a comma in double quotes."),
    "table-row-too-short": ("A row has as many cells as the header.", "Add the missing commas at the end, or look for a cell that was lost."),
    "table-missing-column": ("Required columns stand in the first line.", "Add the column; boundwork explain TABLE lists all."),
    "table-unknown-column": ("A column has one of the known names; others are left aside.", "Correct the name; boundwork explain TABLE lists all."),
    "table-column-twice": ("A column stands once.", "Remove or rename one of the two."),
    "table-empty-cell": ("A required column is filled in every row.", "Fill the cell."),
    "table-id-twice": ("An id names one row.", "Give one of the two rows another id."),
    "table-control-character": ("A cell holds text that can be seen.", "Remove the invisible character, which often comes from copying out of a PDF."),
    "table-not-a-number": ("A column of numbers holds whole numbers.", "Correct the cell; no thousands separators, no units."),
    "table-not-a-hash": ("A SHA-256 is 64 digits and letters a to f.", "Copy it from: boundwork resolve --find."),
    "table-unknown-code": (
        "A cell takes the codes of its column.",
        "Use the code that is meant; boundwork explain TABLE.COLUMN lists all, and ? says that you could not decide."),
    "table-unknown-ref": ("An id that a cell points to is the id of a row in the other table.", "Correct the id, or add the row."),
    "table-unknown-actor": (
        "Extracts are about a council of councils.csv, or about the field of study.toml.",
        "Correct the id, or leave the cell blank for the field."),
    "table-unknown-coder": ("Coders are named in study.toml.", "Correct the name, or add [coders.NAME] to study.toml."),
    "table-unknown-wave": ("Waves are named in study.toml.", "Correct the name, or add [waves.NAME] to study.toml."),
    "table-unknown-version": ("A version of the codebook is a short name, such as 1.0.0.", "Correct the cell."),
    "table-unknown-word": ("The column takes a few words and no others.", "Use one of them; boundwork explain TABLE.COLUMN lists all."),
    "table-codes-disagree": (
        "The own codes of a row map to one value in a column that takes one.",
        "Put the value that holds into the column itself, or give one of the codes a row of its own."),
    "table-more": ("A table with very many findings shows the first of them.", "Mend these first, then validate again."),
    "codebook-rule-contradicts": ("The rules of a code in codebook.csv can be kept together.", "Correct one of the columns that the finding names."),
    "coder-drifts": (
        "A coder does not break the same rule in three rows or more, one after the other.",
        "Look at the rows together: has the rule, the codebook page or the coder changed?"),
    "coders-contradict": (
        "Two coders of an extract share an answer on boundary, cell, purpose and stance, or somebody has decided between them.",
        "Decide in decisions.csv, or let each reading keep its own; coders are never pooled. Asked with --together."),
    "overlap-clashes": (
        "Where a coder's extracts share characters, the answers on boundary, cell, purpose and stance share one, too.",
        "Cut the extracts so that they do not overlap, or correct one of the rows. Asked with --together."),
    "council-over-quoted": (
        "A council has less than twice the quotes that its share of the interviews gives, or less than two more.",
        "Say so where its cases carry an answer, or quote others too. Asked with --together."),
    "type-without-boundary": (
        "Each type of council has an extract on each boundary that the study uses.",
        "Look for passages, or say that there are none. Asked with --together."),
    "together-not-asked": (
        "Rows are compared with one another (--together) when every row can be read as it stands.",
        "Mend the violations of rules that begin with table-, then validate again."),
    "exception-unknown-rule": ("An exception names a rule that there is.", "Copy the name of the rule from the report of boundwork validate."),
    "exception-unused": ("An exception accepts a finding that is there.", "Delete the row of exceptions.csv, or correct its table, id and column."),
    "links-unreadable": (
        "A file of links is SSSOM, and an anonymised study has none.", "Make it again with boundwork link, or mend the line that is named."),
    "figures-unreadable": (
        "A table of figures has its TOML beside it and holds a number or a category in each row.",
        "Make it again with boundwork join, or mend the line that is named."),
    "figures-unknown-type": ("Figures are about council types that there are.", "Correct the cell; boundwork join reads other tables' names."),
    "figures-unknown-region": ("Figures are about regions that there are.", "Correct the cell; boundwork join reads other tables' names."),
    "figures-unknown-council": ("Figures are about councils of councils.csv.", "Correct the id, or add the council."),
    "figures-unknown-category": ("Categories of figures are codes of the ontology.", "Join the table again with --categories."),
    "counts-unreadable": (
        "A table of counts has the columns type, region and councils.", "Mend the line that is named in reference/councils-by-type-and-region.csv."),
    "shapes-not-asked": (
        "The shapes are asked once every table can be read to its end.", "Mend the violation in the table that is named, then validate again."),
    "shape-unknown-term": ("A shape uses terms of SHACL.", "Correct the spelling; a misspelt term checks nothing and says nothing."),
    "shape-unknown-name": ("Names of boundwork's vocabulary that a shape uses are declared or occur in the data.", "Correct the spelling."),
    "shape-unknown-target": ("What a shape is aimed at is declared or occurs in the data.", "Correct the name behind sh:targetClass or its relatives."),
    "shape-without-constraint": ("A shape with a target checks something.", "Add a constraint, such as sh:minCount."),
    "shape-severity-unheard": ("The severity stands on the shape.", "Move sh:severity out of sh:sparql."),
    "class-without-shape": (
        "Each class of the data has a member that some shape is asked of.", "Write a shape for the class, or leave it if nothing is to be checked there."),
    "shape-meets-nothing": ("A shape meets at least one node of the data.", "Check its target; if the data has none of it, the shape is of no use here."),
}
"""Rule of a finding -> what holds where it is not broken, and how to mend it."""
