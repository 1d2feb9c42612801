"""The text of a reading, and where in it the passages stand that are quoted."""

import re
from dataclasses import dataclass

from ingestion.readers.text import storable_text

# A passage's lines stand near each other; what is further away is another row's.
_NEAR = 4_000
# Each search that finds nothing reads the rest of the page: not more often than this.
_MAX_MISSES = 100
_SPACE = re.compile(r"[\s\u200b\u200e\u200f\ufeff\u00ad]+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of the text: ``text[start:end] == quote``."""

    quote: str
    start: int
    end: int


class PageText:
    """What a person sees of a page, and lines for what only its source says.

    Rows are looked for in the order of the page, each from where the last one ended,
    so that the same date in two rows is found in its own.
    """

    def __init__(self, visible: str = "") -> None:
        """Begin with the visible text, a block a line."""
        self._visible = visible
        self._cursor = 0
        self._misses = 0
        self._added: list[str] = []
        self._length = len(visible)

    @property
    def text(self) -> str:
        """Return the whole text: the visible lines, then the added ones."""
        return "\n".join([*([self._visible] if self._visible else []), *self._added])

    def passage(self, *pieces: str) -> Passage:
        """Return the passage from the first to the last of these pieces.

        Pieces that the visible text does not show are added to it as a line.
        """
        wanted = [clean for piece in pieces if (clean := one_line(piece))]
        if not wanted:
            return Passage("", 0, 0)
        found = self._find(wanted, self._cursor) or (
            self._find(wanted, 0) if self._cursor else None
        )
        if found is None:
            self._misses += 1
            return self.added(" | ".join(wanted))
        self._cursor = found.end
        return found

    def restart(self) -> None:
        """Look for the next passage from the beginning."""
        self._cursor = 0

    def added(self, line: str) -> Passage:
        """Add a line that the page does not show, and return it as a passage."""
        line = storable_text(one_line(line))
        start = self._length + 1 if self._length else 0
        self._added.append(line)
        self._length = start + len(line)
        return Passage(line, start, self._length)

    def _find(self, wanted: list[str], start: int) -> Passage | None:
        if self._misses > _MAX_MISSES:
            return None
        first = self._visible.find(wanted[0], start)
        while first >= 0:
            end = first + len(wanted[0])
            for piece in wanted[1:]:
                at = self._visible.find(piece, end, end + _NEAR + len(piece))
                if at < 0:
                    break
                end = at + len(piece)
            else:
                return Passage(self._visible[first:end], first, end)
            self._misses += 1
            if self._misses > _MAX_MISSES:
                return None
            first = self._visible.find(wanted[0], first + 1)
        return None


def one_line(text: str) -> str:
    """Return the text with single blanks, as a line of the visible text has them."""
    return _SPACE.sub(" ", text).strip()
