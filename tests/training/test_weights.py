"""Files of weights: what is read is what was written, or the file is named with its cure."""

import pytest
import torch
from safetensors.torch import load_file, save_file

from dakpn.errors import InputError
from dakpn.training.weights import read_weights, write_weights

TENSORS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.count": torch.tensor(7)}


@pytest.fixture
def path(tmp_path):
    write_weights(tmp_path / "weights.safetensors", TENSORS)
    return tmp_path / "weights.safetensors"


def test_what_was_written_is_read(path):
    for found in (read_weights(path), load_file(path)):
        assert found.keys() == TENSORS.keys()
        assert all(torch.equal(found[name], value) for name, value in TENSORS.items())


def test_a_changed_byte_is_named_wherever_it_lies(path):
    content = path.read_bytes()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        try:
            found = read_weights(path)
        except InputError as error:
            assert str(error).startswith(f"{path}: ") and "train again" in str(error)
        else:  # such as a space after the header
            assert all(torch.equal(found[name], value) for name, value in TENSORS.items())


@pytest.mark.parametrize("end", [0, 4, 60, -1])
def test_a_file_that_was_cut_is_named(path, end):
    path.write_bytes(path.read_bytes()[:end])
    with pytest.raises(InputError, match=r"weights\.safetensors: cannot be read .* Delete the file and train again"):
        read_weights(path)


def test_missing_files_other_writers_and_numbers_that_are_not_finite_are_named(path):
    save_file(TENSORS, path)
    with pytest.raises(InputError, match="not the weights that were written"):
        read_weights(path)
    write_weights(path, {**TENSORS, "a.weight": torch.tensor([1.0, torch.nan])})
    with pytest.raises(InputError, match=r"a\.weight is not finite"):
        read_weights(path)
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        read_weights(path)
