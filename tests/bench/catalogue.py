"""An invented catalogue of as many passages as are asked for, and waiting until all of it is searched."""

import asyncio
from pathlib import Path

from tests.e2e.product import Product

SECTIONS = 100
"""Passages of each document."""
_LONG_S = 900.0


def write_catalogue(folder: Path, passages: int) -> int:
    """Each section is one passage, of 700 letters. Returns the bytes of all documents."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for number in range(_documents(passages)):
        sections = [_section(number * SECTIONS + place) for place in range(SECTIONS)]
        text = f"# Catalogue, volume {number}\n\n" + "\n".join(sections)
        written += (folder / f"volume-{number:04}.md").write_text(text, encoding="utf-8")
    return written


def _documents(passages: int) -> int:
    return max(1, passages // SECTIONS)


def _section(number: int) -> str:
    words = " ".join(f"{word}{number % modulus}" for word, modulus in (("shelf", 97), ("box", 89), ("row", 83)))
    said = f"The article a{number} is kept at {words} and costs {number % 500} euros. It is sent within two days. "
    return f"## Article a{number}\n\n" + said * 6 + "\n"


async def until_searched(product: Product, passages: int) -> int:
    """How many passages are searched once every document is."""
    async with asyncio.timeout(_LONG_S):
        while True:
            waiting = product.count("documents", "state IN ('waiting', 'failed')")
            if not waiting and product.count("documents") >= _documents(passages):
                return int(product.rows("SELECT sum(passages) FROM documents")[0][0])
            await asyncio.sleep(0.5)
