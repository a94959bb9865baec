"""Lists of whole numbers as options."""

from __future__ import annotations

from fastavg import ConfigError


def whole_numbers(name: str, text: str) -> tuple[int, ...]:
    """The numbers of an option such as ``256,128``.

    Raises
    ------
    ConfigError
        If it is something else.
    """
    try:
        return tuple(int(number) for number in text.split(",") if text.strip())
    except ValueError:
        raise ConfigError(
            f"{name} is {text!r}; it must be whole numbers such as 256,128"
        ) from None
