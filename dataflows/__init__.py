"""The dataflow: builds the graph and defines what a feature's value means.

Polars starts one thread per core, so a worker's pool size is set here, before polars is first imported.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", os.environ.get("HEADRACE_POLARS_THREADS", "1"))
