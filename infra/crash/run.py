"""Kills what serves a bot, again and again under load, and counts what became of the messages.

The exit status says whether every promise was kept.
"""

import argparse
import signal
import sys
import time
from collections import Counter
from multiprocessing import Process
from pathlib import Path

from ledger import Evidence, faults, repeated, standstills
from scenes import SCENES, prepared
from standin import PATHS


def report(name: str, kills: int, seen: Evidence, took: float) -> bool:
    accepted = sum(message.accepted_at is not None for message in seen.messages)
    answered = len({(call.said.conversation, call.said.number) for call in seen.calls if call.taken})
    calls = Counter(call.path for call in seen.calls if call.taken)
    more = repeated(seen.calls)
    stood = list(standstills(seen))
    shortened = [seconds for seconds, _, is_unshortened in stood if not is_unshortened]
    unshortened = [seconds for seconds, _, is_unshortened in stood if is_unshortened]
    lines = [f"\n== {name}: {kills} kills, {took:.0f} s"]
    for what, count in (
        ("messages sent", len(seen.messages)),
        ("accepted", accepted),
        ("decided", len(seen.decisions)),
        ("answered", answered),
        ("calls the platforms refused", sum(not call.taken for call in seen.calls)),
        ("  took and did not answer", sum(not call.answered for call in seen.calls)),
        ("  knew again", sum(call.known for call in seen.calls)),
        ("conversations stopped by a kill", sum(len(kill.stopped) for kill in seen.kills)),
    ):
        lines.append(f"{what:34}{count:8}")
    for path in dict.fromkeys(path for _, path, _ in PATHS):
        lines.append(f"{path + ', said / again':34}{calls[path]:8}{more[path]:8}")
    for what, seconds in (("longest standstill", shortened), ("  killed before hiding its batch", unshortened)):
        lines.append(f"{what:34}{max(seconds, default=0):8.1f} s of {len(seconds)}")
    found = list(faults(seen))
    if not stood:
        found.append("no kill has stopped anything, which proves nothing")
    lines += [f"FAIL  {fault}" for fault in found[:20]]
    lines.append(f"{'FAIL' if found else 'ok  '}  {name}: {len(found)} broken promises")
    print("\n".join(lines), flush=True)
    return not found


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="where the witness bot's binaries are")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only this one")
    parser.add_argument("--kills", type=int, default=12, help="in each scene")
    parser.add_argument("--every", type=float, default=1.5, help="seconds between two kills, on average")
    parser.add_argument("--conversations", type=int, default=36)
    parser.add_argument("--rate", type=float, default=15, help="messages a second, of all conversations")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument(
        "--wait", action="store_true", help="wait out the queue's 180 s, where nothing had hidden a batch"
    )
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    # At once: most of the time they wait for what a kill has left hidden.
    scenes = [Process(target=play, args=(arguments, name), daemon=True) for name in arguments.scene or SCENES]
    for scene in scenes:
        scene.start()
    for scene in scenes:
        scene.join()
    return 1 if any(scene.exitcode for scene in scenes) else 0


def play(arguments: argparse.Namespace, name: str) -> None:
    begun = time.monotonic()
    with prepared(arguments, name) as scene:
        seen = SCENES[name](scene)
    if not report(name, arguments.kills, seen, time.monotonic() - begun):
        sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
