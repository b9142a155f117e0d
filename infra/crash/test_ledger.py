"""The count can come out wrong: every kind of broken promise is seen."""

import unittest
from dataclasses import replace

from ledger import Call, Evidence, Kill, Message, Said, faults, repeated, standstills


def said(number: int, count: int | None = None, line: int = 0, conversation: str = "slack1") -> Said:
    """A reply to the message of that number, in a conversation that has its person for itself."""
    count = number if count is None else count
    return Said(conversation, number, count, count, line)


def call(at: float, what: Said, taken: bool = True) -> Call:
    return Call(at, "Slack response_url", what, taken)


def kept() -> Evidence:
    """Two messages; the second is answered in two parts, and its first part is said again after a kill."""
    return Evidence(
        messages=[Message("slack1", 1, "slack0", 0.5), Message("slack1", 2, "slack0", 1.5)],
        calls=[call(1, said(1)), call(2, said(2)), call(38, said(2)), call(39, said(2, line=7))],
        kills=[Kill(3, {"slack1": False})],
        decisions=[[said(1)], [said(2), said(2, line=7)]],
        conversations=[2],
        users=[2],
    )


class Faults(unittest.TestCase):
    def test_none_when_every_promise_is_kept(self) -> None:
        self.assertEqual(list(faults(kept())), [])

    def test_every_broken_promise_is_one(self) -> None:
        seen = kept()
        one, _ = seen.decisions
        # (case, evidence, beginning of the fault)
        cases = (
            ("not decided", replace(seen, decisions=[one], conversations=[1], users=[1]), "lost: slack1x2"),
            ("not answered", replace(seen, calls=seen.calls[1:]), "lost: slack1x1"),
            ("answered in part", replace(seen, calls=seen.calls[:-1]), "lost: slack1x2"),
            (
                "never taken",
                replace(seen, calls=[replace(seen.calls[0], taken=False), *seen.calls[1:]]),
                "lost: slack1x1",
            ),
            ("trouble", replace(seen, trouble=["a reason"]), "a reason"),
            ("counted twice", replace(seen, conversations=[3]), "states are not"),
            ("counted twice for the person", replace(seen, users=[3]), "states are not"),
            (
                "a count without a message",
                replace(seen, decisions=[one, [said(2, 3)]]),
                "decided twice or never: slack1",
            ),
            ("two answers", replace(seen, calls=[*seen.calls, call(40, said(2, 3))]), "said what the table does not"),
            ("overtaken", replace(seen, decisions=[[said(1, 2)], [said(2, 1)]]), "decided out of order: slack1x2"),
            ("said late", replace(seen, calls=[*seen.calls, call(40, said(1))]), "said out of order: slack1x1"),
            ("no kill", replace(seen, kills=[]), "said again for no reason: slack1x2"),
            (
                "a kill elsewhere",
                replace(seen, kills=[Kill(3, {"slack2": False})]),
                "said again for no reason: slack1x2",
            ),
            (
                "a kill after it",
                replace(seen, kills=[Kill(38.5, {"slack1": False})]),
                "said again for no reason: slack1x2",
            ),
            (
                "a kill long before",
                replace(seen, calls=[*seen.calls[:2], call(9, said(2)), call(38, said(2)), *seen.calls[3:]]),
                "said again for no reason: slack1x2",
            ),
            (
                "more than the kills explain",
                replace(seen, calls=[*seen.calls[:2], call(2.5, said(2, line=7)), *seen.calls[2:]]),
                "said again for no reason: slack1x2",
            ),
            (
                "where that never happens",
                replace(seen, calls=[replace(call, path="Discord late reply") for call in seen.calls]),
                "said again where that never happens: slack1x2",
            ),
            (
                "stood still",
                replace(seen, calls=[*seen.calls[:2], call(99, said(2)), call(100, said(2, line=7))]),
                "stood still for 96.0 s: slack1",
            ),
            (
                "stood still, unshortened",
                replace(
                    seen,
                    kills=[Kill(3, {"slack1": True})],
                    calls=[*seen.calls[:2], call(244, said(2)), call(245, said(2, line=7))],
                ),
                "stood still for 241.0 s: slack1",
            ),
            (
                "hidden too long",
                replace(seen, kills=[Kill(3, {"slack1": False}, hidden={"slack1": 37})]),
                "hidden for 37.0 s after a kill: slack1",
            ),
            (
                "never shortened",
                replace(seen, kills=[Kill(3, {"slack1": True}), Kill(3, {f"slack{nth}": True for nth in range(5)})]),
                "no worker has hidden its batch for less",
            ),
            ("parts swapped", replace(seen, calls=[*seen.calls, call(40, said(2))]), "said out of order: slack1x2"),
        )
        for case, evidence, beginning in cases:
            with self.subTest(case):
                found = list(faults(evidence))
                self.assertTrue(any(fault.startswith(beginning) for fault in found), found)

    def test_what_may_be_said_again(self) -> None:
        seen = kept()
        first, second, third, last = seen.calls
        # (case, evidence)
        cases = (
            ("not confirmed", replace(seen, kills=[], calls=[first, replace(second, answered=False), third, last])),
            ("a kill that is not seen from outside", replace(seen, kills=[Kill(3, {}, blind=True)])),
            ("written down after the kill", replace(seen, kills=[Kill(1.5, {"slack1": False})])),
            ("known again", replace(seen, kills=[], calls=[first, second, replace(third, known=True), last])),
        )
        for case, evidence in cases:
            with self.subTest(case):
                self.assertEqual(list(faults(evidence)), [])

    def test_what_was_refused_may_be_unanswered(self) -> None:
        seen = kept()
        refused = Message("slack1", 3, "slack0", None)
        self.assertEqual(list(faults(replace(seen, messages=[*seen.messages, refused]))), [])


class Counts(unittest.TestCase):
    def test_parts_that_are_taken_again(self) -> None:
        seen = kept()
        refused = call(1.5, said(2), taken=False)
        self.assertEqual(repeated([*seen.calls, refused]), {"Slack response_url": 1})

    def test_a_standstill_begins_with_the_last_kill_and_ends_with_a_turn(self) -> None:
        limited = [(2.5, "slack1"), (30, "slack1"), (5, "slack2")]
        first, second = Kill(3, {"slack1": False}), Kill(20, {"slack1": True})
        elsewhere = Kill(30, {"slack2": False})
        # (case, kills, standstills)
        cases: tuple[tuple[str, list[Kill], list[tuple[float, str, bool]]], ...] = (
            ("one kill", [first], [(35, "slack1", False)]),
            ("two kills", [first, second], [(18, "slack1", True)]),
            ("a kill elsewhere", [first, elsewhere], [(35, "slack1", False)]),
            ("nothing said after", [Kill(50, {"slack1": False})], []),
        )
        for case, kills, expected in cases:
            with self.subTest(case):
                self.assertEqual(list(standstills(replace(kept(), kills=kills))), expected)
        seen = replace(kept(), turns=limited)
        self.assertEqual(list(standstills(seen)), [(27, "slack1", False)])


class Replies(unittest.TestCase):
    def test_a_reply_says_what_it_answers(self) -> None:
        # (text, what it says)
        cases = (
            ("4 9 telegram12x3 0", Said("telegram12", 3, 4, 9, 0)),
            ("4 9 slack1x3 120\n4 9 slack1x3 121", Said("slack1", 3, 4, 9, 120)),
            ('I need "name"', None),
            ("", None),
        )
        for text, expected in cases:
            with self.subTest(text):
                self.assertEqual(Said.of(text), expected)


if __name__ == "__main__":
    unittest.main()
