"""Direct: a score becomes a storyboard."""
