"""The search for the options that are best on rows held out of training."""
