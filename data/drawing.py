"""A shape and its colours → a small flat picture, drawn large and scaled down so that its edges are smooth."""

from __future__ import annotations

import io
from collections.abc import Callable

import shapes_indoors as indoors
import shapes_outside as outside
import shapes_personal as personal
from pen import SIZE, Pen, mixed
from PIL import Image
from words import RGB

SHAPES: dict[str, Callable[[Pen], None]] = {
    "mug": indoors.mug,
    "machine": indoors.machine,
    "filter": indoors.filter_cone,
    "kettle": indoors.kettle,
    "pan": indoors.pan,
    "pot": indoors.pot,
    "lid": indoors.lid,
    "knife": indoors.knife,
    "bowl": indoors.bowl,
    "board": indoors.board,
    "lamp": indoors.lamp,
    "bulb": indoors.bulb,
    "candle": indoors.candle,
    "cushion": indoors.cushion,
    "blanket": indoors.blanket,
    "towel": indoors.towel,
    "chair": indoors.chair,
    "table": indoors.table,
    "vase": indoors.vase,
    "tent": outside.tent,
    "mat": outside.mat,
    "stove": outside.stove,
    "canister": outside.canister,
    "backpack": outside.backpack,
    "cover": outside.cover,
    "boot": outside.boot,
    "bottle": outside.bottle,
    "phone": outside.phone,
    "case": outside.case,
    "charger": outside.charger,
    "headphones": outside.headphones,
    "pads": outside.pads,
    "speaker": outside.speaker,
    "shirt": personal.shirt,
    "sweater": personal.sweater,
    "jacket": personal.jacket,
    "hat": personal.hat,
    "scarf": personal.scarf,
    "belt": personal.belt,
    "jar": personal.jar,
    "tube": personal.tube,
    "soap": personal.soap,
    "brush": personal.brush,
    "lipstick": personal.lipstick,
    "razor": personal.razor,
    "blades": personal.blades,
}


def picture(shape: str, department: str, colour: RGB, accent: RGB, *, pattern: int) -> bytes:
    """The PNG file of an item: 128 × 128, at most 40 colours, the item on a disc that white goods stand out from."""
    pen = Pen(department, colour, accent, pattern)
    pen.oval(4, 4, 124, 124, pen.halo)
    pen.oval(24, 100, 104, 114, mixed(pen.halo, (70, 72, 96), 0.2))
    SHAPES[shape](pen)
    small = pen.image.resize((SIZE, SIZE), Image.Resampling.LANCZOS)
    # A fixed palette method and no metadata: the same picture is the same bytes.
    few = small.quantize(colors=40, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, format="PNG", optimize=True)
    return file.getvalue()
