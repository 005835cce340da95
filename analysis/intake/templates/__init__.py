"""Workbooks to fill in, made from a framework."""
