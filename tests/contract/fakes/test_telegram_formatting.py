"""parse_mode=HTML and MarkdownV2: what is understood, what is refused, and where."""

from typing import Any

import pytest

from tests.fakes.telegram.errors import ApiError
from tests.fakes.telegram.formatting import formatted_text
from tests.fakes.telegram.params import Params


def parsed(mode: str, source: str) -> tuple[str, list[tuple[Any, ...]]]:
    found = formatted_text(Params({"text": source, "parse_mode": mode}))
    extras = ("url", "language", "user", "custom_emoji_id")
    return found.text, [
        (entity["type"], entity["offset"], entity["length"], *(entity[name] for name in extras if name in entity))
        for entity in found.entities
    ]


HTML = [
    ("x &lt;b&gt; &amp; &quot;y&quot; &#39; &#x41;", ('x <b> & "y" \' A', [])),
    ("&nbsp;&copy; & &lt", ("&nbsp;&copy; & <", [])),
    ("<b>a</b><strong>b</strong>", ("ab", [("bold", 0, 1), ("bold", 1, 1)])),
    ("<i>a</i><em>b</em>", ("ab", [("italic", 0, 1), ("italic", 1, 1)])),
    ("<u>a</u><ins>b</ins>", ("ab", [("underline", 0, 1), ("underline", 1, 1)])),
    (
        "<s>a</s><strike>b</strike><del>c</del>",
        ("abc", [("strikethrough", 0, 1), ("strikethrough", 1, 1), ("strikethrough", 2, 1)]),
    ),
    (
        '<span class="tg-spoiler">a</span><tg-spoiler>b</tg-spoiler>',
        ("ab", [("spoiler", 0, 1), ("spoiler", 1, 1)]),
    ),
    ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', ("👍", [("custom_emoji", 0, 2, "5368324170671202286")])),
    ("<pre>a</pre><code>b</code>", ("ab", [("pre", 0, 1), ("code", 1, 1)])),
    ('<pre><code class="language-python">a</code></pre>', ("a", [("pre", 0, 1, "python")])),
    ('<code class="language-python">a</code>', ("a", [("code", 0, 1)])),
    (
        "<blockquote>a</blockquote><blockquote expandable>b</blockquote>",
        ("ab", [("blockquote", 0, 1), ("expandable_blockquote", 1, 1)]),
    ),
    ('<a href="https://a.example/?x=1&amp;y=2">a</a>', ("a", [("text_link", 0, 1, "https://a.example/?x=1&y=2")])),
    ('<a href="tg://user?id=7">a</a>', ("a", [("text_mention", 0, 1, 7)])),
    ('<a href="javascript:alert(1)">a</a>', ("a", [])),
    ("<b>😀<i>é</i></b>", ("😀é", [("bold", 0, 3), ("italic", 2, 1)])),
    ("<b>a<code>b</code>c</b>", ("abc", [("bold", 0, 1), ("code", 1, 1), ("bold", 2, 1)])),
    ("<B>a</B>", ("a", [("bold", 0, 1)])),
    ("<b></b>a", ("a", [])),
    ("  <b> a </b>  ", ("a", [("bold", 0, 1)])),
]
HTML_REFUSED = [
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("я<br>", 'Unsupported start tag "br" at byte offset 2'),
    ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("x<b", "Unclosed start tag at byte offset 1"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ('<a href "x">x</a>', 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
    ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
    ("x&#xD83D;", "check for unmatched surrogate code units"),
]
MARKDOWN = [
    (
        "*a* _b_ __c__ ~d~ ||e||",
        [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1), ("strikethrough", 6, 1), ("spoiler", 8, 1)],
    ),
    ("*a _b_*", [("bold", 0, 3), ("italic", 2, 1)]),
    ("`a*b`", [("code", 0, 3)]),
    ("```python\nx = 1\n```", [("pre", 0, 5, "python")]),
    ("```\nx\n```", [("pre", 0, 1)]),
    (r"[a\]](https://a.example/\))", [("text_link", 0, 2, "https://a.example/)")]),
    ("![👍](tg://emoji?id=5368324170671202286)", [("custom_emoji", 0, 2, "5368324170671202286")]),
    (">a\n>b\nc", [("blockquote", 0, 3)]),
    (">a\n>b||", [("expandable_blockquote", 0, 3)]),
    (">a||\nb", [("expandable_blockquote", 0, 1)]),
    (r"1\. 2\! 3\-4 \(5\)", []),
]
MARKDOWN_REFUSED = [
    ("a.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
    ("a-b", "Character '-' is reserved"),
    ("a!", "Character '!' is reserved"),
    ("a|b", "Character '|' is reserved"),
    ("a > b", "Character '>' is reserved"),
    ("a)", "Character ')' is reserved"),
    ("я*b", "Can't find end of Bold entity at byte offset 2"),
    ("*a _b*", "Can't find end of Bold entity at byte offset 5"),
    ("`a", "Can't find end of Code entity at byte offset 0"),
    ("[a](https://a.example", "Can't find end of a URL at byte offset 4"),
    (">*a\nb*", "Can't find end of Bold entity at byte offset 1"),
]


@pytest.mark.parametrize(("source", "expected"), HTML)
def test_html_is_understood(source: str, expected: tuple[str, list[tuple[Any, ...]]]) -> None:
    assert parsed("HTML", source) == expected


@pytest.mark.parametrize(("source", "words"), HTML_REFUSED)
def test_html_that_telegram_refuses_is_refused_with_its_place(source: str, words: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parsed("HTML", source)
    assert refusal.value.code == 400
    assert refusal.value.description.startswith("Bad Request: can't parse entities: ")
    assert words in refusal.value.description


@pytest.mark.parametrize(("source", "expected"), MARKDOWN)
def test_markdown_is_understood(source: str, expected: list[tuple[Any, ...]]) -> None:
    assert parsed("MarkdownV2", source)[1] == expected


@pytest.mark.parametrize(("source", "words"), MARKDOWN_REFUSED)
def test_markdown_that_telegram_refuses_is_refused_with_its_place(source: str, words: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parsed("MarkdownV2", source)
    assert words in refusal.value.description


def test_escapes_leave_the_bare_character() -> None:
    assert parsed("MarkdownV2", r"1\. 2\! \*3\*")[0] == "1. 2! *3*"
