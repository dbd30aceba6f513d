# One worker process of the feature store. Arguments are those of `python -m bytewax.run`:
#   docker run headrace -r /var/lib/headrace/recovery -s 10 -b 0
#   docker run headrace -i 0 -a "headrace-0:2101;headrace-1:2101"
# Any other command of it:
#   docker run --entrypoint headrace headrace serve --host 0.0.0.0 --port 8080
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/opt/venv/bin:$PATH \
    NUMBA_CACHE_DIR=/var/cache/headrace \
    HEADRACE_SPECS=/app/feature_specs \
    HEADRACE_VAR=/var/lib/headrace \
    BYTEWAX_DATAFLOW_API_ENABLED=1 \
    BYTEWAX_DATAFLOW_API_PORT=3030 \
    BYTEWAX_DATAFLOW_API_CACHE_PATH=/var/lib/headrace

RUN useradd --uid 10001 --no-create-home --home-dir /var/lib/headrace headrace \
    && install -d -o headrace -g headrace /var/lib/headrace /var/cache/headrace

WORKDIR /app

# Dependencies first: they change seldom, and the layer is kept. With s3, for HEADRACE_REPORTS_URL=s3://...
COPY pyproject.toml requirements.lock ./
RUN python -m venv /opt/venv \
    && python -c "import tomllib; p = tomllib.load(open('pyproject.toml', 'rb'))['project']; print(*p['dependencies'], *p['optional-dependencies']['s3'], sep='\n')" > /tmp/needed \
    && pip install -c requirements.lock -r /tmp/needed \
    && rm /tmp/needed

COPY README.md LICENSE ./
COPY connectors connectors
COPY dataflows dataflows
COPY reports reports
COPY serving serving
COPY cli cli
COPY feature_specs feature_specs
RUN pip install --no-deps -e .

USER headrace
# Checks the definitions that go into the image, and compiles the kernels into NUMBA_CACHE_DIR.
RUN headrace validate && headrace test

VOLUME /var/lib/headrace
EXPOSE 3030 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['BYTEWAX_DATAFLOW_API_PORT'] + '/metrics', timeout=2)"]

# SIGTERM drains: the run ends at the next snapshot.
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bytewax.run", "dataflows.features"]
