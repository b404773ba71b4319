"""The shop's own table keeps to what export and erasure ask of a holder."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
from bookshop.shelf import Shelf

from obq_privacy.testing import HolderContract

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obq_privacy import Pseudonym
    from obq_privacy.rights import Holder, Holding


class TestShelf(HolderContract):
    """Everything that the contract asks."""

    @pytest.fixture(autouse=True)
    def opened(self) -> Iterator[None]:
        """Close what a test has opened."""
        with ExitStack() as stack:
            self.stack = stack
            yield

    def open_holder(self, directory: Path) -> Holder:
        """Open one on a file."""
        return self.stack.enter_context(closing(Shelf(directory / "shop.db")))

    def put(self, holder: Holder, subject: Pseudonym, holding: Holding) -> None:
        """Put a value there, as the shop does."""
        assert isinstance(holder, Shelf)
        holder.put(subject, holding)
