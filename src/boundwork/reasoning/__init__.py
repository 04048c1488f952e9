"""The OWL reasoner: statements in, conclusions, parts and contradictions out; HermiT, as owlready2 brings it, runs on Java."""

from boundwork.reasoning.clash import Clash, explain
from boundwork.reasoning.conclusions import Conclusions, conclude, reason
from boundwork.reasoning.engines import Engine, engines
from boundwork.reasoning.hermit import LEAST_MEMORY, MEMORY, Limits, java
from boundwork.reasoning.parts import Split, split
from boundwork.reasoning.statements import Statements, sort_out

__all__ = ["LEAST_MEMORY", "MEMORY", "Clash", "Conclusions", "Engine", "Limits", "Split", "Statements", "conclude", "engines", "explain", "java", "reason",
           "sort_out", "split"]
