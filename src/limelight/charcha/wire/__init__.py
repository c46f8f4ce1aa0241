"""The wire: what client and server say to each other, checked before anything is made of it."""
