"""Tables that stay in their files: looked at once, encoded once, and trained on by parts."""
