"""Numbers with their nouns."""


def counted(number: int, noun: str) -> str:
    """`1 edge`, `2 edges`; for nouns that take an s."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
