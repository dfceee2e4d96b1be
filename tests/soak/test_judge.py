"""Each promise of the soak, broken on purpose: the soak says so. What it sees is planted here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import soak as run
from benchmarks.soak_judge import Figures, Life, problems, told, too_slow
from benchmarks.soak_marks import Mark, mark_in, mark_of, unmarked
from benchmarks.soak_people import Ledger, Seen
from bots.conversation.texts import Texts

HERE, ELSEWHERE = "telegram 1", "discord 2"


def there(_: int) -> bool:
    return True


def gone(_: int) -> bool:
    return False


def of_a_process(memory: list[float], own: float = 1.0) -> Life:
    looks = {"lags": [own], "own": [own], "late": [], "work": [0.1]}
    return Life([{"memory": megabytes, **looks} for megabytes in memory])


def as_promised() -> Figures:
    seen = Seen(waits=[0.1] * 100, done=Counter({"telegram, talk": 1000}))
    seen.ledger.says(HERE, "hello")
    seen.ledger.comes(HERE, 1, f"Hello{Mark(1, 0)}", there)
    return Figures(
        seconds=1200,
        seen=seen,
        people=100,
        took_part=100,
        updates={"telegram": 1},
        by_webhook=1,
        links=1,
        faults=Counter({"telegram, answers are lost": 3}),
        struck=Counter(),
        faults_least=3,
        moved=1,
        lives=[of_a_process([150.0] * 900), of_a_process([120.0] * 300)],
        left={"updates": 0, "messages": 0, "orders": 0},
        machine=[{"lags": [1.0], "load": 1.0}],
        errors=["core.delivery: a message failed with NoAnswer, attempt 2"],
    )


def breaks(figures: Figures, **planted: Any) -> list[str]:
    broken = replace(figures, **planted)
    return problems(broken) + too_slow(broken)


def test_what_keeps_every_promise_passes_and_is_told() -> None:
    assert breaks(as_promised()) == []
    assert "told twice without saying so" in told(as_promised())


@pytest.mark.parametrize(
    ("said", "planted"),
    [
        ("2 messages are left", {"left": {"messages": 2}}),
        ("was felt 2 times, not 3", {"faults": Counter({"telegram, answers are lost": 2})}),
        ("was felt 0 times", {"faults": Counter({"telegram, answers are lost": 3, "discord, slow answers": 0})}),
        ("took 201 MB", {"lives": [of_a_process([150.0] * 20 + [201.0])]}),
        ("was not flat", {"lives": [of_a_process([100 + n / 60 for n in range(900)])]}),
        ("late by up to 60 ms, 1 times", {"lives": [of_a_process([150.0] * 900), of_a_process([150.0], own=60.0)]}),
        ("the service says: core.queue", {"errors": ["core.queue: an update failed with KeyError"]}),
        ("attempt 5", {"errors": ["core.delivery: a message failed with NoAnswer, attempt 5"]}),
        ("the service ended with 1", {"wrong": ["the service ended with 1"]}),
        ("everybody took part", {"took_part": 99}),
        ("by the webhook", {"by_webhook": 0}),
        ("two accounts became one", {"links": 0}),
        ("how it is", {"lives": [Life([{"memory": 150.0, "lags": [], "own": [], "late": [], "work": [0.1]}])]}),
        ("something went wrong on purpose", {"faults": Counter(), "faults_least": 0}),
    ],
)
def test_a_promise_that_is_broken_fails_the_soak(said: str, planted: dict[str, Any]) -> None:
    found = breaks(as_promised(), **planted)
    assert len(found) == 1
    assert said in found[0]


def nobody_answers(seen: Seen) -> None:
    seen.unanswered.append("telegram, talk: nothing came")


def the_same_words_come_twice(seen: Seen) -> None:
    seen.doubles.append("telegram: text Hello")


def answers_are_slow(seen: Seen) -> None:
    seen.waits[:10] = [1.5] * 10


def nobody_is_timed(seen: Seen) -> None:
    seen.waits.clear()


def it_comes_again_later(seen: Seen) -> None:
    for number in range(2, 5):  # The person goes on, and is answered.
        seen.ledger.says(HERE, "hello")
        seen.ledger.comes(HERE, number, f"Hello{Mark(number, 0)}", there)
    seen.ledger.comes(HERE, 5, f"Hello{Mark(1, 0)}", there)


def it_comes_again_on_the_other_platform(seen: Seen) -> None:
    seen.ledger.comes(ELSEWHERE, 1, f"Hello{Mark(1, 0)}", there)


def an_update_is_taken_for_two(seen: Seen) -> None:
    seen.ledger.comes(HERE, 2, f"Hello{Mark(2, 0)}", there)


def no_message_has_a_mark(seen: Seen) -> None:
    seen.ledger = Ledger()


@pytest.mark.parametrize(
    ("said", "plants"),
    [
        ("nobody answered", nobody_answers),
        ("told twice", the_same_words_come_twice),
        ("told twice", it_comes_again_later),
        ("told twice", it_comes_again_on_the_other_platform),
        ("2 answers", an_update_is_taken_for_two),
        ("5 in 100 answers", answers_are_slow),
        ("an answer was timed", nobody_is_timed),
        ("bore its mark", no_message_has_a_mark),
    ],
)
def test_what_people_see_that_was_not_promised_fails_the_soak(said: str, plants: Callable[[Seen], None]) -> None:
    figures = as_promised()
    plants(figures.seen)
    found = breaks(figures)
    assert len(found) == 1
    assert said in found[0]


def test_what_says_that_it_may_have_come_before_or_is_changed_or_taken_away_is_no_double() -> None:
    ledger, text = Ledger(), f"Hello{Mark(1, 0)}"
    ledger.says(HERE, "hello")
    ledger.comes(HERE, 1, text, there)
    ledger.comes(HERE, 1, f"Hello, changed{Mark(1, 0)}", there)
    ledger.comes(HERE, 2, f"{Texts('de')('repeat')}\n{text}", there)
    ledger.comes(HERE, 3, text, gone)
    assert not ledger.doubles
    assert not ledger.overanswered()
    assert ledger.marked == 1


def test_one_update_may_be_answered_by_several_messages_and_told_of_on_the_other_platform() -> None:
    ledger = Ledger()
    ledger.says(HERE, "hello")
    for part in range(3):
        ledger.comes(HERE, part, f"Hello{Mark(7, part)}", there)
    ledger.comes(ELSEWHERE, 1, f"By the way{mark_of('update:7:discord')}", there)
    ledger.comes(HERE, 9, f"Your figurine{Mark(7, 0, of_order=True)}", there)
    assert not ledger.doubles
    assert not ledger.overanswered()


@pytest.mark.parametrize("mark", [Mark(0, 0), Mark(1, 2), Mark(98_765, 14), Mark(7, 1, of_order=True)])
def test_a_mark_can_be_read_again_and_taken_off(mark: Mark) -> None:
    assert mark_in(f"Hello{mark}") == mark
    assert unmarked(f"Hello{mark}") == "Hello"


def test_a_soak_that_finds_something_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = as_promised()

    async def found(*_: Any) -> Figures:
        return figures

    monkeypatch.setattr(run, "soak", found)
    monkeypatch.setattr("sys.argv", ["soak"])
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert ended.value.code == 0
    figures.seen.unanswered.append("telegram, talk: nothing came")
    with pytest.raises(SystemExit) as ended:
        run.main()
    assert ended.value.code == 1
    assert "! nobody answered" in capsys.readouterr().out
