"""The painted camera: plates painted once by a small neural net, moved as a multiplane, on the CPU."""
