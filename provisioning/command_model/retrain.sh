#!/usr/bin/env bash
# Makes such models as the shipped two, from nothing, in four runs: provisioning/command_model/retrain.sh DIRECTORY
# Needs pip install -e '.[train]'; after an interruption the same command goes on. DIRECTORY/model is what `[model] directory` takes.
set -euo pipefail

readonly OUT=${1:?"usage: $0 DIRECTORY"}
readonly FIRST=${FIRST_STEPS:-10100} NEXT=${NEXT_STEPS:-5000} LAST=${LAST_STEPS:-4400} PYTHON=${PYTHON:-python3}
readonly EXAMPLES=${EXAMPLES:-1700000}

run() { "$PYTHON" -m "provisioning.command_model.$1" "${@:2}"; }

train() { run train --examples "$EXAMPLES" --tokens 2000 --processes 2 --minutes 0 "$@"; }

# Goes on with the model $1, at half the learning rates, as run $2 with the seed $3, for $4 steps.
go_on() { train --steps "$4" --seed "$3" --muon-lr 0.01 --adam-lr 0.001 --start "$1" --out "$OUT/$2"; }

mkdir -p "$OUT"
train --steps "$FIRST" --seed 12 --out "$OUT/first"
run export "$OUT/first" "$OUT/after-first"
go_on "$OUT/after-first" second 13 "$NEXT"
run export "$OUT/second" "$OUT/after-second"
go_on "$OUT/after-second" third 14 "$LAST"
go_on "$OUT/after-second" fourth 15 "$LAST"
run export "$OUT/fourth" "$OUT/model"
run export "$OUT/third" "$OUT/model/second"
