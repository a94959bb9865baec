"""What the last line says about checkpoints."""

from fastavg_cli.terminal.checkpoint_notes import SafeRounds, failed_words

from fastavg.training.observers.events import CheckpointWritten
from tests.cli.terminal.events import FAILED, SKIPPED, WRITTEN

WORDS = (
    "fastavg: checkpoint run.checkpoint was not written: No space left on device; "
    "training goes on\n"
)


def test_the_latest_checkpoint_is_named():
    notes = SafeRounds(warns=False)
    assert notes.words == ""
    for event in (WRITTEN, SKIPPED, CheckpointWritten(12, "other", 0.1)):
        notes.on_event(event)
    assert notes.words == "; other holds 12 complete rounds, --resume auto goes on from there"


def test_a_failure_is_told_once_if_nobody_else_tells_it(capsys):
    notes = SafeRounds(warns=True)
    for event in (WRITTEN, FAILED, FAILED):
        notes.on_event(event)
    assert capsys.readouterr().err == WORDS
    # The one before it is still there.
    assert "8 complete rounds" in notes.words
    SafeRounds(warns=False).on_event(FAILED)
    assert capsys.readouterr().err == ""
    assert failed_words(FAILED) in WORDS


def test_a_closed_stderr_does_not_end_training(monkeypatch, tmp_path):
    with open(tmp_path / "closed", "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
    SafeRounds(warns=True).on_event(FAILED)
