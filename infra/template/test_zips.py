"""What becomes of built functions, and which of them are refused."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ZIPS = Path(__file__).parents[1] / "zips.py"
PROGRAM = b"\x7fELF GLIBC_2.17 /home/library/core/src/panicking.rs"


class Zips(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def zips(self, name: str, programs: dict[str, bytes], *places: str, at: int = 0, mode: int = 0o755) -> Path:
        """Where programs that were built at this time, with these permissions, are zipped."""
        built, dist = self.folder / name / "built", self.folder / name / "dist"
        for function, program in programs.items():
            (built / function).mkdir(parents=True)
            (built / function / "bootstrap").write_bytes(program)
            os.utime(built / function / "bootstrap", (at, at))
            (built / function / "bootstrap").chmod(mode)
        command = [sys.executable, ZIPS, built, dist, *programs, "--without", *places]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return dist

    def refused(self, program: bytes, *places: str) -> str:
        with self.assertRaises(subprocess.CalledProcessError) as refused:
            self.zips("refused", {"echo": program}, *places)
        return str(refused.exception.stderr).strip()

    def test_the_same_program_is_the_same_zip_whoever_built_it_when_and_where(self) -> None:
        one = self.zips("one", {"echo": PROGRAM}, at=1_000_000_000, mode=0o755)
        two = self.zips("a/nother", {"echo": PROGRAM}, at=1_700_000_000, mode=0o600)
        self.assertEqual((one / "echo.zip").read_bytes(), (two / "echo.zip").read_bytes())

    def test_a_program_that_names_a_place_of_the_machine_is_refused(self) -> None:
        program = PROGRAM + b"\0/builds/clone/crates/echo/src/main.rs\0"
        problem = "echo names /builds/clone/crates/echo/src/main.rs, a place of this machine"
        self.assertEqual(self.refused(program, "/elsewhere", "/builds/clone"), problem)
        self.zips("none", {"echo": program}, "/builds/clon", "/builds/clone/crates/echo/src/main")

    def test_a_program_that_lambda_cannot_run_is_refused(self) -> None:
        self.assertEqual(self.refused(PROGRAM + b" GLIBC_2.35"), "echo needs glibc (2, 35), and Lambda has (2, 34)")

    def test_a_program_that_ends_at_a_panic_is_refused(self) -> None:
        self.assertIn("ends at a panic", self.refused(PROGRAM + b"\0/rustc/1f/library/panic_abort/src/lib.rs\0"))

    def test_two_functions_are_two_programs(self) -> None:
        with self.assertRaises(subprocess.CalledProcessError):
            self.zips("twins", {"echo": PROGRAM, "worker": PROGRAM})


if __name__ == "__main__":
    unittest.main()
