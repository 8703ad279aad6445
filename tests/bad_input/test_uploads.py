"""Documents that are not what they should be, at a running product: each ends in a refusal or a state that says why."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio

from tests.bad_input.wire import exchange, request
from tests.documents.office import docx, words
from tests.documents.pdf import Page, pdf
from tests.e2e.product import Product
from tests.e2e.test_rest_api import new_key
from tests.e2e.visitor import Visitor
from tests.e2e.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")
DOCUMENTS = "/api/v1/documents"
MEGABYTE = 1024**2
LIMIT = 10 * MEGABYTE


class Program:
    """Somebody with a key."""

    def __init__(self, product: Product, client: httpx.AsyncClient, key: str) -> None:
        self.product = product
        self.client = client
        self.key = key

    async def upload(self, name: str, content: bytes) -> httpx.Response:
        """One document as the body of a request."""
        return await self.client.post(DOCUMENTS, params={"name": name}, content=content)

    async def settled(self, name: str, content: bytes) -> dict[str, Any]:
        """An accepted document, as soon as it is known what became of it."""
        sent = await self.upload(name, content)
        assert sent.status_code in {200, 202}, sent.text
        path = f"{DOCUMENTS}/{sent.json()['id']}"
        async with asyncio.timeout(30):
            while True:
                document: dict[str, Any] = (await self.client.get(path)).json()
                if document["state"] in {"live", "failed"}:
                    return document
                await asyncio.sleep(0.05)

    async def names(self) -> set[str]:
        """What was uploaded and is still known."""
        items = (await self.client.get(DOCUMENTS, params={"limit": 200})).json()["items"]
        return {item["name"] for item in items if item["origin"] == "upload"}

    async def neighbour_is_indexed(self) -> None:
        """Somebody else's document is read meanwhile."""
        document = await self.settled("neighbour.md", b"# Parking\n\nTelescopes are parked in the blue hangar.\n")
        assert (document["state"], document["serving"]) == ("live", True)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def program(shared_product: Product) -> AsyncIterator[Program]:
    key = await new_key(shared_product, "--scope", "documents")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        base_url=shared_product.base_url, headers=headers, trust_env=False, timeout=30
    ) as client:
        yield Program(shared_product, client, key)


def archive(**files: bytes) -> bytes:
    """A zip with these files, of which each may be far larger than it looks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return packed.getvalue()


BOMB = archive(**{"word/document.xml": b" " * 50 * MEGABYTE})
SLIP = archive(**{"../../../../outside.md": b"# Out"})
PDF = b"%PDF-1.7\n1 0 obj<</Type/Pages/Kids[1 0 R]/Count 100000>>endobj\ntrailer<</Root 1 0 R/Encrypt 2 0 R>>"
PAGES = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 100000>>endobj"
    b"\ntrailer<</Root 1 0 R>>"
)
LARGER_BOMB = archive(**{"word/document.xml": b" " * 150 * MEGABYTE})
MANY = archive(**{f"{number}.md": b"# Words" for number in range(1_500)})
REFUSED: dict[str, tuple[str, bytes, int, str]] = {
    "nothing": ("a.md", b"", 422, "empty"),
    "over the limit": ("a.md", b"x" * (LIMIT + 1), 413, "too_large"),
    "an old Office file": ("a.doc", b"\xd0\xcf\x11\xe0", 415, "kind"),
    "a program": ("a.md.exe", b"MZ\x90\x00", 415, "kind"),
    "no ending": ("readme", b"# T", 415, "kind"),
    "a path": ("../../etc/cron.d/a.md", b"# T", 422, "name"),
    "a path of Windows": ("..\\..\\a.md", b"# T", 422, "name"),
    "NUL": ("a\0.md", b"# T", 422, "name"),
    "a line end": ("a\r\nX-Evil: 1.md", b"# T", 422, "name"),
    "reversed by a mark": ("a\u202edm.exe.md", b"# T", 422, "name"),
    "300 characters": ("я" * 297 + ".md", b"# T", 422, "name"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_a_document_is_refused_with_a_reason(program: Program, name: str) -> None:
    called, content, status, code = REFUSED[name]
    before = await program.names()
    refused = await program.upload(called, content)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert len(refused.json()["detail"]) > 20
    assert refused.headers.get("x-evil") is None
    assert await program.names() == before
    await program.neighbour_is_indexed()


FAILED: dict[str, tuple[str, bytes, str]] = {
    "a PDF that is called Markdown": ("pdf.md", PDF, "a PDF"),
    "a DOCX that is called a page": ("docx.html", BOMB, "a ZIP or Office file"),
    "an old Office file": ("doc.txt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "an old Office file"),
    "a picture": ("png.md", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a picture"),
    "a program": ("elf.txt", b"\x7fELF" + bytes(range(256)), "a program"),
    "noise": ("noise.md", bytes(range(256)) * 40, "not text"),
    "only blanks": ("blank.md", b" \r\n\t" * 100, "is empty"),
    "only marks": ("marks.md", b"# --- *** ---\n", "No words"),
    "10,000 quotes deep": ("deep.md", b"> " * 10_000 + b"Words at the bottom", "No words"),
    "a PDF with loops that is locked": ("a.pdf", PDF, "damaged or cut off (a PDF)"),
    "a PDF of 100,000 pages": ("pages.pdf", PAGES, "It has 100000 pages"),
    "a PDF behind a password": ("locked.pdf", pdf(Page(["Words"]), locked=True), "protected by a password"),
    "half a PDF": ("half.pdf", pdf(Page(["Words"]))[:400], "damaged or cut off (a PDF)"),
    "a DOCX that unpacks to fifty times its size": ("a.docx", BOMB, "damaged or cut off (a Word document)"),
    "a DOCX that unpacks to more than is read": ("b.docx", LARGER_BOMB, "Unpacked it would be larger"),
    "a DOCX behind a password": ("c.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "by a password"),
    "a PDF that is called DOCX": ("d.docx", pdf(Page(["Words"])), "The file is a PDF"),
    "a DOCX that is called XLSX": ("e.xlsx", docx(words("Words")), "not. Save it as that"),
    "half a DOCX": ("f.docx", docx(words("Words"))[:500], "damaged or cut off"),
    "an archive that would write elsewhere": ("slip.zip", SLIP, "Nothing in it could be read"),
    "an archive in an archive": ("nested.zip", archive(**{"a.zip": SLIP}), "Nothing in it could be read"),
    "an archive of thousands of files": ("many.zip", MANY, "1000 are read at most"),
    "lists 100,000 deep": ("deep.json", b"[" * 100_000, "no list of questions"),
    "a page of scripts": ("scripts.html", b"<script>words()</script><style>p{}</style>", "No words"),
}


@pytest.mark.parametrize("name", FAILED)
async def test_contents_unlike_their_ending_end_as_failed_with_what_to_do(program: Program, name: str) -> None:
    called, content, reason = FAILED[name]
    document = await program.settled(called, content)
    assert (document["state"], document["serving"]) == ("failed", False)
    assert reason in document["reason"]
    await program.neighbour_is_indexed()


async def test_a_damaged_new_version_leaves_the_old_one_serving(program: Program) -> None:
    await program.settled("observatory.md", b"# Keys\n\nThe key of the observatory hangs behind the moon globe.\n")
    damaged = await program.settled("observatory.md", b"%PDF-1.4 oops")
    assert (damaged["state"], damaged["serving"]) == ("failed", True)
    async with Visitor(program.product.base_url) as visitor:
        assert "moon globe" in (await visitor.ask("Where does the key of the observatory hang?")).text


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HOSTILE: dict[str, tuple[str, bytes]] = {
    "external entities": (
        "xxe.xhtml",
        (
            b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">'
            b'<!ENTITY n SYSTEM "http://127.0.0.1:9/">]><html><body><p>Words &f; &n;</p></body></html>'
        ),
    ),
    "a billion laughs": (
        "laughs.xhtml",
        f'<!DOCTYPE r [<!ENTITY l0 "haha">{LAUGHS}]><html><body><p>Words &l9;</p></body></html>'.encode(),
    ),
    "cut in the middle of a letter": ("cut.md", "# Слова\n\nЗдесь обрывается текс".encode() + "т".encode()[:1]),
    "half of UTF-16": ("half.txt", b"\xff\xfe" + "Words that end in the middle".encode("utf-16-le")[:-1]),
    "two encodings": ("mixed.txt", "Строка в одной кодировке.\n".encode("cp1251") + "Строка в другой.\n".encode() * 3),
    "a code page that is not there": ("charset.html", b"<meta charset='x-no-such'><p>Words in \xe4 page</p>"),
    "10,000 levels deep": ("deep.html", b"<div>" * 10_000 + b"Words at the bottom"),
    "a hundred thousand blanks": ("blanks.html", b" " * 99_000 + b"<p>Words behind them</p>"),
    "formulas": ("formulas.md", b"# Words\n\n| a | b |\n|---|---|\n| =cmd\\|' /C calc'!A0 | @SUM(1) |\n"),
    "formulas in a table": ("formulas.csv", b"Name,Value\n=cmd|' /C calc'!A0,@SUM(1)\n"),
    "macros": ("macros.docm", docx(words("Words"), macros=True)),
    "terminal escapes": ("escapes.txt", b"Words \x1b]0;owned\x07\x1b[2J that move the cursor. " * 20),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_contents_are_read_as_text_and_no_more(program: Program, name: str) -> None:
    called, content = HOSTILE[name]
    process = psutil.Process(program.product.pid)
    before = process.memory_info().rss
    document = await program.settled(called, content)
    assert document["state"] == "live", document["reason"]
    assert document["passages"] < 50
    assert process.memory_info().rss - before < 100 * MEGABYTE
    async with Visitor(program.product.base_url) as visitor:
        reply = await visitor.ask("What does root:x:0:0 haha say?")
        assert "root:x" not in reply.html.replace("What does root:x", "")
    await program.neighbour_is_indexed()


async def test_what_is_removed_while_it_is_indexed_is_gone_and_never_answered_from(program: Program) -> None:
    article = "# Zeppelins\n\nZeppelins moor at the crimson mast.\n\n" + "".join(
        f"## Mast {number}\n\nMast {number} is {number} metres high and painted in a colour of its own.\n\n"
        for number in range(400)
    )
    sent = (await program.upload("zeppelins.md", article.encode())).json()
    assert (await program.client.delete(f"{DOCUMENTS}/{sent['id']}")).status_code == 202
    gone = "SELECT count(*) FROM documents WHERE id = ?"
    await until(lambda: program.product.rows(gone, sent["id"])[0][0] == 0, "the document leaves")
    async with Visitor(program.product.base_url) as visitor:
        assert "crimson" not in (await visitor.ask("Where do zeppelins moor?")).text
    await program.neighbour_is_indexed()


LENGTHS: dict[str, tuple[dict[str, str], int]] = {
    "more than there is": ({"Content-Length": "5000"}, 0),
    "no number": ({"Content-Length": "lots"}, 400),
    "beyond the limit": ({"Content-Length": str(10**12)}, 413),
    "a length and chunks": ({"Content-Length": "4", "Transfer-Encoding": "chunked"}, 400),
    "chunks that are none": ({"Transfer-Encoding": "chunked"}, 400),
}


@pytest.mark.parametrize("name", LENGTHS)
async def test_a_false_length_leaves_nothing(program: Program, name: str) -> None:
    lengths, status = LENGTHS[name]
    headers = {"Host": "localhost", "Authorization": f"Bearer {program.key}", **lengths}
    sent = request("POST", f"{DOCUMENTS}?name=false-length.md", headers, b"# Words that are cut off")
    assert (await exchange(program.product.port, sent, hang_up=True)).status == status
    await program.neighbour_is_indexed()
    assert "false-length.md" not in await program.names()
    arriving = program.product.folder / "data" / "files" / "arriving"
    await until(lambda: not arriving.is_dir() or not any(Path(arriving).iterdir()), "what arrived in part is gone")
