"""Folders of runs: written while a run trains, read by reports, lists and the live page."""
