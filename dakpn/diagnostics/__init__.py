"""Measurements on procedural scenes, whose true translation is known; that of real data is not."""
