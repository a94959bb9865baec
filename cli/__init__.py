"""The command line of fastavg; installed as ``fastavg_cli``."""
