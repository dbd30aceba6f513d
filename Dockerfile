# One worker process of the feature store. Arguments are those of `python -m bytewax.run`:
#   docker run --init -v headrace:/var/lib/headrace headrace -r /var/lib/headrace/recovery -s 10 -b 0
#   docker run --init -v headrace:/var/lib/headrace headrace -i 0 -a "headrace-0:2101;headrace-1:2101"
# Any other command:
#   docker run --init --no-healthcheck --entrypoint headrace headrace serve --host 0.0.0.0 --port 8080
# docs/operating.md describes the recovery store, stopping, and the requirements of --read-only.
ARG PYTHON=3.12
FROM python:${PYTHON}-slim

# The build compiles the kernels for any processor of the architecture. Kernels for this processor would be compiled again
# on others, for a minute or more at each start, and are not measurably faster.
ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    NUMBA_CPU_NAME=generic \
    NUMBA_CACHE_DIR=/var/cache/headrace \
    NUMBA_CACHE_LOCATOR_CLASSES=dataflows.runtime.kernel_cache.BuiltKernels \
    HEADRACE_SPECS=/app/feature_specs \
    HEADRACE_VAR=/var/lib/headrace \
    HEADRACE_METRICS_HOST=0.0.0.0 \
    BYTEWAX_DATAFLOW_API_ENABLED=1 \
    BYTEWAX_DATAFLOW_API_PORT=3030 \
    BYTEWAX_DATAFLOW_API_CACHE_PATH=/var/lib/headrace

RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/headrace headrace \
    && install -d -o headrace -g headrace /var/lib/headrace /var/cache/headrace

WORKDIR /app

# Dependencies first: they rarely change, so the layer is cached. With s3, for HEADRACE_REPORTS_URL=s3://...; without the
# tests of packages, a tenth of the size. Python's standard library comes without bytecode, which a process without write
# permission would compile again at every start, health checks included.
COPY pyproject.toml requirements.lock ./
RUN python -c "import tomllib; t = tomllib.load(open('pyproject.toml', 'rb')); p = t['project']; print(*t['build-system']['requires'], *p['dependencies'], *p['optional-dependencies']['s3'], sep='\n')" > /tmp/needed \
    && pip install -c requirements.lock -r /tmp/needed \
    && rm /tmp/needed \
    && find /usr/local/lib/python3* -type d -name tests -prune -exec rm -r {} + \
    && python -m compileall -q /usr/local/lib/python3*

COPY README.md LICENSE ./
COPY compiled_loops compiled_loops
COPY connectors connectors
COPY dataflows dataflows
COPY reports reports
COPY serving serving
COPY governance governance
COPY headrace headrace
COPY cli cli
RUN pip install --no-deps --no-build-isolation -e . && python -m compileall -q .

USER headrace
RUN python -c "from dataflows.runtime.process.warmup import compile_kernels; compile_kernels()"
# The definitions are last, because they change most often. The build checks them and runs their tests.
COPY feature_specs feature_specs
RUN headrace validate && headrace test

VOLUME /var/lib/headrace
EXPOSE 3030 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['BYTEWAX_DATAFLOW_API_PORT'] + '/metrics', timeout=2)"]

# SIGTERM drains: the run ends at the next snapshot.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bytewax.run", "dataflows.features"]
