"""The contract of translation methods, and translating a data set with them."""
