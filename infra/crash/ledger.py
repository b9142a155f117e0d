"""What was seen of the messages, and what follows from it. Nothing here does anything.

Times are seconds since the epoch. A message is named by its conversation and its number in it, as `slack3x17`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

# A line of the bot's: the conversation's count, the person's, the message's name, and which line it is.
LINE = re.compile(r"(?P<count>\d+) (?P<total>\d+) (?P<conversation>[a-z]+\d+)x(?P<number>\d+) (?P<line>\d+)")


@dataclass(frozen=True)
class Message:
    conversation: str
    number: int
    user: str
    # When the webhook was answered 2xx, if it was.
    accepted_at: float | None


@dataclass(frozen=True)
class Said:
    """What a reply says about itself."""

    conversation: str
    number: int
    count: int
    total: int
    # The first line of this part of the reply.
    line: int

    @classmethod
    def of(cls, text: str) -> "Said | None":
        found = LINE.match(text)
        if not found:
            return None
        count, total, conversation, number, line = found.groups()
        return cls(conversation, int(number), int(count), int(total), int(line))


@dataclass(frozen=True)
class Call:
    """A call that reached the platform."""

    at: float
    path: str
    said: Said
    # Whether the platform did as it was asked, and whether it said so.
    taken: bool
    answered: bool = True


@dataclass(frozen=True)
class Kill:
    at: float
    # The conversations that were being worked on, and whether only the queue's own timeout brings them back.
    stopped: dict[str, bool]


@dataclass
class Evidence:
    messages: list[Message]
    calls: list[Call]
    kills: list[Kill]
    # What the table holds of every decided event: the parts of its reply.
    decisions: list[list[Said]]
    # What the table says the counts are, without their owners.
    conversations: list[int]
    users: list[int]
    # When a worker was done with a message for the time being, and in which conversation, by its log.
    turns: list[tuple[float, str]] = field(default_factory=list)
    # What was seen besides and should not have been.
    trouble: list[str] = field(default_factory=list)


def faults(seen: Evidence) -> Iterator[str]:
    """Everything that breaks a promise."""
    yield from seen.trouble
    yield from (f"lost: {name}" for name in lost(seen))
    yield from decided_twice(seen)
    yield from disorder(seen)


def lost(seen: Evidence) -> list[str]:
    """The accepted messages that were not decided, or whose reply did not arrive whole."""
    parts = {name_of(said[0]): {part.line for part in said} for said in seen.decisions}
    arrived: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    for call in seen.calls:
        if call.taken:
            arrived[name_of(call.said)].add(call.said.line)
    return [
        f"{message.conversation}x{message.number}"
        for message in seen.messages
        if message.accepted_at is not None and not is_answered(parts, arrived, (message.conversation, message.number))
    ]


def is_answered(
    parts: dict[tuple[str, int], set[int]], arrived: dict[tuple[str, int], set[int]], name: tuple[str, int]
) -> bool:
    return name in parts and parts[name] <= arrived[name]


def decided_twice(seen: Evidence) -> Iterator[str]:
    """Every count is given once, in the table and in what was said, and none is missing."""
    users = {message.conversation: message.user for message in seen.messages}
    here: defaultdict[str, list[int]] = defaultdict(list)
    theirs: defaultdict[str, list[int]] = defaultdict(list)
    for said in seen.decisions:
        here[said[0].conversation].append(said[0].count)
        theirs[users[said[0].conversation]].append(said[0].total)
    for owners, stored in ((here, seen.conversations), (theirs, seen.users)):
        for owner, counts in owners.items():
            if sorted(counts) != list(range(1, len(counts) + 1)):
                yield f"decided twice or never: {owner} has counted {sorted(counts)}"
        if sorted(stored) != sorted(len(counts) for counts in owners.values()):
            yield f"states are not what their messages make of them: {sorted(stored)}"
    given = {(part.conversation, part.number, part.count, part.total) for said in seen.decisions for part in said}
    for what in {call.said for call in seen.calls}:
        if (what.conversation, what.number, what.count, what.total) not in given:
            yield f"said what the table does not know: {what}"


def disorder(seen: Evidence) -> Iterator[str]:
    """Messages are counted in the order in which they were sent, and answered in the order of the counts."""
    counted = sorted((said[0].conversation, said[0].count, said[0].number) for said in seen.decisions)
    for (one, _, before), (other, _, after) in pairwise(counted):
        if one == other and before > after:
            yield f"decided out of order: {one}x{before} before {after}"
    calls: defaultdict[str, list[Said]] = defaultdict(list)
    for call in sorted(seen.calls, key=lambda call: call.at):
        calls[call.said.conversation].append(call.said)
    for conversation, all_said in calls.items():
        for earlier, later in pairwise(all_said):
            if (earlier.count, earlier.line) > (later.count, later.line):
                yield f"said out of order: {conversation}x{later.number} after {earlier.number}"


def repeated(calls: Iterable[Call]) -> Counter[str]:
    """By path, how many parts of replies a platform has taken more than once, each time counted."""
    times = Counter((call.path, call.said) for call in calls if call.taken)
    more: Counter[str] = Counter()
    for (path, _), count in times.items():
        more[path] += count - 1
    return more


def standstills(seen: Evidence) -> Iterator[tuple[float, str, bool]]:
    """How long no worker took up a conversation that a kill has stopped.

    A conversation that is stopped again on its way back counts from the last time. One that comes back while its
    platform is limiting the bot makes no call, but has had its turn.
    """
    moves: defaultdict[str, list[float]] = defaultdict(list)
    for at, conversation in [*seen.turns, *((call.at, call.said.conversation) for call in seen.calls)]:
        moves[conversation].append(at)
    for kill, later in ((kill, seen.kills[nth + 1 :]) for nth, kill in enumerate(seen.kills)):
        for conversation, is_unshortened in kill.stopped.items():
            next_move = min((at for at in moves[conversation] if at > kill.at), default=None)
            next_kill = min((other.at for other in later if conversation in other.stopped), default=None)
            if next_move is not None and (next_kill is None or next_move < next_kill):
                yield next_move - kill.at, conversation, is_unshortened


def name_of(said: Said) -> tuple[str, int]:
    return said.conversation, said.number
