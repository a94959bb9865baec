"""Options: fields of components with their checks, and families of components by name."""

from __future__ import annotations

from fastavg.options.conditions import (
    INSIDE,
    PART,
    POSITIVE,
    RATE,
    Check,
    above,
    at_least,
    each,
    is_number,
    is_whole,
    one_of,
    optional,
    whole,
)
from fastavg.options.families import Family
from fastavg.options.fields import Option, check_options, option

__all__ = [
    "INSIDE", "PART", "POSITIVE", "RATE", "Check", "Family", "Option", "above", "at_least",
    "check_options", "each", "is_number", "is_whole", "one_of", "option", "optional", "whole",
]
