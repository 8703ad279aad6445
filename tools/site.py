"""The pages of the documentation site: those of docs/ and of the root, with links that hold there.

MkDocs calls `on_config` (see mkdocs.yml); `make docs` builds the site. Nothing but the standard library is needed here.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "build" / "docs-pages"
OF_THE_ROOT = {
    "README.md": "index.md",
    "README.ru.md": "index.ru.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "LICENSE": "licence.md",
    ".env.example": "settings.md",
}
"""Files of the root that are pages, and what they are called there."""
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
_OTHER_LANGUAGE = re.compile(r" ?\[(По-русски|In English)\]\([^)]*\)")
_STYLE = (
    ":root { --md-primary-fg-color: #1f5fbf; --md-primary-fg-color--dark: #17498f; --md-primary-bg-color: #fff; }\n"
)
_SETTINGS = """# Settings

Each comes from the environment, from a `.env` file, or, as `NAME_FILE`, from a file that holds it; files in
`/run/secrets` are read too. `supportbot config check` says what is wrong with yours.
"""


def on_config(config: Any) -> Any:
    """MkDocs' hook: make the pages anew, and have them built."""
    write_pages(ROOT, PAGES)
    config["docs_dir"] = str(PAGES)
    return config


def write_pages(root: Path, target: Path) -> None:
    """Write the site's sources into a folder, in place of what is there."""
    shutil.rmtree(target, ignore_errors=True)
    pages = pages_of(root)
    for source, name in pages.items():
        page = target / name
        page.parent.mkdir(parents=True, exist_ok=True)
        if page.suffix == ".md":
            page.write_text(_text(root, source, pages), encoding="utf-8")
        else:
            shutil.copyfile(root / source, page)
    (target / "site.css").write_text(_STYLE, encoding="utf-8")


def pages_of(root: Path) -> dict[str, str]:
    """What the site has: the place in the tree, and what it is called there."""
    of_docs = sorted(path.relative_to(root).as_posix() for path in (root / "docs").rglob("*") if path.is_file())
    return {**OF_THE_ROOT, **{source: source.removeprefix("docs/") for source in of_docs}}


def _text(root: Path, source: str, pages: dict[str, str]) -> str:
    text = (root / source).read_text(encoding="utf-8")
    if source == ".env.example":
        return _SETTINGS + "".join(settings_tables(text))
    if source == "LICENSE":
        return f"# Licence\n\n{text}"
    return with_links_of_the_site(_OTHER_LANGUAGE.sub("", text), source, pages)


def with_links_of_the_site(text: str, source: str, pages: dict[str, str]) -> str:
    """A page's text with links to where things are in the site; what is only in the tree is named without a link."""

    def link(found: re.Match[str]) -> str:
        image, words, to = found.groups()
        path, hash_, anchor = to.partition("#")
        if not path or ":" in path:
            return found.group()
        meant = normpath((PurePosixPath(source).parent / path).as_posix())
        page = pages.get(meant) or pages.get(f"{meant}/README.md")
        if page is None:
            return words
        return f"{image}[{words}]({relpath(page, PurePosixPath(pages[source]).parent.as_posix())}{hash_}{anchor})"

    return _LINK.sub(link, text)


@dataclass(frozen=True)
class Setting:
    """One setting of `.env.example`."""

    name: str
    default: str
    meaning: str


def settings_tables(example: str) -> Iterator[str]:
    """The settings of `.env.example`, a table for each of its parts."""
    _before, *parts = re.split(r"^# --- (.+) ---$", example, flags=re.MULTILINE)
    for part, lines in zip(parts[::2], parts[1::2], strict=True):
        yield f"\n## {part}\n\n| setting | default | meaning |\n|---|---|---|\n"
        yield from map(_row, _settings(lines))


def _settings(lines: str) -> Iterator[Setting]:
    """Each setting stands below its meaning; several may stand below one."""
    for paragraph in re.split(r"\n\s*\n", lines.strip()):
        said = [line.removeprefix("#").strip() for line in paragraph.splitlines()]
        named = [line for line in said if re.match(r"[A-Z][A-Z0-9_]+=", line)]
        meaning = " ".join(line for line in said if line not in named)
        for line in named:
            name, _, default = line.partition("=")
            yield Setting(name, default, meaning)


def _row(setting: Setting) -> str:
    meaning = setting.meaning.replace("|", "\\|")
    return f"| `{setting.name}` | {f'`{setting.default}`' if setting.default else ''} | {meaning} |\n"
