"""Trained models: prediction, files, exports."""
