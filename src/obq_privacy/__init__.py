"""Purpose-bound data handling."""
