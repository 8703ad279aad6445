"""Started products for the tests here; they are made as those of the whole-product scenarios are."""

from tests.e2e.conftest import indexed_data, shared_product

__all__ = ["indexed_data", "shared_product"]
