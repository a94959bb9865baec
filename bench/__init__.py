"""Benchmarks: the same work by fastavg and by others, in turns, as ratios.

``pytest bench`` measures and keeps the figures under bench/results;
``python -m bench.report`` turns the newest of them into docs/measured/performance.
"""
