"""Cityscapes, fine annotations (Cordts et al. 2016)."""

from pathlib import Path

from dakpn.data.label_spaces import IGNORE, LABEL_SPACES
from dakpn.data.reader import Reader, id_table

LAST_ID = 33


class Cityscapes(Reader):
    """`leftImg8bit/<split>/<city>/<id>_leftImg8bit.png` and `gtFine/<split>/<city>/<id>_gtFine_labelIds.png`.

    Train ids are made from labelIds, so no converted labelTrainIds files are needed. Split "test" is refused: its
    public labels are void everywhere, so that nothing can be learned from it or scored on it.
    """

    name = "cityscapes"
    label_space = "cityscapes"
    drawn = True
    splits = ("train", "val")
    official = {"train": 2975, "val": 500}
    refused = {"test": "Its labels are withheld: the public files hold void ids only. Use val."}
    marks = ("leftImg8bit", "gtFine")
    files = (
        ("leftImg8bit/{split}", r"([^.]+)_leftImg8bit\.png"),
        ("gtFine/{split}", r"([^.]+)_gtFine_labelIds\.png"),
    )
    cure = (
        "Unpack leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip into the root, "
        "so that it holds leftImg8bit/ and gtFine/ with the files unchanged."
    )
    # 255 is the license plate's -1 where somebody drew it into an 8-bit file; the official files do not.
    table = id_table(
        {stored: i for i, stored in enumerate(LABEL_SPACES["cityscapes"].ids)}, [*range(LAST_ID + 1), IGNORE]
    )

    def _files(self, folder: Path, pattern: str) -> dict[str, Path]:
        """As every reader, over the cities in `folder`."""
        self._require(folder.parent)
        files: dict[str, Path] = {}
        for city in self._listed(folder):
            for name, path in super()._files(city, pattern).items() if city.is_dir() else ():
                self._add(files, name, path)
        return files
