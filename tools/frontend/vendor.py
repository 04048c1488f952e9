"""Fetches what package-lock.json pins and puts the editor with all its licences where the wheel takes them from: src/boundwork/web/static/vendor.

Run by `make frontend` (and so by `make wheel`); needs npm and a network. Without it the explorer falls back to a plain field.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "src" / "boundwork" / "web" / "static" / "vendor"
FILES = ("yasgui.min.js", "yasgui.min.css")


def licences(modules: Path) -> str:
    """Return name, version, licence and licence text of every package; the bundle holds code of some of them."""
    parts = []
    for manifest in sorted([*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")]):
        about = json.loads(manifest.read_text(encoding="utf-8"))
        texts = [p for p in sorted(manifest.parent.iterdir()) if p.is_file() and p.name.lower().startswith(("licen", "copying", "notice"))]
        body = "\n\n".join(p.read_text(encoding="utf-8", errors="replace").strip() for p in texts) or "(the package ships no text of its licence)"
        parts.append(f"{about['name']} {about.get('version', '')}\nLicence: {about.get('license', 'not said')}\n{about.get('homepage', '')}\n\n{body}\n")
    return f"\n{'-' * 79}\n\n".join(["The explorer's SPARQL editor (yasgui.min.js, yasgui.min.css) holds code of these packages.\n", *parts])


def main() -> int:
    """Fetch, copy, and say what was done."""
    npm = shutil.which("npm")
    if npm is None:
        print("npm is missing, so the SPARQL page keeps its plain field. Install Node.js (Debian: apt install npm) to have the editor.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
        modules = Path(folder) / "node_modules"
        TARGET.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            text = (modules / "@zazuko" / "yasgui" / "build" / name).read_text(encoding="utf-8")
            kept = "\n".join(line for line in text.splitlines() if "sourceMappingURL=" not in line or len(line) > 1000)
            (TARGET / name).write_text(kept + "\n", encoding="utf-8", newline="\n")
        (TARGET / "LICENCES.txt").write_text(licences(modules), encoding="utf-8", newline="\n")
    print(f"{', '.join(FILES)} and LICENCES.txt are in {TARGET}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
