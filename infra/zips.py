"""Zips built functions for Lambda: `zips.py BUILT DIST NAME... --without PLACE...` makes DIST/NAME.zip of
BUILT/NAME/bootstrap, unless the program is not as Lambda needs it or names a PLACE of this machine.
"""

import argparse
import re
import sys
import zipfile
from pathlib import Path

# What provided.al2023 has.
GLIBC = (2, 34)


def main(built: Path, dist: Path, names: list[str], places: list[str]) -> None:
    # The framework uploads a zip by its base name alone: two of one name would be one object, and both functions
    # would run the same code.
    if len(set(names)) < len(names):
        sys.exit(f"two functions have a zip of the same name: {names}")

    dist.mkdir(parents=True)
    programs: dict[bytes, str] = {}
    for name in names:
        program = (built / name / "bootstrap").read_bytes()
        twin = programs.setdefault(program, name)
        if twin != name:
            sys.exit(f"{name} and {twin} are the same program")
        if problem := wrong_with(program, places):
            sys.exit(f"{name} {problem}")
        zipped = dist / f"{name}.zip"
        # A zip records a time. A fixed one makes equal programs equal zips.
        entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o755 << 16
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr(entry, program, zipfile.ZIP_DEFLATED, compresslevel=9)
        print(f"{zipped.name:20} {zipped.stat().st_size:>9,} bytes, unzipped {len(program):>10,}")


def wrong_with(program: bytes, places: list[str]) -> str | None:
    versions = re.findall(rb"GLIBC_(\d+)\.(\d+)", program)
    needed = max(((int(major), int(minor)) for major, minor in versions), default=GLIBC)
    if needed > GLIBC:
        return f"needs glibc {needed}, and Lambda has {GLIBC}"
    # The one of the standard library's two ways to panic that ends the process names its source.
    if b"library/panic_abort/" in program:
        return "ends at a panic, and with it all events of its batch: its profile needs panic = 'unwind'"
    for place in places:
        # A word behind it, so that a place is not found in the name of another one.
        if found := re.search(re.escape(f"{place.rstrip('/')}/".encode()) + rb"[\w./-]*", program):
            return f"names {found[0].decode()}, a place of this machine"
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("built", type=Path)
    parser.add_argument("dist", type=Path)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--without", nargs="*", default=[])
    given = parser.parse_args()
    main(given.built, given.dist, given.names, given.without)
