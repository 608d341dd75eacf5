"""Prints the PDQ hash of a picture, and how good it is, as JSON. Runs in the sandbox: ``pdq_child.py SOURCE``."""

import json
import os
import sys

os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")

import numpy as np
import pdqhash
from PIL import Image

with Image.open(sys.argv[1], formats=("JPEG", "PNG", "WEBP")) as picture:
    bits, quality = pdqhash.compute(np.asarray(picture.convert("RGB")))
sys.stdout.write(json.dumps({"pdq": np.packbits(bits).tobytes().hex(), "quality": int(quality)}))
