# One gateway. With CHATD_REDIS it keeps nothing; without, its engine's data is in /var/lib/chatd.

FROM python:3.13-slim AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
    || echo "note: no C compiler can be had"
COPY pyproject.toml setup.py README.md LICENSE ./
COPY chatd chatd
COPY cli cli
# Compiled where that is possible (docs/operations.md, "Faster"); `chatd --version` tells.
RUN python -m venv /opt/chatd \
    && { CHATD_COMPILE=1 /opt/chatd/bin/pip install --no-cache-dir . \
    || { echo "note: chatd is installed as plain Python, for the reason above" \
    && /opt/chatd/bin/pip install --no-cache-dir . ; } ; }

FROM python:3.13-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/chatd chatd
COPY --from=build /opt/chatd /opt/chatd
ENV PATH=/opt/chatd/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    CHATD_LISTEN=0.0.0.0:6667 \
    CHATD_DATA_DIR=/var/lib/chatd/data
USER chatd
WORKDIR /var/lib/chatd
EXPOSE 6667
STOPSIGNAL SIGTERM
# Asks whether the gateway answers a line, without registering: nobody sees it come or go.
HEALTHCHECK --interval=2s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import socket; s = socket.create_connection(('127.0.0.1', 6667), 2); s.sendall(b'PING :alive\\r\\n'); assert s.recv(512)"]
CMD ["chatd", "serve"]
