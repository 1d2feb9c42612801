"""Labels to kinds and tracks, by rules that are rows of one file.

The file is the dbt seed ``label_rules``; whoever calls hands its text over. A label is
compared as its words, in lower case with a blank before, between and after them, so
that a pattern means the same here and in Postgres: `` demos? `` is a whole word.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

_NO_WORD = re.compile(r"[\W_]+")
_MAX_REMEMBERED = 20_000
_LOOKAHEAD = re.compile(r"\(\?!(?:[^()]|\([^()]*\))*\)")
_OPTIONAL_GROUP = re.compile(r"\([^()]*\)[?*]|\([^()]*\)\{0,\d+\}")
_ESCAPE = re.compile(r"\\.|\[[^\]]*\]")
_OPTIONAL_LETTER = re.compile(r"\w[?*]")
_STEM = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class LabelRule:
    """One row: labels that match ``pattern`` are of this kind, or of this track."""

    key: str
    decides: str
    priority: int
    pattern: re.Pattern[str]
    value: str


class VocabularyError(ValueError):
    """The file of rules cannot be used as it stands."""


class _Rules:
    """Rules in their order, of which only those that can match a label are tried.

    Every alternative of a pattern has some literal letters, so a rule can match only
    labels that hold one of them; which rules a word lets in is remembered by word.
    """

    def __init__(self, rules: Sequence[LabelRule]) -> None:
        self._rules = tuple(rules)
        self._stems = [_stems(rule.pattern.pattern) for rule in rules]
        self._by_word: dict[str, int] = {}
        self._found: dict[str, LabelRule | None] = {}

    def first(self, words: str) -> LabelRule | None:
        """Return the first rule that the words of a label match."""
        try:
            return self._found[words]
        except KeyError:
            pass
        if len(self._found) >= _MAX_REMEMBERED:
            self._found.clear()
        found = self._found[words] = self._search(words)
        return found

    def _search(self, words: str) -> LabelRule | None:
        possible = 0
        for word in words.split():
            possible |= self._admitted(word)
        for position, rule in enumerate(self._rules):
            if possible >> position & 1 and rule.pattern.search(words):
                return rule
        return None

    def _admitted(self, word: str) -> int:
        """Return the rules that a word can let in, as bits."""
        admitted = self._by_word.get(word)
        if admitted is None:
            admitted = sum(
                1 << position
                for position, stems in enumerate(self._stems)
                if not stems or any(stem in word for stem in stems)
            )
            if len(self._by_word) >= _MAX_REMEMBERED:
                self._by_word.clear()
            self._by_word[word] = admitted
        return admitted


class Vocabulary:
    """All rules, those of lower priority numbers first."""

    def __init__(self, rules: Iterable[LabelRule]) -> None:
        """Sort the rules; keys break ties."""
        ordered = sorted(rules, key=lambda rule: (rule.priority, rule.key))
        self._kinds = _Rules([rule for rule in ordered if rule.decides == "kind"])
        self._tracks = _Rules([rule for rule in ordered if rule.decides == "track"])
        remarks = [rule for rule in ordered if rule.decides == "remark"]
        self._remarks = {
            value: _Rules([rule for rule in remarks if rule.value == value])
            for value in {rule.value for rule in remarks}
        }
        self._by_key = {rule.key: rule for rule in ordered}

    def kind(self, label: str) -> LabelRule | None:
        """Return the first rule that says what kind of deadline a label names."""
        return self._kinds.first(words_of(label))

    def track(self, label: str) -> LabelRule | None:
        """Return the first rule that says which track a label names."""
        return self._tracks.first(words_of(label))

    def remark(self, text: str, value: str) -> LabelRule | None:
        """Return the first rule by which a text is such a remark, if any."""
        rules = self._remarks.get(value)
        return rules.first(words_of(text)) if rules else None

    def rule(self, key: str) -> LabelRule | None:
        """Return the rule with this key, if the file has it."""
        return self._by_key.get(key)


@lru_cache(maxsize=_MAX_REMEMBERED)
def words_of(label: str) -> str:
    """Return the label's words in lower case, with blanks around each."""
    return f" {_NO_WORD.sub(' ', label.lower()).strip()} "


def parse_vocabulary(text: str) -> Vocabulary:
    """Read the rules from CSV with the columns of the seed ``label_rules``.

    Raises:
        VocabularyError: a column is missing, or a row has a wrong value.
    """
    rules = []
    for line, row in enumerate(csv.DictReader(text.splitlines()), start=2):
        try:
            rule = LabelRule(
                key=row["rule_key"],
                decides=row["decides"],
                priority=int(row["priority"]),
                pattern=re.compile(row["label_pattern"]),
                value=row["value"],
            )
        except (KeyError, ValueError, TypeError, re.error) as error:
            raise VocabularyError(f"line {line} of the rules: {error!r}") from error
        if rule.decides not in {"kind", "track", "remark"}:
            raise VocabularyError(f"line {line} decides no kind, track or remark")
        rules.append(rule)
    return Vocabulary(rules)


def _stems(pattern: str) -> tuple[str, ...]:
    """Return letters of which every label that a pattern matches holds some.

    An alternative whose letters are all optional would be missed; ``parse_vocabulary``
    has none (a test tries every rule with and without this index).
    """
    bare = _LOOKAHEAD.sub(" ", pattern)
    bare = _OPTIONAL_GROUP.sub(" ", bare)
    bare = _ESCAPE.sub(" ", bare)
    return tuple(
        {stem for stem in _STEM.findall(_OPTIONAL_LETTER.sub(" ", bare)) if stem}
    )
