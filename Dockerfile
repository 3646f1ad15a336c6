# docker build --tag dakpn .                            runs on the CPU
# docker build --build-arg DEVICE=cuda --tag dakpn .    also on GPUs: docker run --gpus all
#
# The run writes into the folder it is started in:
#   docker run --rm --gpus all --volume "$PWD":/runs dakpn --cores 8 --resources gpu=1 all
#
# apptainer.def has the same steps; tests/test_containers.py compares them with each other and with the Makefile's.
ARG DEVICE=cpu

FROM python:3.11-slim AS cpu

# The lock's torch brings CUDA's libraries itself; the host's container toolkit brings the driver.
FROM cpu AS cuda
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM ${DEVICE}
COPY Makefile requirements.lock pyproject.toml environment.yml README.md LICENSE Snakefile /dakpn/
COPY baselines /dakpn/baselines
COPY benchmarks /dakpn/benchmarks
COPY config /dakpn/config
COPY dakpn /dakpn/dakpn
COPY paper /dakpn/paper
COPY profiles /dakpn/profiles
COPY workflow /dakpn/workflow
# The compiler builds the blur in C and, on a GPU, what Triton needs.
RUN apt-get update && apt-get install --yes --no-install-recommends gcc libc6-dev make
RUN cd /dakpn && make env
ENV PATH=/dakpn/.venv/bin:$PATH
WORKDIR /runs
ENTRYPOINT ["snakemake", "--snakefile", "/dakpn/Snakefile"]
