"""Estimators for tables: raw columns in, the mean of several networks out."""
