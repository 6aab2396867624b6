#!/usr/bin/env bash
# Makes the shipped model again, from nothing, in two runs: provisioning/command_model/retrain.sh DIRECTORY
# Needs pip install -e '.[train]'; after an interruption the same command goes on. The model is DIRECTORY/model then.
set -euo pipefail

readonly OUT=${1:?"usage: $0 DIRECTORY"}
readonly FIRST=${FIRST_MINUTES:-101} SECOND=${SECOND_MINUTES:-90} EXAMPLES=${EXAMPLES:-1700000} PYTHON=${PYTHON:-python3}

run() { "$PYTHON" -m "provisioning.command_model.$1" "${@:2}"; }

train() { run train --examples "$EXAMPLES" --tokens 2000 --processes 2 "$@"; }

mkdir -p "$OUT"
train --minutes "$FIRST" --seed 12 --out "$OUT/first"
run export "$OUT/first" "$OUT/half"
train --minutes "$SECOND" --seed 13 --muon-lr 0.01 --adam-lr 0.001 --start "$OUT/half" --out "$OUT/second"
run export "$OUT/second" "$OUT/model"
