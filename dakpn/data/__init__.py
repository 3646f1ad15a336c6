"""Data sets: one reader per official layout and one for anybody's own, views of them for training, and a doctor.

A reader is used twice: by `views.write_view`, which turns a split into memory-mapped arrays, and by
`passport.issue_passport`, which says what is wrong with the data.
Importing this package loads neither torch nor torchvision.
"""

from dakpn.data.camvid import CamVid
from dakpn.data.celebamask_hq import CelebAMaskHQ
from dakpn.data.cityscapes import Cityscapes
from dakpn.data.facesynthetics import FaceSynthetics
from dakpn.data.folder import Folder
from dakpn.data.gta5 import GTA5
from dakpn.data.reader import Reader
from dakpn.data.synthia import Synthia

READERS: dict[str, type[Reader]] = {
    "gta5": GTA5,
    "cityscapes": Cityscapes,
    "facesynthetics": FaceSynthetics,
    "celebamask-hq": CelebAMaskHQ,
    "camvid": CamVid,
    "synthia": Synthia,
    "folder": Folder,
}
