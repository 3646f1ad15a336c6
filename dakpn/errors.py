"""The one error a user is expected to meet."""


class InputError(Exception):
    """Bad input from outside: a file, a data set or a configuration key.

    The message names the file or key first, says what is wrong with it, and ends with the cure.
    """
