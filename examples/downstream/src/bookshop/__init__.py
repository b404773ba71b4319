"""A small shop that keeps its customers' data with obq-privacy."""
