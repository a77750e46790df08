"""``python -m fuzz [--seconds N] [--seed N] [target ...]``: every target for N seconds; fails when one raises what it must not.

With ``atheris`` installed it looks for inputs that reach new code; otherwise the seeds are mutated at random, and a failure can be had
again with the seed that is printed. The input of a failure is written to ``.cache/fuzz``.
"""

from __future__ import annotations

import argparse
import logging
import random
import subprocess
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from fuzz import fuzz_dubbo_frames, fuzz_hessian2, fuzz_rules
from fuzz.mutate import mutate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Target", "main", "run_mutations"]

_FOUND = Path(".cache/fuzz")


class Target(NamedTuple):
    """What is fed.

    Attributes:
        module: the module of the target, which atheris runs.
        test: reads one input; what it raises is a defect.
        seeds: inputs to begin with.
    """

    module: str
    test: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


TARGETS = {
    "frames": Target("fuzz.fuzz_dubbo_frames", fuzz_dubbo_frames.test_one_input, fuzz_dubbo_frames.seeds),
    "hessian2": Target("fuzz.fuzz_hessian2", fuzz_hessian2.test_one_input, fuzz_hessian2.seeds),
    "rules": Target("fuzz.fuzz_rules", fuzz_rules.test_one_input, fuzz_rules.seeds),
}


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when nothing was found, 1 when something was."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description="feed the decoders bytes that nobody should send")
    parser.add_argument("targets", nargs="*", metavar="target", help=f"{', '.join(TARGETS)}; all when none is named")
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target (60)")
    parser.add_argument("--seed", type=int, help="of the mutations; another one each time when left out")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.targets if name not in TARGETS]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}: there are {', '.join(TARGETS)}")
    logging.getLogger("aiodubbo").setLevel(logging.CRITICAL)  # what the readers tell about bad input is no finding
    seed = random.randrange(2**32) if options.seed is None else options.seed
    guided = find_spec("atheris") is not None
    sound = True
    for name in options.targets or TARGETS:
        sound &= _run_atheris(name, options.seconds) if guided else run_mutations(name, TARGETS[name], options.seconds, seed)
    return 0 if sound else 1


def run_mutations(name: str, target: Target, seconds: float, seed: int) -> bool:
    """Whether the seeds, and then mutations of them for so many seconds, raised nothing."""
    known = list(target.seeds())
    choice = random.Random(seed)
    deadline = time.monotonic() + seconds
    count = 0
    while count < len(known) or time.monotonic() < deadline:
        data = known[count] if count < len(known) else mutate(choice, known)
        count += 1
        try:
            target.test(data)
        except Exception:
            traceback.print_exc()
            print(f"{name}: input {count} of seed {seed} is written to {_keep(name, data)}")
            return False
    print(f"{name}: {count} inputs, seed {seed}, nothing found")
    return True


def _keep(name: str, data: bytes) -> Path:
    _FOUND.mkdir(parents=True, exist_ok=True)
    file = _FOUND / f"{name}-{crc32(data):08x}"
    file.write_bytes(data)
    return file


def _run_atheris(name: str, seconds: float) -> bool:
    corpus = _FOUND / f"{name}-corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number:04}").write_bytes(data)
    limits = [f"-max_total_time={max(1, round(seconds))}", f"-artifact_prefix={_FOUND}/{name}-", str(corpus)]
    return subprocess.run([sys.executable, "-m", TARGETS[name].module, *limits], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
