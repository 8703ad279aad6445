"""Office files, books and archives, as small as their programs would accept them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_APP = "application/vnd.openxmlformats-officedocument"
Table = Sequence[Sequence[str]]
HIDDEN = ' state="hidden"'


def archive(files: Mapping[str, bytes | str]) -> bytes:
    """A ZIP archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return packed.getvalue()


def docx(*body: str, title: str = "", macros: bool = False) -> bytes:
    """A Word document of `heading`, `words`, `item` and `grid`."""
    styles = (
        "".join(
            f'<w:style w:type="paragraph" w:styleId="H{level}"><w:name w:val="heading {level}"/></w:style>'
            for level in (1, 2, 3)
        )
        + '<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>'
    )
    listed = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>'
    return archive(
        {
            "[Content_Types].xml": _types({"word/document.xml": f"{_APP}.wordprocessingml.document.main+xml"}),
            "_rels/.rels": _rels({"rId1": ("officeDocument", "word/document.xml")}),
            "word/_rels/document.xml.rels": _rels(
                {"rId1": ("styles", "styles.xml"), "rId2": ("numbering", "numbering.xml")}
            ),
            "word/document.xml": f"<w:document {_W}><w:body>{''.join(body)}</w:body></w:document>",
            "word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>",
            "word/numbering.xml": (
                f'<w:numbering {_W}><w:abstractNum w:abstractNumId="0">{listed}</w:abstractNum>'
                '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
            ),
            "docProps/core.xml": _core(title),
            **({"word/vbaProject.bin": b"\0"} if macros else {}),
        }
    )


def heading(level: int, text: str) -> str:
    """A heading of a Word document."""
    return f'<w:p><w:pPr><w:pStyle w:val="H{level}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


def words(text: str) -> str:
    """A paragraph of a Word document."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def item(text: str) -> str:
    """An item of a list of a Word document."""
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    return f"<w:p><w:pPr>{numbered}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def grid(rows: Table) -> str:
    """A table of a Word document."""
    cells = ("".join(f"<w:tc>{words(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def pptx(*slides: tuple[str, Sequence[str], str]) -> bytes:
    """A presentation: of each slide the title, the points and the notes."""
    parts: dict[str, bytes | str] = {}
    for number, (title, points, notes) in enumerate(slides, start=1):
        body = _shape("title", [title]) + _shape("body", points)
        parts[f"ppt/slides/slide{number}.xml"] = (
            f"<p:sld {_P} {_A}><p:cSld><p:spTree>{body}</p:spTree></p:cSld></p:sld>"
        )
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = _rels(
            {"rId1": ("notesSlide", f"../notesSlides/n{number}.xml")}
        )
        parts[f"ppt/notesSlides/n{number}.xml"] = f"<p:notes {_P} {_A}>{_shape('body', [notes])}</p:notes>"
    kind = f"{_APP}.presentationml"
    kinds = {name: f"{kind}.{_part(name)}+xml" for name in parts if not name.endswith(".rels")}
    listed = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    return archive(
        {
            "[Content_Types].xml": _types({"ppt/presentation.xml": f"{kind}.presentation.main+xml", **kinds}),
            "_rels/.rels": _rels({"rId1": ("officeDocument", "ppt/presentation.xml")}),
            "ppt/presentation.xml": f"<p:presentation {_P} {_R}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": _rels(
                {f"rId{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)}
            ),
            **parts,
        }
    )


def xlsx(sheets: Mapping[str, Table | str], *, hidden: Sequence[str] = (), formats: Sequence[str] = ()) -> bytes:
    """A workbook; a sheet can be the inside of its XML. `formats`: codes of the styles 1, 2 and so on."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}"{HIDDEN if name in hidden else ""} r:id="rId{n}"/>'
        for n, name in enumerate(names, start=1)
    )
    parts: dict[str, bytes | str] = {
        f"xl/worksheets/sheet{n}.xml": _sheet(sheets[name]) for n, name in enumerate(names, start=1)
    }
    kinds = dict.fromkeys(parts, f"{_APP}.spreadsheetml.worksheet+xml")
    return archive(
        {
            "[Content_Types].xml": _types({"xl/workbook.xml": f"{_APP}.spreadsheetml.sheet.main+xml", **kinds}),
            "_rels/.rels": _rels({"rId1": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": f"<workbook {_S} {_R}><sheets>{listed}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": _rels(
                {f"rId{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(names) + 1)}
                | {"styles": ("styles", "styles.xml")}
            ),
            "xl/styles.xml": _styles(formats),
            **parts,
        }
    )


def odt(body: str) -> bytes:
    """A text of OpenDocument; `body` is its XML."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    inner = f"<office:body><office:text>{body}</office:text></office:body>"
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {spaces}>{inner}</office:document-content>",
        }
    )


def epub(title: str, *chapters: str) -> bytes:
    """A book; each chapter is the inside of a page."""
    names = [f"c{n}.xhtml" for n in range(len(chapters))]
    items = "".join(f'<item id="i{n}" href="{n}" media-type="application/xhtml+xml"/>' for n in names)
    spine = "".join(f'<itemref idref="i{n}"/>' for n in names)
    dc = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    opf = (
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata {dc}><dc:title>{title}</dc:title>'
        f"</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>"
    )
    root = '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/>'
    container = (
        f'<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>{root}</rootfiles></container>'
    )
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><body>{}</body></html>'
    pages = {name: page.format(chapter) for name, chapter in zip(names, chapters, strict=True)}
    return archive({"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book.opf": opf, **pages})


def _part(name: str) -> str:
    return "notesSlide" if "/notesSlides/" in name else "slide"


def _shape(kind: str, texts: Sequence[str]) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>" for text in texts)
    field = f'<p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
    return f"<p:sp>{field}<p:spPr/><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"


def _styles(formats: Sequence[str]) -> str:
    codes = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for n, code in enumerate(formats, start=164)
    )
    styles = "".join(f'<xf numFmtId="{n}"/>' for n in [0, *range(164, 164 + len(formats))])
    return f"<styleSheet {_S}><numFmts>{codes}</numFmts><cellXfs>{styles}</cellXfs></styleSheet>"


def _sheet(rows: Table | str) -> str:
    if isinstance(rows, str):
        return f"<worksheet {_S}>{rows}</worksheet>"
    cells = (
        "".join(
            f'<c r="{chr(65 + c)}{r}" t="inlineStr"><is><t>{cell}</t></is></c>' for c, cell in enumerate(row) if cell
        )
        for r, row in enumerate(rows, start=1)
    )
    listed = "".join(f'<row r="{r}">{row}</row>' for r, row in enumerate(cells, start=1))
    return f"<worksheet {_S}><sheetData>{listed}</sheetData></worksheet>"


def _core(title: str) -> str:
    spaces = 'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    return f'<cp:coreProperties {spaces} xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></cp:coreProperties>'


def _types(parts: Mapping[str, str]) -> str:
    named = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts.items())
    usual = '<Default Extension="xml" ContentType="application/xml"/>'
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    return f'<Types xmlns="{_TYPES}">{usual}{rels}{named}</Types>'


def _rels(targets: Mapping[str, tuple[str, str]]) -> str:
    named = "".join(
        f'<Relationship Id="{name}" Type="{_KINDS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{_RELS}">{named}</Relationships>'
