# One image for each service, and one with everything in one process (the last target, so the default):
#
#   docker build --target gateway -t supportbot-gateway:0.1.0 .
#   docker build -t supportbot:0.1.0 .
#
# infra/docker/install.sh does the installing, here and in the tests, which have no container engine.
ARG PYTHON_IMAGE=python:3.11.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS builder
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements/uv.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/uv.txt
COPY infra/docker/install.sh infra/docker/

FROM builder AS build-gateway
COPY requirements/gateway.txt requirements/
RUN infra/docker/install.sh requirements gateway /app/venv
COPY libs/common libs/common
COPY services/gateway services/gateway
RUN infra/docker/install.sh packages gateway /app/venv

FROM builder AS build-answerer
COPY requirements/answerer.txt requirements/
RUN infra/docker/install.sh requirements answerer /app/venv
COPY libs/common libs/common
COPY services/answerer services/answerer
RUN infra/docker/install.sh packages answerer /app/venv

FROM builder AS build-indexer
COPY requirements/indexer.txt requirements/
RUN infra/docker/install.sh requirements indexer /app/venv
COPY libs/common libs/common
COPY services/indexer services/indexer
RUN infra/docker/install.sh packages indexer /app/venv

FROM builder AS build-admin-api
COPY requirements/admin-api.txt requirements/
RUN infra/docker/install.sh requirements admin-api /app/venv
COPY libs/common libs/common
COPY services/admin-api services/admin-api
RUN infra/docker/install.sh packages admin-api /app/venv

FROM builder AS build-all-in-one
COPY requirements/standalone.txt requirements/
RUN infra/docker/install.sh requirements all-in-one /app/venv
COPY libs/common libs/common
COPY services services
RUN infra/docker/install.sh packages all-in-one /app/venv

FROM ${PYTHON_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="supportbot" \
      org.opencontainers.image.description="Customer support in Telegram and on the web, answered from a company's own documents" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 supportbot \
    && useradd --uid 10001 --gid 10001 --home-dir /app --no-create-home --shell /usr/sbin/nologin supportbot \
    && mkdir -p /app/data/documents /app/logs /app/backups /app/synonyms \
    && chown -R 10001:10001 /app/data /app/logs /app/backups /app/synonyms
ENV PATH=/app/venv/bin:${PATH} PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WEB_HOST=0.0.0.0
# Everything that is written goes below /app/data (and /app/logs, /app/backups where they are used), or to /tmp.
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=120s --retries=4 CMD ["python", "-m", "supportbot.common.probe"]

# What reads documents has tesseract too, for pages that are pictures. No version is named: Debian replaces it by mended ones.
FROM runtime AS runtime-for-documents
USER 0:0
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends tesseract-ocr tesseract-ocr-eng tesseract-ocr-rus \
    && rm -rf /var/lib/apt/lists/*
USER 10001:10001

FROM runtime AS gateway
COPY --from=build-gateway /app/venv /app/venv
ENV WEB_PORT=5001
EXPOSE 5001
ENTRYPOINT ["python", "-m", "supportbot.gateway"]

FROM runtime AS answerer
COPY --from=build-answerer /app/venv /app/venv
ENV WEB_PORT=5002
EXPOSE 5002
ENTRYPOINT ["python", "-m", "supportbot.answerer"]

FROM runtime-for-documents AS indexer
COPY --from=build-indexer /app/venv /app/venv
ENV WEB_PORT=5003
EXPOSE 5003
ENTRYPOINT ["python", "-m", "supportbot.indexer"]

FROM runtime AS admin-api
COPY --from=build-admin-api /app/venv /app/venv
ENV WEB_PORT=5000
EXPOSE 5000
ENTRYPOINT ["python", "-m", "supportbot.admin_api"]

FROM runtime-for-documents AS all-in-one
COPY --from=build-all-in-one /app/venv /app/venv
ENV WEB_PORT=5000
EXPOSE 5000
VOLUME /app/data
ENTRYPOINT ["supportbot"]
CMD ["run"]
