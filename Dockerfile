FROM python:3.13-slim

# So that the log shows each line when it is written.
ENV PYTHONUNBUFFERED=1

# A fixed id, so that the owner of a mounted folder can be set to it.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin openmoss \
    && install --directory --owner=openmoss --mode=0700 /data

WORKDIR /app

# Before the code, so that a change of the code does not install everything again.
COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --requirement requirements.lock

# Owned by root: the server cannot change its own code.
COPY . ./

# With a throw-away data folder: a secret key made here would be the same in every copy of the image.
RUN OPENMOSS_DATA_DIR=/tmp/build python manage.py collectstatic --noinput -v0 && rm -rf /tmp/build

ENV OPENMOSS_DATA_DIR=/data
USER openmoss
VOLUME /data
EXPOSE 6565

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:' + os.environ.get('OPENMOSS_PORT', '6565') + '/api/health', timeout=4)"]

ENTRYPOINT ["sh", "-c", "python manage.py migrate --noinput && exec python manage.py serve"]
