from collections.abc import Iterator

import pytest

from tests.ingestion.web.misbehaving import Site, misbehaving_site


@pytest.fixture
def site() -> Iterator[Site]:
    with misbehaving_site() as running:
        yield running
