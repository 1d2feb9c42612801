"""Labels to kinds and tracks, by rules that are rows of one file.

The file is the dbt seed ``label_rules``; whoever calls hands its text over. A label is
compared as its words, in lower case with a blank before, between and after them, so
that a pattern means the same here and in Postgres: `` demos? `` is a whole word.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_NO_WORD = re.compile(r"[\W_]+")


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


class Vocabulary:
    """All rules, those of lower priority numbers first."""

    def __init__(self, rules: Iterable[LabelRule]) -> None:
        """Sort the rules; keys break ties."""
        ordered = sorted(rules, key=lambda rule: (rule.priority, rule.key))
        self._kinds = tuple(rule for rule in ordered if rule.decides == "kind")
        self._tracks = tuple(rule for rule in ordered if rule.decides == "track")
        remarks = [rule for rule in ordered if rule.decides == "remark"]
        self._remarks = {
            value: tuple(rule for rule in remarks if rule.value == value)
            for value in {rule.value for rule in remarks}
        }
        self._by_key = {rule.key: rule for rule in ordered}
        self._kind = lru_cache(maxsize=4096)(lambda text: _first(self._kinds, text))
        self._track = lru_cache(maxsize=4096)(lambda text: _first(self._tracks, text))

    def kind(self, label: str) -> LabelRule | None:
        """Return the first rule that says what kind of deadline a label names."""
        return self._kind(words_of(label))

    def track(self, label: str) -> LabelRule | None:
        """Return the first rule that says which track a label names."""
        return self._track(words_of(label))

    def remark(self, text: str, value: str = "extension") -> LabelRule | None:
        """Return the first rule by which a text is such a remark, if any."""
        return _first(self._remarks.get(value, ()), words_of(text))

    def rule(self, key: str) -> LabelRule | None:
        """Return the rule with this key, if the file has it."""
        return self._by_key.get(key)


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


def _first(rules: tuple[LabelRule, ...], words: str) -> LabelRule | None:
    return next((rule for rule in rules if rule.pattern.search(words)), None)
