#!/usr/bin/env bash
# Debian packages that tests use: promtool checks the metrics page. Installs only what is missing.
set -euo pipefail

command -v promtool >/dev/null && exit 0
command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || {
  echo "promtool is missing: install Prometheus 2.42 or newer (Debian: apt-get install prometheus)" >&2
  exit 1
}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends prometheus >/dev/null
