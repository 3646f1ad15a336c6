"""Measurements on procedural scenes, whose true translation is known; real data have no such thing."""
