"""The pictures that notebooks, the report and the pages for students share.

Each function returns a `Picture` or an `Animation`, with the words that stand for it where it is not seen. Those that
begin with `draw_` draw the same on axes that are given to them.
"""

from parity.plots.animation import *
from parity.plots.boundaries import *
from parity.plots.charts import *
from parity.plots.functions import *
from parity.plots.graphs import *
from parity.plots.heat_maps import *
from parity.plots.matrices import *
from parity.plots.style import Picture as Picture
from parity.plots.surfaces import *
from parity.plots.traces import *
