"""Answers to whoever sent a workbook: its copy with marks, and the rows that could not be used."""
