"""DA-KPN: image translation with kernel prediction networks, and the judging of translations by segmentation."""
