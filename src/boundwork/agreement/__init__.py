"""Figures of agreement between coders, as pure functions: labels and ranges in, coefficients, intervals and disagreements out."""

from boundwork.agreement.figures import Figure, Interval, Material, figures
from boundwork.agreement.moves import Move, disagreements

__all__ = ["Figure", "Interval", "Material", "Move", "disagreements", "figures"]
