"""`python -m tests.benchmarks NAME [--size N]`: what ./run bench calls."""

from __future__ import annotations

import argparse
import importlib

NAMES = {"outbox": 2_000, "load": 100_000, "day": 100_000, "letters": 30, "gate": 500, "ledger": 5_000, "evidence": 300}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("name", choices=sorted(NAMES))
    parser.add_argument("--size", type=int, default=None, help="rows, letters or decisions; default: " + str(NAMES))
    given = parser.parse_args()
    importlib.import_module(f"tests.benchmarks.{given.name}").run(given.size or NAMES[given.name])


if __name__ == "__main__":
    main()
