"""scratch's exercises, which have the course's own interface."""

import scratch
from scratch.exercises import Layer, NeuralNetwork

scratch.set_default_dtype("float64")
__all__ = ["Layer", "NeuralNetwork"]
