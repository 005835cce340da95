"""Files to grids of cells: what they are, what is safe to open, what the cells mean as they are shown."""
