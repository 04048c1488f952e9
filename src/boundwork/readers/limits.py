"""What a stranger's file may cost before a reader gives up on it: sizes and counts, in one place. Nothing here reads a file."""

from __future__ import annotations

MEGABYTE = 1 << 20

MOST_ENTRIES = 50_000
"""Entries in an archive."""
MOST_XML = 256 * MEGABYTE
"""Bytes of one XML part, unpacked. A project of 100,000 codings takes about 60 MB."""
MOST_ELEMENTS = 1_500_000
"""Elements in one XML part. A project of 100,000 codings has about 300,000."""
MOST_TOKEN = 32 * MEGABYTE
"""Bytes of one tag or comment in XML: expat reads an unfinished one again from its start at every megabyte."""
MOST_DEPTH = 200
"""Elements inside each other, and codes inside each other."""
MOST_TEXT = 32 * MEGABYTE
"""Bytes of one source's text; the Bible has 4 MB."""
MOST_TEXTS = 100 * MEGABYTE
"""Bytes of all texts of a project together."""
MOST_DATABASE = 256 * MEGABYTE
"""Bytes of a database that is unpacked in memory, from a zipped project."""
MOST_THINGS = 400_000
"""Selections, codings or other things of one kind in a project."""
MOST_ROWS = 400_000
"""Rows of one table or sheet."""
MOST_COLUMNS = 2_000
"""Columns of one sheet."""
MOST_CELL = 1_000_000
"""Characters of one cell of a sheet. Excel stops at 32,767."""
MOST_CELLS = 100 * MEGABYTE
"""Characters of all cells of a file together."""
MOST_FILE = 256 * MEGABYTE
"""Bytes of a text file (CSV, report)."""
MOST_STEPS = 500_000_000
"""Steps of SQLite's virtual machine for one query: seconds of work, whatever the machine."""
