"""YAML text to strings, lists and mappings, one event at a time.

Built on the events of libyaml, not on PyYAML's loaders: those turn ``2027-01-15`` into
a date and ``no`` into False, take the last of two equal keys without a word, follow an
alias bomb to the end of the memory, and the C composer dies with the whole process on
100,000 opening brackets. Building from events also costs less than composing nodes.

Tags are ignored: ``!!python/object`` is a mapping of strings like any other.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Final, Protocol

import yaml
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from ingestion.documents import Body
from ingestion.readers.records import (
    MAX_VALUES_KEPT,
    Finding,
    Limits,
    Parsed,
    Reason,
    UnusableDocumentError,
    pointer,
)
from ingestion.readers.text import may_hold_unstorable, storable

MERGE_KEY: Final = "<<"
# A JSON writer may spell an emoji as two escapes; YAML forbids what JSON demands.
_SURROGATE_PAIR = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})"
)
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class _Mark(Protocol):
    """A place in a text, counted from 0; PyYAML has two classes of them."""

    line: int
    column: int


def parse_yaml(text: str, limits: Limits | None = None) -> Parsed:
    """Return the one document of a YAML stream, every scalar as the string written.

    An empty scalar is "". ``<<`` merges as in YAML 1.1: own keys win, then the first of
    a list. Of equal keys the last wins, with a finding. A key that is a collection
    becomes its JSON text. Aliases are expanded: equal parts may be one object.

    Raises:
        UnusableDocumentError: not_yaml, empty, too_deep, alias_bomb, or more than one
            document that is not empty (unexpected_root).
    """
    tree = _read_events(text, limits or Limits())
    written = [body for body in tree.documents if body != ""]
    if not written:
        raise UnusableDocumentError(Reason.EMPTY, "the file holds no value")
    if len(written) > 1:
        raise UnusableDocumentError(
            Reason.UNEXPECTED_ROOT,
            f"{len(written)} YAML documents in one file where one is expected",
        )
    body = written[0]
    if may_hold_unstorable(text):
        body = storable(body)
    return Parsed(body, tree.findings())


def _read_events(text: str, limits: Limits) -> "_Tree":
    tree = _Tree(limits)
    try:
        tree.read(text)
    except yaml.MarkedYAMLError as error:
        if error.problem and "Unicode character escape" in error.problem:
            respelt = _without_surrogates(text)
            if respelt != text:
                return _read_events(respelt, limits)
        raise UnusableDocumentError(Reason.NOT_YAML, _told(error)) from error
    except yaml.YAMLError as error:
        detail = " ".join(str(error).split())
        raise UnusableDocumentError(Reason.NOT_YAML, detail) from error
    return tree


def _without_surrogates(text: str) -> str:
    def joined(pair: re.Match[str]) -> str:
        high, low = (int(half, 16) for half in pair.groups())
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))

    return _LONE_SURROGATE.sub(r"\\ufffd", _SURROGATE_PAIR.sub(joined, text))


def _told(error: yaml.MarkedYAMLError) -> str:
    what = ", ".join(part for part in (error.context, error.problem) if part)
    return f"{_place(error.problem_mark or error.context_mark)}{what}"


def _place(mark: _Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read; ``key`` waits for its value."""

    container: "list[Body] | dict[str, Body]"
    anchor: str | None = None
    key: str | None = None
    is_merge: bool = False
    merged: "list[dict[str, Body]] | None" = None


@dataclass(frozen=True, slots=True)
class _Weight:
    """What one alias adds: nodes, characters and levels. Keeps its value alive."""

    value: Body
    nodes: int
    characters: int
    levels: int


@dataclass(slots=True)
class _Overwritten:
    """The values of one key that a later value replaced, the first few of them."""

    count: int = 0
    values: list[Body] = field(default_factory=list)


class _Tree:
    """The documents of a stream, built from events; knows where it is and how deep."""

    def __init__(self, limits: Limits) -> None:
        self.documents: list[Body] = []
        self._limits = limits
        self._frame = _Frame(self.documents)
        self._outer: list[_Frame] = []
        self._anchors: dict[str, Body | None] = {}  # None while it is being read
        self._weights: dict[int, _Weight] = {}
        self._copied_nodes = 0
        self._copied_characters = 0
        self._overwritten: dict[str, _Overwritten] = {}

    def read(self, text: str) -> None:
        next_event = yaml.CBaseLoader(text).get_event
        add = self._add
        while True:
            event = next_event()
            if isinstance(event, ScalarEvent):
                value = event.value
                if event.anchor is not None:
                    self._anchors[event.anchor] = value
                add(value, value == MERGE_KEY and event.implicit[0])
            elif isinstance(event, MappingStartEvent):
                self._open({}, event.anchor)
            elif isinstance(event, SequenceStartEvent):
                self._open([], event.anchor)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._close()
            elif isinstance(event, AliasEvent):
                add(self._copy(event))
            elif isinstance(event, DocumentEndEvent):
                self._anchors.clear()
            elif isinstance(event, StreamEndEvent):
                return

    def findings(self) -> tuple[Finding, ...]:
        """Return one finding for each key that was written more than once."""
        return tuple(
            Finding(
                position,
                Reason.DUPLICATE_KEY,
                f"the key is written {lost.count + 1} times here: "
                "the last value counts",
                lost.values,
                is_dropped=False,
            )
            for position, lost in self._overwritten.items()
        )

    def _add(self, value: Body, is_merge_key: bool = False) -> None:
        frame = self._frame
        container = frame.container
        if isinstance(container, list):
            container.append(value)
        elif frame.key is None:
            frame.key = value if isinstance(value, str) else _json_text(value)
            frame.is_merge = is_merge_key
        else:
            self._set(frame, container, frame.key, value)
            frame.key = None

    def _set(
        self, frame: _Frame, container: dict[str, Body], key: str, value: Body
    ) -> None:
        if frame.is_merge:
            mappings = value if isinstance(value, list) else [value]
            merged = [mapping for mapping in mappings if isinstance(mapping, dict)]
            if len(merged) == len(mappings):
                # Later wins below, so the first of a list comes last.
                frame.merged = [*(frame.merged or ()), *reversed(merged)]
                return
        if key in container:
            lost = self._overwritten.setdefault(self._position(), _Overwritten())
            lost.count += 1
            if lost.count <= MAX_VALUES_KEPT:
                lost.values.append(container[key])
        container[key] = value

    def _open(
        self, container: "list[Body] | dict[str, Body]", anchor: str | None
    ) -> None:
        self._outer.append(self._frame)
        if len(self._outer) > self._limits.max_depth:
            raise _too_deep(self._limits)
        if anchor is not None:
            self._anchors[anchor] = None
        self._frame = _Frame(container, anchor)

    def _close(self) -> None:
        frame = self._frame
        container = frame.container
        if frame.merged and isinstance(container, dict):
            own = container.copy()
            container.clear()
            for mapping in frame.merged:
                container.update(mapping)
            container.update(own)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = container
        self._frame = self._outer.pop()
        self._add(container)

    def _copy(self, event: AliasEvent) -> Body:
        if event.anchor not in self._anchors:
            raise UnusableDocumentError(
                Reason.NOT_YAML,
                f"{_place(event.start_mark)}the alias *{event.anchor} has no anchor",
            )
        value = self._anchors[event.anchor]
        if value is None:
            raise UnusableDocumentError(
                Reason.ALIAS_BOMB, f"the alias *{event.anchor} contains itself"
            )
        limits = self._limits
        weight = self._weigh(value)
        self._copied_nodes += weight.nodes
        self._copied_characters += weight.characters
        if (
            self._copied_nodes > limits.max_copied_nodes
            or self._copied_characters > limits.max_copied_characters
        ):
            raise UnusableDocumentError(
                Reason.ALIAS_BOMB,
                f"aliases expand to more than {limits.max_copied_nodes:,} values or "
                f"{limits.max_copied_characters:,} characters",
            )
        if len(self._outer) + weight.levels > limits.max_depth:
            raise _too_deep(limits)
        return value

    def _weigh(self, value: Body) -> _Weight:
        """Weigh what an alias stands for; parts that were weighed are not again."""
        if isinstance(value, str):
            return _Weight(value, 1, len(value), 0)
        known = self._weights.get(id(value))
        if known is not None:
            return known
        parts = [
            self._weigh(part)
            for part in (value.values() if isinstance(value, dict) else value)
        ]
        key_characters = sum(map(len, value)) if isinstance(value, dict) else 0
        weight = _Weight(
            value,
            1 + sum(part.nodes for part in parts),
            key_characters + sum(part.characters for part in parts),
            1 + max((part.levels for part in parts), default=0),
        )
        self._weights[id(value)] = weight
        return weight

    def _position(self) -> str:
        """Return the pointer to the value that is being read, from its document."""
        frames = [*self._outer[1:], self._frame]
        return pointer(
            len(frame.container)
            if isinstance(frame.container, list)
            else (frame.key or "")
            for frame in frames
        )


def _too_deep(limits: Limits) -> UnusableDocumentError:
    return UnusableDocumentError(
        Reason.TOO_DEEP,
        f"lists and mappings are nested more than {limits.max_depth} deep",
    )


def _json_text(value: Body) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
