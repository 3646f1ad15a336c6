"""CamVid (Brostow et al. 2008) in the 480x360, 11-class form of the SegNet tutorial."""

from dakpn.data.label_spaces import LABEL_SPACES
from dakpn.data.reader import Reader, id_table

# Position = id in the files; the name is the Cityscapes class it stands for. The last one, bicyclist, is rider and
# bicycle in one: the label space "camvid" merges the two when it scores.
CLASSES = (
    "sky", "building", "pole", "road", "sidewalk", "vegetation", "traffic sign", "fence", "car", "person", "bicycle",
)  # fmt: skip
VOID = 11


class CamVid(Reader):
    """`<split>/NAME.png` and `<split>annot/NAME.png` (ids 0..10, 11 = void); labels come in Cityscapes train ids."""

    name = "camvid"
    label_space = "camvid"
    splits = ("train", "val", "test")
    official = {"train": 367, "val": 101, "test": 233}
    marks = ("trainannot", "train", "val")
    files = (("{split}", r"([^.]+)\.png"), ("{split}annot", r"([^.]+)\.png"))
    cure = (
        "Copy the folder CamVid of the SegNet tutorial repository to the root, so that it holds train/, trainannot/, "
        "val/, valannot/, test/ and testannot/ with the files unchanged."
    )
    table = id_table({i: LABEL_SPACES["camvid"].classes.index(name) for i, name in enumerate(CLASSES)}, [VOID])
