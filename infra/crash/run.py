"""Kills what serves a bot, again and again under load, and counts what became of the messages.

The exit status says whether every promise was kept.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from ledger import Evidence, faults, repeated, standstills
from scenes import GRACE, SCENES, TIMEOUT, prepared
from stack import QUEUE_HIDES
from standin import PATHS

# Hiding is rounded up to seconds, a message that is back waits for the rest of its batch, and a machine may be busy.
LEEWAY = 5

# What runs unless something else is asked for: a deployment needs more than Rust and Python, and takes longer.
DEFAULT = ("stack", "functions")


def report(name: str, seen: Evidence, took: float) -> bool:
    accepted = sum(message.accepted_at is not None for message in seen.messages)
    answered = len({(call.said.conversation, call.said.number) for call in seen.calls if call.taken})
    calls = Counter(call.path for call in seen.calls if call.taken)
    more = repeated(seen.calls)
    stood = list(standstills(seen))
    shortened = [seconds for seconds, _, is_unshortened in stood if not is_unshortened]
    unshortened = [seconds for seconds, _, is_unshortened in stood if is_unshortened]
    print(f"\n== {name}: {len(seen.kills)} kills, {took:.0f} s")
    for what, count in (
        ("messages sent", len(seen.messages)),
        ("accepted", accepted),
        ("decided", len(seen.decisions)),
        ("answered", answered),
        ("calls the platforms refused", sum(not call.taken for call in seen.calls)),
        ("  took and did not answer", sum(not call.answered for call in seen.calls)),
        ("conversations stopped by a kill", sum(len(kill.stopped) for kill in seen.kills)),
    ):
        print(f"{what:34}{count:8}")
    for path in dict.fromkeys(path for _, path, _ in PATHS):
        print(f"{path + ', said / again':34}{calls[path]:8}{more[path]:8}")
    for what, seconds in (("longest standstill", shortened), ("  killed before hiding its batch", unshortened)):
        print(f"{what:34}{max(seconds, default=0):8.1f} s of {len(seconds)}")
    found = list(faults(seen))
    for seconds, longest in ((shortened, TIMEOUT + GRACE), (unshortened, QUEUE_HIDES)):
        found += [f"stood still for {time_still:.1f} s" for time_still in seconds if time_still > longest + LEEWAY]
    if not stood:
        found.append("no kill has stopped anything, which proves nothing")
    for fault in found[:20]:
        print(f"FAIL  {fault}")
    print(f"{'ok  ' if not found else 'FAIL'}  {name}: {len(found)} broken promises", flush=True)
    return not found


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="where the witness bot's binaries are")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only this one")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two kills, on average")
    parser.add_argument("--conversations", type=int, default=36)
    parser.add_argument("--rate", type=float, default=15, help="messages a second, of all conversations")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--wait", action="store_true", help="wait out the queue's 180 s, where nothing had hidden a batch"
    )
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}")
    kept = True
    for name in arguments.scene or DEFAULT:
        begun = time.monotonic()
        with prepared(arguments, name) as scene:
            seen = SCENES[name](scene)
        kept &= report(name, seen, time.monotonic() - begun)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
