"""Callbacks of the estimators."""
