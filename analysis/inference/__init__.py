"""Statistics that know nothing of evaluations: arrays in, arrays out."""
