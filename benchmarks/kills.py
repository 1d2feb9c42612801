"""Kill runs at random moments, run again, and compare the marts.

    uv run python -m benchmarks.kills [--times 30] [--seed N] [--only client]

A trial loads and builds the sample on a database of its own and is killed by SIGKILL:
`client` the command with all its processes, `server` PostgreSQL with all of its, which
then starts again. `client-step` and `server-step` kill a run that follows an earlier
one. After the kill the marts have to be those of before or those of after, never some
of each; then the same command is run again, undisturbed, and the marts have to be
those of a run that nobody killed, to the checksum.
"""

import argparse
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.checksums import mart_checksums
from confradar.database import EmbeddedServer
from confradar.migrating import Plan, migrate

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "ingestion" / "sample"
PATIENCE = 600  # seconds after which a command counts as one that hangs
KINDS = ("client", "server", "client-step", "server-step")

FIRST_RUN = ("run", "--from", "{folder}", "--as-of", "2026-11-20T00:00:00Z")
STEP = ("run", "--from", "{folder}", "--as-of", "2026-12-10T00:00:00Z")
_SECONDS_TO_DIE = 30.0
_MOVED = Path("ccfddl", "conference", "SC", "usenixsecurity.yml")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that ended, by itself or not."""

    code: int
    said: str
    seconds: float

    @property
    def is_told_clearly(self) -> bool:
        """Tell whether it did its work, or said in one line why not."""
        is_line = any(line.startswith("error: ") for line in self.said.splitlines())
        return self.code == 0 or (is_line and "Traceback" not in self.said)


class Running:
    """A command line at work, in a process group of its own."""

    def __init__(
        self, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._began = time.monotonic()
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed at its end
        self._process = subprocess.Popen(
            # Who runs in the background ignores SIGINT, and hands that on.
            [sys.executable, "-c", _STARTER, *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def is_at_work(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._process.poll() is None

    def wait_for(self, moment: Callable[[], bool]) -> bool:
        """Wait until something is so; False if the command ended before."""
        while self.is_at_work():
            if moment():
                return True
            time.sleep(0.02)
        return False

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the command alone, as a terminal or a supervisor does."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    def kill(self) -> None:
        """Kill it and every process that it began."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> Ended:
        """Wait for its end; kill it if it hangs."""
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._output.seek(0)
        said = self._output.read()
        self._output.close()
        return Ended(self._process.returncode, said, time.monotonic() - self._began)


_STARTER = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from confradar.cli import app; app()"
)


def kill_server(server: EmbeddedServer) -> None:
    """Kill the server's main process and all that it began, and wait until they end."""
    main = server.status().pid
    if main is None:
        return
    processes = [main, *_children(main)]
    for number in processes:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    # One that still writes would be in the way of the server that comes next.
    give_up_at = time.monotonic() + _SECONDS_TO_DIE
    while any(map(_is_alive, processes)) and time.monotonic() < give_up_at:
        time.sleep(0.01)


def _is_alive(number: int) -> bool:
    """Tell whether a process runs: one that ended may wait for its parent to look."""
    try:
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(FileNotFoundError, ProcessLookupError):
            # The name of the program, in brackets, may hold anything.
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent:
                yield int(entry.name)


@dataclass(frozen=True, slots=True)
class Place:
    """A database with a home, what is loaded into it, and variables of commands."""

    home: Path
    url: str
    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the variables that make a command use this place alone."""
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("CONFRADAR_", "DBT_", "POSTGRES_"))
        }
        return {
            **kept,
            **self.settings,
            "CONFRADAR_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "DBT_LOG_PATH": str(self.home / "logs"),
            "DBT_TARGET_PATH": str(self.home / "target"),
        }

    def start(self, command: Sequence[str]) -> Running:
        """Begin a command on this place."""
        words = [word.format(folder=self.folder) for word in command]
        return Running(words, self.environment())

    def move_a_date(self) -> None:
        """Let one file say another date from now on."""
        file = self.folder / _MOVED
        file.write_text(file.read_text().replace("2027-01-26", "2027-02-02"))


class Bench:
    """A server of its own, and the databases that trials begin with."""

    def __init__(self, top: Path, settings: Mapping[str, str] | None = None) -> None:
        self.server = EmbeddedServer(top / ".confradar")
        self._top = top
        self._settings = settings or {}
        self._count = 0

    def place(self, like: Place | None = None) -> Place:
        """Make an empty place, or a copy of one."""
        self._count += 1
        name = f"trial_{self._count}"
        url = self.server.ensure_running()
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(
                sql.SQL("create database {} template {}").format(
                    sql.Identifier(name),
                    sql.Identifier(
                        urlsplit(like.url).path[1:] if like else "template1"
                    ),
                )
            )
        home = self._top / name
        made = Place(
            home,
            urlunsplit(urlsplit(url)._replace(path=f"/{name}")),
            home / "lists",
            self._settings,
        )
        shutil.copytree(like.home if like else SAMPLE, home if like else made.folder)
        if like is None:
            migrate(ROOT, Plan(made.url))
        return made

    def drop(self, place: Place) -> None:
        """Remove a place."""
        url = self.server.ensure_running()
        name = sql.Identifier(_name(place.url))
        with psycopg.connect(url, autocommit=True) as session:
            session.execute(sql.SQL("drop database {} with (force)").format(name))
        shutil.rmtree(place.home)


def _name(url: str) -> str:
    return urlsplit(url).path[1:]


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What trials begin with, the command they kill, and what that comes to."""

    start: Place
    command: tuple[str, ...]
    before: dict[str, str]
    after: dict[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one run that was killed.

    Attributes:
        moment: seconds after its start at which it was killed.
        was_at_work: False if it had ended before.
        is_whole: the marts after the kill were those of before, or those of after.
        is_told_clearly: where the server was killed, what the command said.
        is_equal: the marts after the second run are those of an undisturbed one.
        said: what the second run said, if it failed, or else the first.
    """

    moment: float
    was_at_work: bool
    is_whole: bool
    is_told_clearly: bool
    is_equal: bool
    said: str


def undisturbed(own: Bench) -> tuple[Undisturbed, Undisturbed]:
    """Run both commands without killing them.

    The first leaves what dbt parsed, which trials begin with: most runs find it.
    """
    place = own.place()
    _done(place, FIRST_RUN)
    empty = own.place()
    shutil.copytree(place.home / "target", empty.home / "target")
    first = own.place(empty)
    first_end = _done(first, FIRST_RUN)
    before_step = mart_checksums(first.url)
    step = own.place(first)
    step.move_a_date()
    start_of_step = own.place(step)
    step_end = _done(step, STEP)
    return (
        Undisturbed(empty, FIRST_RUN, {}, before_step, first_end.seconds),
        Undisturbed(
            start_of_step,
            STEP,
            before_step,
            mart_checksums(step.url),
            step_end.seconds,
        ),
    )


def _done(place: Place, command: Sequence[str]) -> Ended:
    ended = place.start(command).end()
    if ended.code != 0:
        raise SystemExit(f"an undisturbed run failed:\n{ended.said}")
    return ended


def trial(own: Bench, of: Undisturbed, moment: float, *, kills_server: bool) -> Trial:
    """Kill one run at a moment, run it again, and compare."""
    place = own.place(of.start)
    running = place.start(of.command)
    end = time.monotonic() + moment
    was_at_work = running.wait_for(lambda: time.monotonic() >= end)
    if kills_server:
        kill_server(own.server)
    else:
        running.kill()
    killed = running.end()
    own.server.ensure_running()
    found = mart_checksums(place.url)
    again = place.start(of.command).end()
    is_equal = again.code == 0 and mart_checksums(place.url) == of.after
    own.drop(place)
    return Trial(
        moment=moment,
        was_at_work=was_at_work,
        is_whole=found in (of.before, of.after),
        is_told_clearly=killed.is_told_clearly or not kills_server,
        is_equal=is_equal,
        said=again.said if again.code != 0 else killed.said,
    )


@contextmanager
def bench(settings: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """Run a server that leaves nothing behind; commands on it have these settings."""
    top = Path(tempfile.mkdtemp(prefix="confradar-kills-"))
    top.chmod(0o755)  # under root, the server's own account has to get in
    made = Bench(top, settings)
    try:
        yield made
    finally:
        made.server.stop()
        shutil.rmtree(top, ignore_errors=True)


def main() -> None:
    """Kill, and tell of each trial; leave with 1 if one came out otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--times", type=int, default=30, help="trials of each kind")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--only", choices=KINDS, action="append")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(10**6)
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    bad = 0
    with bench() as own:
        first, step = undisturbed(own)
        print(
            f"seed {seed}; undisturbed: first run {first.seconds:.1f} s, a step that "
            f"follows {step.seconds:.1f} s",
            flush=True,
        )
        for kind in arguments.only or KINDS:
            of = step if kind.endswith("step") else first
            trials = []
            for _ in range(arguments.times):
                one = trial(
                    own,
                    of,
                    round(chance.uniform(0, of.seconds), 2),
                    kills_server=kind.startswith("server"),
                )
                trials.append(one)
                print(_line(kind, one), flush=True)
            bad += _print_count(kind, trials)
    sys.exit(1 if bad else 0)


def _line(kind: str, one: Trial) -> str:
    faults = [
        words
        for words, is_so in (
            ("marts differ", not one.is_equal),
            ("marts were of two builds after the kill", not one.is_whole),
            ("no clear line", not one.is_told_clearly),
        )
        if is_so
    ]
    told = "; ".join(faults) or "equal"
    when = "" if one.was_at_work else " (had ended)"
    lines = [f"  {kind:12} at {one.moment:6.2f} s{when}: {told}"]
    if faults:
        lines += [f"    {line}" for line in one.said.strip().splitlines()[-12:]]
    return "\n".join(lines)


def _print_count(kind: str, trials: Sequence[Trial]) -> int:
    equal = sum(one.is_equal for one in trials)
    whole = sum(one.is_whole for one in trials)
    clear = sum(one.is_told_clearly for one in trials)
    at_work = sum(one.was_at_work for one in trials)
    print(
        f"{kind}: {len(trials)} kills, {at_work} of a run at work; equal after a rerun "
        f"{equal}, unequal {len(trials) - equal}; marts of one build after the kill "
        f"{whole}; told clearly {clear}",
        flush=True,
    )
    return 3 * len(trials) - equal - whole - clear


if __name__ == "__main__":
    main()
