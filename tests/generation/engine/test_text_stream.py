"""Pieces are whole characters and never part of a stop string."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.engine.text_stream import UNDECODABLE, TextStream, longest_overlap
from tests.generation.engine.tiny import LINES, train_tokenizer

TOKENIZER = train_tokenizer()


def decode_tiny(tokens: Sequence[int]) -> str:
    """Decode with the tiny byte-level tokenizer."""
    return str(TOKENIZER.decode(list(tokens), skip_special_tokens=True))


def decode_bytes(tokens: Sequence[int]) -> str:
    """Decode as if every token were one byte."""
    return bytes(tokens).decode(errors="replace")


def decode_byte_fallback(tokens: Sequence[int]) -> str:
    """Decode as sentencepiece's byte fallback does: an invalid run is one replacement character a byte."""
    try:
        return bytes(tokens).decode()
    except UnicodeDecodeError:
        return UNDECODABLE * len(tokens)


@pytest.mark.parametrize("text", LINES)
def test_chinese_comes_in_whole_characters(text: str) -> None:
    tokens = TOKENIZER.encode(text).ids
    stream = TextStream(decode_tiny, ())
    pieces = [stream.push(token) for token in tokens]
    assert "".join(pieces) == text
    assert not any(UNDECODABLE in piece for piece in pieces)
    assert stream.finish() == ""


@settings(max_examples=40)
@given(st.text(min_size=1, max_size=30).filter(lambda text: UNDECODABLE not in text))
def test_any_text_a_byte_at_a_time(text: str) -> None:
    for decode in (decode_bytes, decode_byte_fallback):
        stream = TextStream(decode, ())
        pieces = [stream.push(byte) for byte in text.encode()]
        assert [piece for piece in pieces if piece] == list(text)


def test_half_a_character_at_the_end_is_dropped() -> None:
    stream = TextStream(decode_bytes, ())
    assert "".join(stream.push(byte) for byte in "咖啡".encode()[:-1]) == "咖"
    assert stream.finish() == ""
    assert stream.text == "咖"


@given(
    st.lists(st.sampled_from(["a", "b", "c", "咖", "ab", "\n"]), max_size=40).map("".join),
    st.lists(st.text(alphabet="abc咖\n", min_size=1, max_size=5), max_size=3).map(tuple),
)
def test_the_text_ends_before_the_first_stop_string(text: str, stops: tuple[str, ...]) -> None:
    stream = TextStream(decode_bytes, stops)
    shown = ""
    for byte in text.encode():
        shown += stream.push(byte)
        if stream.stopped:
            break
    if not stream.stopped:
        shown += stream.finish()
    found = [text.index(stop) for stop in stops if stop in text]
    # The stop string that is complete first decides; another one may begin earlier and end later.
    if found:
        assert stream.stopped
        assert not any(stop in shown for stop in stops)
        assert text.startswith(shown)
    else:
        assert shown == text
    assert shown == stream.text


def test_what_could_begin_a_stop_string_waits() -> None:
    stream = TextStream(decode_bytes, ("###",))
    assert [stream.push(byte) for byte in b"a##b#"] == ["a", "", "", "##b", ""]
    assert not stream.stopped
    assert stream.finish() == "#"


@pytest.mark.parametrize(
    ("text", "stops", "length"),
    [("abc", (), 0), ("abc", ("cd",), 1), ("abc", ("bcd", "c!"), 2), ("abc", ("abc",), 0), ("", ("x",), 0)],
)
def test_longest_overlap(text: str, stops: tuple[str, ...], length: int) -> None:
    assert longest_overlap(text, stops) == length
