"""Shoot: a storyboard and its stars become takes."""
