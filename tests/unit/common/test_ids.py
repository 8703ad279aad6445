"""Identifiers: UUIDv7 in the form of RFC 9562."""

from uuid import RFC_4122

from supportbot.common.ids import uuid7


def test_a_uuid7_has_the_version_and_variant_of_the_rfc() -> None:
    made = [uuid7() for _ in range(200)]
    assert {(value.version, value.variant) for value in made} == {(7, RFC_4122)}
    assert len(set(made)) == 200


def test_its_first_48_bits_are_the_moment_in_milliseconds() -> None:
    assert uuid7(unix_ms=0x0123_4567_89AB).int >> 80 == 0x0123_4567_89AB


def test_later_ones_sort_after_earlier_ones_as_numbers_and_as_text() -> None:
    made = [uuid7(unix_ms=1_700_000_000_000 + n) for n in range(100)]
    assert made == sorted(made)
    assert [str(value) for value in made] == sorted(str(value) for value in made)


def test_all_random_bits_are_used() -> None:
    made = [uuid7(unix_ms=0).int for _ in range(500)]
    ever_one = ever_zero = 0
    for value in made:
        ever_one |= value
        ever_zero |= ~value
    random_bits = ((1 << 12) - 1) << 64 | ((1 << 62) - 1)
    assert ever_one & ever_zero & random_bits == random_bits
