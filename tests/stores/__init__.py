"""Tests of the stores; `StoreContract` is what any store must pass."""
