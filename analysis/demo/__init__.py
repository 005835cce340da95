"""Synthetic rounds of an invented prefecture, with the truth that was planted in them."""

from analysis.demo.write import write_demo

__all__ = ["write_demo"]
