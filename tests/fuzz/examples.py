"""How long it is fuzzed, and what with: texts such as people, models and attackers write, and any JSON.

`FUZZ_EXAMPLES=20000 pytest tests/fuzz` tries so many inputs of each kind, others each time. Without it there are few,
always the same ones, so that nobody's change fails by chance.
"""

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "60"))
fuzzed = settings(
    max_examples=EXAMPLES,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

FAMILY = "👩‍👩‍👧"
GRAPHEMES = st.sampled_from(
    f"""{FAMILY} 🇷🇺 🇷🇺🇬🇧🇫🇷 👍🏽 1️⃣ ❤️‍🔥 e\u0301 и\u0306 a{chr(0x300) * 40} नमस्ते क्षि 한글 \u1112\u1161\u11ab ก็ क्‍ष
    🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f""".split()
)
UNSEEN = st.sampled_from(
    "\x00\x1b\x7f\u00ad\u200b\u200d\u2028\u202e\u2066\ufeff\ufffe\U000e0001\ud83d\r\ude00\x0b\x0c\x85\u3000\u115f\U0010ffff"
)
RIGHT_TO_LEFT = st.sampled_from(["שלום עולם", "مرحبا 123", "\u202enihton\u202c", "\u2067x\u2069", "a\u200fb"])
LINE_MARKS = st.sampled_from(
    [
        "- ",
        "* ",
        "• ",
        "1. ",
        "10) ",
        "١. ",
        "  - nested ",
        "> ",
        "# ",
        "## ",
        "---",
        "--",
        "=====",
        "```python\n",
        "\n```\n",
        "\t",
    ]
)
MARKUP = st.sampled_from(
    """** __ * _ ~~ || | ` ``` **bold** `code` [1] [12] [a](b) [x](https://a.example/?q=<">) ![i](u) <b> </b> <script>
    <a <!-- --> &amp; &#0; &lt & < > \\ \\* |a|b| |---|:-:| || |-|-| https://a.example/x?y=1&z=<2> http:// tg://user?id=1
    {{ {% ${x} %s @bot /start #tag … «да».""".split()
)
WORDS = st.sampled_from(
    ["word", "слово", "Yes.", "Нет!", "30 days", "1 000 ₽", "x" * 50, "9:00–18:00", "т. е.", "日本語。"]
)
BREAKS = st.sampled_from(["\n", "\n\n", " ", "  ", "\n \n", ". ", "", ""])
PIECES = st.one_of(WORDS, MARKUP, LINE_MARKS, GRAPHEMES, UNSEEN, RIGHT_TO_LEFT, BREAKS, st.text(max_size=12))
TEXTS = st.lists(PIECES, max_size=40).map("".join)
"""Short texts in which everything odd stands beside everything else."""
LONG_TEXTS = st.builds(
    lambda before, unit, times, after: before + unit * times + after,
    TEXTS,
    st.one_of(PIECES, st.lists(PIECES, min_size=2, max_size=4).map("".join)),
    st.sampled_from([1, 50, 400, 1300, 4096]),
    TEXTS,
).map(lambda text: text[:40_000])
"""Texts of any length up to several messages, mostly of one thing repeated."""
ANY_TEXT = TEXTS | LONG_TEXTS | st.text(max_size=100)

NUMBERS = st.one_of(
    st.integers(),
    st.sampled_from([0, -1, 1, 2**31, 2**53, -(2**53), 2**63, 2**64, 10**100]),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | NUMBERS | st.text(max_size=20) | TEXTS


def json_values(names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Any JSON value whose objects have these names."""
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
        max_leaves=20,
    )
