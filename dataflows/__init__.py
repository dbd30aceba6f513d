"""The graph and what a value means.

Polars starts a thread per core; a worker's pool is set here, before polars is first imported.
"""

import os

os.environ.setdefault("POLARS_MAX_THREADS", os.environ.get("HEADRACE_POLARS_THREADS", "1"))
