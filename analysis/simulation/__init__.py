"""Simulated evaluations: redraws, forecasts, scenarios, sensitivity to choices, improvement plans."""
