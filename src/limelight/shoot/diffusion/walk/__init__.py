"""The walk: how the music leads a shot through the space of pictures, and which frames of the way are drawn."""
