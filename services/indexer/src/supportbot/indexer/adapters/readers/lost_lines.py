"""What a page says is said once: running heads go, and a line that was taken for one and is none comes back."""

from collections.abc import Mapping, Sequence
from typing import Any

from supportbot.indexer.adapters.readers.running_heads import RunningHeads, squeezed

Node = Mapping[str, Any]


def with_lost_lines(nodes: Sequence[Node], pages: Mapping[int, str]) -> list[Node]:
    """The nodes without running heads, and before those of each page what its text has and they have not."""
    heads = RunningHeads(pages)
    said: dict[int, list[str]] = {}
    for node in nodes:
        said.setdefault(_page(node), []).append(squeezed(_text_of(node)))
    known = {page: "".join([*said.get(page, ()), *said.get(0, ())]) for page in pages}
    lost = {page: _lost(page, text, known[page], heads) for page, text in pages.items()}
    waiting = {page: lines for page, lines in lost.items() if lines}
    made: list[Node] = []
    for node in nodes:
        made += [_paragraph(page, waiting.pop(page)) for page in sorted(waiting) if page <= _page(node)]
        made.append(_emptied(node) if _is_head(node, heads) else node)
    made += [_paragraph(page, lines) for page, lines in sorted(waiting.items())]
    return _with_parents_moved(made)


def _with_parents_moved(made: Sequence[Node]) -> list[Node]:
    """Parents are named by their places, which have moved."""
    places = [place for place, node in enumerate(made) if not node.get("added")]
    return [
        node if node.get("parent") is None or node.get("added") else {**node, "parent": places[node["parent"]]}
        for node in made
    ]


def _lost(page: int, text: str, said: str, heads: RunningHeads) -> list[str]:
    lines = (line.strip() for line in text.replace("\r", "").split("\n"))
    return [line for line in lines if squeezed(line) not in said and not heads.has(line, page)]


def _is_head(node: Node, heads: RunningHeads) -> bool:
    text = str(node["content"].get("text") or "")
    return node["content"]["node_type"] == "paragraph" and "\n" not in text and heads.has(text, _page(node))


def _emptied(node: Node) -> Node:
    """Still in its place, as others are named by theirs."""
    return {**node, "content": {"node_type": "page_break"}}


def _page(node: Node) -> int:
    return int(node.get("page") or 0)


def _text_of(node: Node) -> str:
    content = node["content"]
    cells = (content.get("grid") or {}).get("cells") or ()
    return str(content.get("text") or "") + "".join(str(cell.get("content") or "") for cell in cells)


def _paragraph(page: int, lines: Sequence[str]) -> Node:
    return {"content": {"node_type": "paragraph", "text": "\n".join(lines)}, "page": page, "added": True}
