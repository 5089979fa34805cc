#!/usr/bin/env bash
# Installs missing Debian packages that tests use: promtool checks the metrics page, gcc compiles fakes,
# elixir runs the reporter for Snakepit, systemd-analyze checks the unit of the agent, chromium shows the live page, pip downloads wheels,
# zsh completes the command.
set -euo pipefail

missing=()
command -v promtool >/dev/null || missing+=(prometheus)
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v elixir >/dev/null || missing+=(elixir)
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v systemd-analyze >/dev/null || missing+=(systemd)
command -v zsh >/dev/null || missing+=(zsh)
python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
[ ${#missing[@]} = 0 ] && exit 0
command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || {
  echo "Install these packages (Debian names; promtool 2.42 or newer, Elixir 1.14 or newer, Chromium 123 or newer): ${missing[*]}" >&2
  exit 1
}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
