"""study.toml of an imported study: written once, afterwards only added to, so that what somebody wrote there stays."""

from __future__ import annotations

import json
from collections.abc import Mapping

_OVERRIDES = {
    "extract-can-be-read": "Imported: the words of every extract lie in texts/, and boundwork resolve shows them. Remove this once gists are written.",
    "extract-has-kind": "Imported: a project does not say whether somebody is quoted. Remove this once column kind of extracts.csv is filled.",
    "work-says-its-kind": "Imported: a code says nothing of the kind of work. Remove this once column work of codings.csv is filled.",
    "boundary-work-has-other": "Imported: another code of the passage may name the Other.",
    "study-has-licence": "Imported: a study that stays with its researcher needs no licence. Remove this before it is published.",
    "council-has-type": "Imported: the project does not say it of every council. Remove this once column type of councils.csv is filled.",
    "council-has-region": "Imported: the project does not say it of every council. Remove this once column region of councils.csv is filled.",
    "speaker-has-role": "Imported: the project does not say it of every speaker. Remove this once column role of speakers.csv is filled.",
    "applied-code-has-entry": "Imported: the codes stand in codes.csv. Remove this once the codebook has entries for them.",
}
"""Rules that ask for what no QDA project holds; a study of one's own may bring them back."""


def quoted(text: str) -> str:
    r"""Return a text as TOML writes it.

    >>> print(quoted('say "no"'))
    "say \"no\""
    """
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def new_toml(ident: str, coders: Mapping[str, str], waves: Mapping[str, str], default: str) -> str:
    """Return study.toml for a new study of these coders (id -> label), one reading for each, and one of all side by side where there are several."""
    lines = [
        "# Made by boundwork import. Edit it as you like: another import adds coders and waves and changes nothing else.",
        "[study]", f"id = {quoted(ident)}", f"title = {quoted(ident)}", 'description = "Imported from a QDA project."',
        "anonymised = false", 'version = "0.1.0"', 'codebook-version = "1.0.0"', f"default-reading = {quoted(default)}", "",
        "[field]", 'id = "field"', 'label = "The field as a whole"', "",
        "# Quotes and notes stay out of the graph unless you switch them on.", "[publish]", "quotes = false", "notes = false", "",
    ]
    for rule, reason in _OVERRIDES.items():
        lines += ["[[override]]", f"rule = {quoted(rule)}", f"reason = {quoted(reason)}", 'by = "boundwork import"', ""]
    text = "\n".join(lines)
    if len(coders) > 1:
        name = "side-by-side" if "side-by-side" not in coders else "all-coders-side-by-side"
        text += "\n".join([f"[readings.{name}]", 'label = "All coders side by side"',
                           'description = "Shows what pooling does: a case may come out as no coder saw it."', f"coders = {json.dumps(list(coders))}", "", ""])
    return text + _added(coders, waves, readings=True)


def extended(text: str, coders: Mapping[str, str], waves: Mapping[str, str], known_coders: Mapping[str, object], known_waves: Mapping[str, object],
             readings: bool) -> str:
    """Return study.toml with the coders and waves that it lacks at its end; with `readings`, each coder gets one."""
    added = _added({k: v for k, v in coders.items() if k not in known_coders}, {k: v for k, v in waves.items() if k not in known_waves}, readings)
    return text + ("" if text.endswith("\n") else "\n") + "\n" + added if added else text


def _key(name: str) -> str:
    return quoted(name) if "." in name else name


def _added(coders: Mapping[str, str], waves: Mapping[str, str], readings: bool) -> str:
    lines: list[str] = []
    for ident, label in coders.items():
        lines += [f"[coders.{_key(ident)}]", f"label = {quoted(label)}", ""]
        if readings:
            lines += [f"[readings.{_key(ident)}]", f"label = {quoted(label)}", f"coders = [{quoted(ident)}]", ""]
    for ident, label in waves.items():
        lines += [f"[waves.{_key(ident)}]", f"label = {quoted(label)}", ""]
    return "\n".join(lines)
