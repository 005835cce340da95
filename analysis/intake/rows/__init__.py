"""Tables to columns: rows resolved against the units, sites and rules of a round."""
