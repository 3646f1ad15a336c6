"""The configuration of a run: typed models, and errors that name the key and the cure."""
