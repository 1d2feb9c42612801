# What every service of docker-compose.yml but PostgreSQL and pgAdmin runs in.

FROM python:3.11.14-slim-bookworm AS packages
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /srv/confradar
# The packages first: they change less often than the project does.
COPY pyproject.toml README.md LICENSE ./
RUN uv sync --no-default-groups --group orchestration --no-install-project
COPY . .
RUN uv sync --no-default-groups --group orchestration

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin confradar \
    && install --directory --owner=confradar --group=confradar --mode=0700 \
        /var/lib/confradar /backups
# Root owns the program: who runs it cannot change it.
COPY --from=packages /srv/confradar /srv/confradar
ENV PATH=/srv/confradar/.venv/bin:$PATH \
    HOME=/var/lib/confradar \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv/confradar
USER confradar
CMD ["confradar", "--help"]
