"""Identity: how stars come into drawn pictures, and how two of them are kept apart."""
