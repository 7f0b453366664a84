"""The composition root of OpenMOSS, and the floor that its apps stand on."""

__version__ = "0.1.0"
