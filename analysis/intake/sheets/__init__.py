"""Grids to tables: where a table stands in a sheet, what kind it is, what its rows and cells are."""
