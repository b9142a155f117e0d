"""Zips built functions for Lambda: `zips.py BUILT DIST NAME...` makes DIST/NAME.zip of BUILT/NAME/bootstrap."""

import re
import sys
import zipfile
from pathlib import Path

# What provided.al2023 has.
GLIBC = (2, 34)


def main(built: Path, dist: Path, names: list[str]) -> None:
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
        versions = re.findall(rb"GLIBC_(\d+)\.(\d+)", program)
        needed = max(((int(major), int(minor)) for major, minor in versions), default=GLIBC)
        if needed > GLIBC:
            sys.exit(f"{name} needs glibc {needed}, and Lambda has {GLIBC}")
        zipped = dist / f"{name}.zip"
        # A zip records a time. A fixed one makes equal programs equal zips.
        entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
        entry.create_system, entry.external_attr = 3, 0o755 << 16
        with zipfile.ZipFile(zipped, "w") as archive:
            archive.writestr(entry, program, zipfile.ZIP_DEFLATED, compresslevel=9)
        print(f"{zipped.name:20} {zipped.stat().st_size:>9,} bytes, unzipped {len(program):>10,}")


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
