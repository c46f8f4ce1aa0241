"""Records: what is kept of a session, sealed: tickets and lock-outs, its frames, and those that wait for a person."""
