"""From tokens to pieces of text that may be shown: whole characters, and nothing that belongs to a stop string."""

from collections.abc import Callable, Sequence

UNDECODABLE = "\ufffd"

Decode = Callable[[Sequence[int]], str]


class TextStream:
    """The text of one variant as it grows.

    A piece is what a token adds for certain. Bytes of an unfinished character wait for the rest of it, and an end that
    could begin a stop string waits until it does not. The text ends before the first stop string.
    """

    def __init__(self, decode: Decode, stops: tuple[str, ...]) -> None:
        self.text = ""
        self.stopped = False
        self._decode = decode
        self._stops = stops
        self._tokens: list[int] = []
        self._start = 0  # the window that is decoded again with each token
        self._settled = 0  # tokens whose characters are all complete; the next window starts here
        self._shown = 0  # characters of the window that have been taken already
        self._held = ""

    def push(self, token: int) -> str:
        """Take the next token and return the piece that it settles, often empty."""
        self._tokens.append(token)
        window = self._decode(self._tokens[self._start :])
        complete = window.rstrip(UNDECODABLE)
        fresh = complete[self._shown :]
        self._shown = max(self._shown, len(complete))
        if window and complete == window:
            self._start, self._settled = self._settled, len(self._tokens)
            self._shown = len(self._decode(self._tokens[self._start :]))
        return self._release(self._held + fresh)

    def finish(self) -> str:
        """Return what was held back for a stop string that did not come; half a character is dropped."""
        piece, self._held = self._held, ""
        self.text += piece
        return piece

    def _release(self, waiting: str) -> str:
        found = [place for stop in self._stops if (place := waiting.find(stop)) >= 0]
        self.stopped = bool(found)
        keep = min(found) if found else len(waiting) - longest_overlap(waiting, self._stops)
        piece = waiting[:keep]
        self._held = "" if found else waiting[keep:]
        self.text += piece
        return piece


def longest_overlap(text: str, stops: tuple[str, ...]) -> int:
    """Return how many characters at the end of `text` could begin one of `stops`."""
    longest = max((len(stop) for stop in stops), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        if any(stop.startswith(text[-length:]) for stop in stops):
            return length
    return 0
