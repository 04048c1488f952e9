"""Fetches what others publish to test against: the W3C SHACL suite and the SARIF schema, by name, version and hash, from the npm registry.

    python tests/suites/fetch.py

Nothing of it is part of the project. Without npm one line says which tests will be skipped.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

HOME = Path(__file__).resolve().parent / "fetched"
PACKAGES = {
    "shacl-engine@1.1.2": "1a8a60bdbef495bdf0a7bf5213db96b9fe5efc3527f1a9af255787439fc674d0",
    "@microsoft/jest-sarif@1.0.0-beta.0": "748e2c3d1a842e7bb258416685c7ea3a0da40005b72267b2052c2856d48ad102",
}
W3C_SHACL = HOME / "shacl-engine" / "test" / "assets" / "data-shapes"
SARIF_SCHEMA = HOME / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"


def place(package: str) -> Path:
    """The folder that a package is unpacked in."""
    return HOME / package.rsplit("@", 1)[0].rsplit("/", 1)[-1]


def fetch(package: str, sha256: str) -> None:
    """Unpack one package; one whose bytes are not the known ones is refused."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["npm", "pack", "--silent", "--ignore-scripts", package], cwd=folder, capture_output=True, encoding="utf-8", check=False)
        if done.returncode:
            print(f"{package} cannot be had from npm: the tests that need it are skipped.")
            return
        archive = next(Path(folder).glob("*.tgz"))
        if hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
            raise SystemExit(f"{package} is not what it was: its hash differs from the one in {__file__}.")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        HOME.mkdir(exist_ok=True)
        shutil.move(Path(folder) / "package", place(package))


def main() -> None:
    """Fetch what is missing."""
    missing = {p: s for p, s in PACKAGES.items() if not place(p).is_dir()}
    if missing and not shutil.which("npm"):
        print("npm is missing: the tests against the W3C SHACL suite and the SARIF schema are skipped. To run them, install npm (Debian: apt install npm).")
        return
    for package, sha256 in missing.items():
        fetch(package, sha256)


if __name__ == "__main__":
    main()
