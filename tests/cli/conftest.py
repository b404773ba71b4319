"""A folder with an application and its database, made once and copied for each test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from cli_world import make_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("application")
    make_folder(folder)
    return folder


@pytest.fixture
def folder(_made: Path, tmp_path: Path) -> Path:
    """A folder with cli_shop.py and shop.db, for this test alone."""
    place = tmp_path / "application"
    shutil.copytree(_made, place)
    return place
