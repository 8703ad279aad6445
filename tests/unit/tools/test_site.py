"""The documentation: links lead somewhere, each page has a place in the site, and links hold there too."""

import re
from pathlib import Path

import pytest

from tools.site import OF_THE_ROOT, ROOT, pages_of, settings_tables, with_links_of_the_site, write_pages

PAGES = sorted(source for source in pages_of(ROOT) if source.endswith(".md"))
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def links(text: str) -> list[tuple[str, str]]:
    """Path and anchor of each link within the tree."""
    inside = (found[1] for found in _LINK.finditer(_without_code(text)) if "://" not in found[1])
    return [(path, anchor) for path, _, anchor in (link.partition("#") for link in inside) if ":" not in path]


def anchors(text: str) -> set[str]:
    """What headings are called in links, where the tree is shown and in the site."""
    words = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]) for heading in _HEADING.finditer(text))
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) for heading in words}


def _without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^    .*$", "", text, flags=re.MULTILINE))


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_to_a_file_and_a_heading_that_there_is(page: str) -> None:
    source = ROOT / page
    text = source.read_text(encoding="utf-8")
    for path, anchor in links(text):
        target = (source.parent / path).resolve() if path else source
        assert target.exists(), f"{page}: {path} is not there"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page}: {path}#{anchor} is no heading"


def test_every_page_has_one_place_in_the_site() -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:\n")[2]
    named = re.findall(r"- (\S+\.md)$", nav, flags=re.MULTILINE)
    names = {name for name in pages_of(ROOT).values() if name.endswith(".md") and not name.endswith(".ru.md")}
    assert len(named) == len(set(named))
    assert names - set(named) == {name for name in names if name.startswith("decisions/0")}
    assert set(named) <= names


def test_a_page_in_russian_is_a_page_in_english_too() -> None:
    names = set(pages_of(ROOT).values())
    for name in sorted(name for name in names if name.endswith(".ru.md")):
        assert name.removesuffix(".ru.md") + ".md" in names


@pytest.mark.parametrize(
    ("source", "link", "in_the_site"),
    [
        ("docs/deploying.md", "[README](../README.md)", "[README](index.md)"),
        (
            "docs/deploying.md",
            "[table](from-another-bot.md#what-is-where)",
            "[table](from-another-bot.md#what-is-where)",
        ),
        ("docs/deploying.md", "[here](#tls)", "[here](#tls)"),
        ("docs/deploying.md", "[the site](../infra/nginx)", "the site"),
        ("README.md", "[docs/decisions](docs/decisions)", "[docs/decisions](decisions/README.md)"),
        ("README.md", "![The chat](docs/images/chat.png)", "![The chat](images/chat.png)"),
        ("README.md", "[.env.example](.env.example)", "[.env.example](settings.md)"),
        ("docs/decisions/README.md", "[chat](../telegram.md)", "[chat](../telegram.md)"),
        ("README.md", "[them](https://example.com)", "[them](https://example.com)"),
    ],
)
def test_links_are_those_of_the_site(source: str, link: str, in_the_site: str) -> None:
    assert with_links_of_the_site(link, source, pages_of(ROOT)) == in_the_site


def test_pages_are_written_anew_without_the_other_languages_link(tmp_path: Path) -> None:
    (tmp_path / "gone.md").write_text("of a page that is no more")
    write_pages(ROOT, tmp_path)
    assert not (tmp_path / "gone.md").exists()
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == {
        *pages_of(ROOT).values(),
        "site.css",
    }
    assert "По-русски" not in (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "In English" not in (tmp_path / "index.ru.md").read_text(encoding="utf-8")


def test_every_setting_is_in_a_table_with_its_meaning() -> None:
    example = (ROOT / next(source for source, page in OF_THE_ROOT.items() if page == "settings.md")).read_text()
    tables = "".join(settings_tables(example))
    names = re.findall(r"^# ([A-Z][A-Z0-9_]+)=", example.partition("# ---")[2], flags=re.MULTILINE)
    assert re.findall(r"^\| `(\w+)` \|", tables, flags=re.MULTILINE) == names
    assert "| `DB_PORT` | `5432` | PostgreSQL's port |" in tables
