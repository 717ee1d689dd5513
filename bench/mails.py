"""Mails made up for the inbox rows: about 2 kB each, and known beforehand how many of them a search must find.

They are written as files, as another program would deliver them: a million by SMTP take many minutes, and indexing a
Maildir that is full is a row of its own.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FIRST_DATE_S = 1_700_000_000
N_PARAGRAPHS = 997
N_SENDERS = 100
UNIQUE_PER_MAIL = 5
WORD_EVERY = 10  # one mail in so many has the word that is searched for
WORD = "rebate"
PART_OF_WORD = "ebat"
SENDER = "sender7@shop.example"
# Without the letters of PART_OF_WORD in a row, whatever the words.
CONSONANTS = "cdfghjklmnprstwz"
VOWELS = "aeiou"
LETTERS = "cdefghijklmnopqrsuwxyz"
LETTERS_OF_UNIQUE = 9


@dataclass(frozen=True)
class Query:
    """A search, and how many of the first n mails it finds."""

    key: str
    title: str
    text: str
    count: Callable[[int], int]


def _every(step: int, first: int) -> Callable[[int], int]:
    return lambda n_mails: max(0, (n_mails - first + step - 1) // step)


QUERIES = (
    Query("word", f"word `{WORD}`", WORD, _every(WORD_EVERY, 0)),
    Query("substring", f"substring `{PART_OF_WORD}`", PART_OF_WORD, _every(WORD_EVERY, 0)),
    Query("sender", f"`from:{SENDER}`", f"from:{SENDER}", _every(N_SENDERS, 7)),
)


def _vocabulary(chance: random.Random) -> list[str]:
    def syllable() -> str:
        return chance.choice(CONSONANTS) + chance.choice(VOWELS)

    return ["".join(syllable() for _ in range(chance.randint(1, 4))) for _ in range(5_000)]


def _paragraphs() -> list[str]:
    """Some, of words that are frequent by Zipf's law as in any language."""
    chance = random.Random(1)
    words = _vocabulary(chance)
    weights = [1 / rank for rank in range(1, len(words) + 1)]

    def line() -> str:
        return " ".join(chance.choices(words, weights, k=12))

    return ["\n".join(line() for _ in range(10)) + "\n" for _ in range(N_PARAGRAPHS)]


def _unique_word(number: int) -> str:
    letters = []
    scattered = number * 1_000_003 % len(LETTERS) ** LETTERS_OF_UNIQUE  # neighbours begin with different letters
    for _ in range(LETTERS_OF_UNIQUE):
        scattered, letter = divmod(scattered, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


class MailMaker:
    """Makes the same mails each time."""

    def __init__(self) -> None:
        self._paragraphs = _paragraphs()

    def text(self, number: int) -> str:
        """A mail as it lies in a Maildir."""
        sender = f"sender{number % N_SENDERS}@shop.example"
        unique = " ".join(_unique_word(UNIQUE_PER_MAIL * number + i) for i in range(UNIQUE_PER_MAIL))
        word = f"There is a {WORD}.\n" if number % WORD_EVERY == 0 else ""
        paragraphs = [self._paragraphs[(number * step + step) % N_PARAGRAPHS] for step in (1, 31)]
        return (
            f"From: Shop {number % N_SENDERS} <{sender}>\nTo: customer{number % 1_000}@home.example\n"
            f"Subject: Order {number} confirmed\nDate: Tue, 14 Nov 2023 22:13:20 +0000\n"
            f"Message-ID: <{number}.bench@shop.example>\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\n\nHello,\n\n{word}{unique}\n\n" + "\n".join(paragraphs)
        )


def fill_maildir(maildir: Path, n_mails: int) -> None:
    """Writes them all, unread."""
    maker = MailMaker()
    new = maildir / "new"
    for number in range(n_mails):
        fd = os.open(new / f"{FIRST_DATE_S + number}.{number}.bench", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        os.write(fd, maker.text(number).encode())
        os.close(fd)
    os.sync()
