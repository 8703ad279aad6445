"""Fuzz our readers by their coverage: `make fuzz`, or `python -m tools.fuzz NAME SECONDS` for one of them.

The inputs are made by the tests of tests/fuzz; what libFuzzer learns is kept in build/fuzz/NAME, and an input that
breaks something is written to build/fuzz/NAME-crash-… Give it in place of the seconds to see it break again.
"""

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Final

FOLDER: Final = Path("build/fuzz")
SECONDS: Final = 600
TARGETS: Final = {
    "update": "tests.fuzz.test_updates:test_any_bytes",
    "telegram": "tests.fuzz.test_telegram_text:test_telegram_takes_every_message",
    "pieces": "tests.fuzz.test_telegram_text:test_what_a_person_typed_arrives_word_for_word",
    "document": "tests.fuzz.test_documents:test_any_bytes",
    "text": "tests.fuzz.test_documents:test_all_of_a_plain_text_is_in_its_passages",
    "question": "tests.fuzz.test_questions:test_any_question_can_be_understood",
    "words": "tests.fuzz.test_questions:test_any_text_becomes_words_stems_and_grams",
    "passage": "tests.fuzz.test_questions:test_any_passage_is_cut_into_sentences_and_read",
    "event": "tests.fuzz.test_messages_of_the_bus:test_any_bytes",
    "form": "tests.fuzz.test_requests:test_any_form",
    "upload": "tests.fuzz.test_requests:test_any_upload",
}


def main(arguments: list[str]) -> int:
    """Fuzz one target, or each in a process of its own, as a crash ends the process."""
    if not arguments or arguments[0].isdecimal():
        seconds = int(arguments[0]) if arguments else SECONDS
        runs = {name: subprocess.run([sys.executable, "-m", "tools.fuzz", name, str(seconds)], check=False).returncode
                for name in TARGETS}  # fmt: skip
        print("\n".join(f"{name:10} {'nothing broke' if code == 0 else 'BROKE'}" for name, code in runs.items()))
        return int(any(runs.values()))
    name, *rest = arguments
    if name not in TARGETS:
        print(f"Unknown: {name}. These are known: {', '.join(TARGETS)}", file=sys.stderr)
        return 2
    return fuzz(name, rest[0] if rest else str(SECONDS))


def fuzz(name: str, seconds_or_input: str) -> int:
    """Run one target for so long, or with one input; it ends the process."""
    try:
        import atheris  # installed by hand: there are no wheels for all systems
    except ImportError:
        print("atheris is missing. Install it with: .venv/bin/python -m pip install atheris", file=sys.stderr)
        return 2
    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    given = [f"-max_total_time={seconds_or_input}", str(corpus)] if seconds_or_input.isdecimal() else [seconds_or_input]
    with atheris.instrument_imports(include=["supportbot"]):
        one = target(TARGETS[name])
    atheris.Setup(["fuzz", f"-artifact_prefix={FOLDER}/{name}-", "-timeout=60", "-print_final_stats=1", *given], one)
    atheris.Fuzz()
    return 0


def target(named: str) -> Callable[[bytes], object]:
    """What takes bytes and makes an input of a test of them."""
    module, _, function = named.partition(":")
    found: Callable[[bytes], object] = getattr(import_module(module), function).hypothesis.fuzz_one_input
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
