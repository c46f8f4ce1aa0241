"""Simulated attacks on CHARCHA, and simulated bona fide sessions beside them.

    python bench/attacks                                              # 20 sessions of each species, 5 of each person
    python bench/attacks --sessions 300 --bona-fide 30 --stands 3 --record sessions.jsonl   # hours on two cores
    python bench/attacks --species adaptive --sessions 50
    python bench/attacks --record sessions.jsonl --report             # print what was recorded, play nothing

With a record a run that was stopped goes on where it was. Everything is simulated: rendered people, rendered attacks.
It proves the protocol's logic, never its security against real attackers nor its fairness. Worst species first; no
mean over species is given, for attackers choose.
"""

import argparse
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import casts
import report
from atlas import Shelf
from paths import PATHS
from play import House, Played, house, look_once
from simulated import Performance
from species import SPECIES, Staging

ABLATED = 60
"""Sessions of each species that are played to the end, to see what actions alone would have let in."""
CACHE = Path.home() / ".cache/limelight/attacks"


@dataclass
class Record:
    """Sessions by what they were, in memory and, with a path, in a file of one JSON object a line."""

    path: Path | None = None
    played: dict[str, list[Played]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        if self.path and self.path.exists():
            for text in self.path.read_text().splitlines():
                line = json.loads(text)
                self.played[line["of"]].append(Played.read(line))

    def fill(self, of: str, sessions: int, play: Callable[[int], Played]) -> None:
        """Play what is missing of so many sessions; each has a number, and chance of its own by it."""
        for number in range(len(self.played[of]), sessions):
            one = play(number)
            self.played[of].append(one)
            if self.path:
                with self.path.open("a") as lines:
                    lines.write(one.line(of, number) + "\n")
        print(f"  {of}: {len(self.played[of])} sessions", file=sys.stderr, flush=True)


def main() -> None:
    """Read the command line, play, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=20, help="of each species")
    parser.add_argument("--bona-fide", type=int, default=5, help="sessions of each person and stand")
    parser.add_argument(
        "--stands", type=int, default=1, choices=(1, 2, 3), help="lights and cameras a person"
    )
    parser.add_argument("--stand", type=int, choices=(0, 1, 2), help="only this one of them")
    parser.add_argument("--species", nargs="*", default=list(SPECIES), choices=[*SPECIES, "none"])
    parser.add_argument("--people", nargs="*", default=list(casts.PEOPLE), choices=casts.PEOPLE)
    parser.add_argument("--paths", nargs="*", default=list(PATHS), choices=PATHS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=CACHE, help="folder of the atlases")
    parser.add_argument("--record", type=Path, help="write every session there, and go on from what is there")
    parser.add_argument("--report", action="store_true", help="print the record only")
    chosen = parser.parse_args()
    record = Record(chosen.record)
    if not chosen.report:
        play_all(record, chosen)
    print_tables(record)


def play_all(record: Record, chosen: argparse.Namespace) -> None:
    """All species, then all people."""
    look_once()
    stage, folder = house(Shelf(chosen.cache))
    with folder:
        for name in chosen.species:
            if name != "none":
                record.fill(name, chosen.sessions, lambda i, name=name: attack(stage, name, i, chosen.seed))
        stands = range(chosen.stands) if chosen.stand is None else (chosen.stand,)
        for stand in stands if chosen.bona_fide else ():
            for person in chosen.people:
                for path in chosen.paths:
                    sessions = chosen.bona_fide if path == "full" else max(1, chosen.bona_fide // 3)
                    record.fill(
                        f"live:{person}:{stand}:{path}",
                        sessions,
                        lambda i, who=(person, stand, path): live(stage, who, i, chosen.seed),
                    )


def attack(stage: House, name: str, number: int, seed: int) -> Played:
    """One session of a species."""
    rng = random.Random(f"{seed}-{name}-{number}")
    return stage.play(SPECIES[name](stage.shelf, rng), rng, to_the_end=number < ABLATED)


def live(stage: House, who: tuple[str, int, str], number: int, seed: int) -> Played:
    """One bona fide session of a person before a camera on a path, in a room of some brightness."""
    person, stand, path = who
    rng = random.Random(f"{seed}-{person}-{stand}-{path}-{number}")
    performance = Performance(
        casts.bona_fide(stage.shelf, person, stand),
        rng,
        screen_light=rng.choice((0.04, 0.08, 0.12, 0.2)),
        relight_lag=rng.uniform(0.05, 0.2),
        pulse=rng.choice((0.0, 0.001, 0.002)),
    )
    return stage.play(Staging(performance.look, consent=PATHS[path](rng)), rng)


def print_tables(record: Record) -> None:
    """In Markdown."""
    attacks = {name: played for name, played in record.played.items() if name in SPECIES and played}
    people = {name[5:]: played for name, played in record.played.items() if name.startswith("live:")}
    if attacks:
        print("\n".join(report.attacks(attacks)))
    if people:
        print("\n".join(["", *report.bona_fide(people)]))
        frames = [one for played in people.values() for one in played]
        spent = 1000 * sum(one.wall for one in frames) / max(1, sum(one.frames for one in frames))
        print(
            f"Protocol, signals and the bench's simulation, without seeing the face: {spent:.1f} ms a frame."
        )


if __name__ == "__main__":
    main()
