"""What was seen of the messages, and what follows from it. Nothing here does anything.

Times are seconds since the epoch. A message is named by its conversation and its number in it, as `slack3x17`.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

# The deployed worker's timeout, how much longer than that its messages stay hidden, and how long the queue hides what
# nobody has got to hiding for less.
TIMEOUT, GRACE, QUEUE_HIDES = 30, 5, 180

# Hiding is rounded up to seconds.
ROUNDED = 1

# A message that is back waits for the rest of its batch, and for a machine that may be busy with other things. What the
# queue's books say is judged to the second; this is to find who was forgotten.
LEEWAY = 60

# So many kills may all have come before a worker had hidden its batch.
FEW = 6

# A call that reached the platform before a kill may be written down after it.
NOTICED = 5

# Nobody ever sees a message twice that the platform knows by its nonce.
ONCE = ("Discord late reply",)

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
    # Whether the platform had the message already and knew it again.
    known: bool = False


@dataclass(frozen=True)
class Kill:
    at: float
    # The conversations that were being worked on, and whether only the queue's own timeout brings them back.
    stopped: dict[str, bool]
    # Which those were is not seen from outside: there may be more.
    blind: bool = False
    # For how many seconds more they stay hidden, by the queue's books.
    hidden: dict[str, float] = field(default_factory=dict)


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
    yield from unexplained(seen)
    yield from hidden_too_long(seen)
    yield from stood_too_long(seen)


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
    return Counter(later.path for _, later in again(calls))


def again(calls: Iterable[Call]) -> list[tuple[Call, Call]]:
    """Each time that a platform has taken what it had taken before: the two calls, in the order of the second."""
    taken: defaultdict[tuple[str, Said], list[Call]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.at):
        if call.taken and not call.known:
            taken[call.path, call.said].append(call)
    pairs = [pair for same in taken.values() for pair in pairwise(same)]
    return sorted(pairs, key=lambda pair: pair[1].at)


def unexplained(seen: Evidence) -> Iterator[str]:
    """What was said again although the platform had confirmed it to a worker that lived on.

    A kill can take one confirmation of each conversation with it: its messages are said one after the other.
    """
    used: set[tuple[int, str]] = set()
    for earlier, later in again(seen.calls):
        conversation, number = name_of(later.said)
        if later.path in ONCE:
            yield f"said again where that never happens: {conversation}x{number}, {later.path}"
        if not earlier.answered:
            continue
        for nth, kill in enumerate(seen.kills):
            is_between = earlier.at - NOTICED <= kill.at <= later.at
            if is_between and (kill.blind or conversation in kill.stopped) and (nth, conversation) not in used:
                used.add((nth, conversation))
                break
        else:
            yield f"said again for no reason: {conversation}x{number}, {later.path}"


def hidden_too_long(seen: Evidence) -> Iterator[str]:
    for kill in seen.kills:
        for conversation, seconds in kill.hidden.items():
            if seconds > (QUEUE_HIDES if kill.stopped[conversation] else TIMEOUT + GRACE) + ROUNDED:
                yield f"hidden for {seconds:.1f} s after a kill: {conversation}"
    stopped = [is_unshortened for kill in seen.kills if not kill.blind for is_unshortened in kill.stopped.values()]
    if len(stopped) >= FEW and all(stopped):
        yield "no worker has hidden its batch for less than the queue does"


def stood_too_long(seen: Evidence) -> Iterator[str]:
    for seconds, conversation, is_unshortened in standstills(seen):
        if seconds > (QUEUE_HIDES if is_unshortened else TIMEOUT + GRACE) + LEEWAY:
            yield f"stood still for {seconds:.1f} s: {conversation}"


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
