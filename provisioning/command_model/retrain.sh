#!/usr/bin/env bash
# Makes two such models as the shipped ones, from nothing, in one piece: provisioning/command_model/retrain.sh DIRECTORY
# A stem is trained at constant rates, then two ends from it, each on sentences of its own, with rates falling to zero.
# Needs pip install -e '.[train]'; after an interruption the same command goes on. DIRECTORY/model is what `[model] directory` takes.
set -euo pipefail

readonly OUT=${1:?"usage: $0 DIRECTORY"}
readonly STEM=${STEM_STEPS:-8200} END=${END_STEPS:-3200} PYTHON=${PYTHON:-python3}
readonly STEM_EXAMPLES=${STEM_EXAMPLES:-1150000} END_EXAMPLES=${END_EXAMPLES:-450000}

run() { "$PYTHON" -m "provisioning.command_model.$1" "${@:2}"; }

train() { run train --tokens 2000 --processes 2 --minutes 0 "$@"; }

# Trains the end $1 with the seed $2.
end() { train --start "$OUT/stem" --decay 1 --seed "$2" --steps "$END" --examples "$END_EXAMPLES" --out "$OUT/$1"; }

mkdir -p "$OUT"
train --decay 0 --seed 21 --steps "$STEM" --examples "$STEM_EXAMPLES" --out "$OUT/stem"
end first 22
end second 23
run export "$OUT/first" "$OUT/model"
run export "$OUT/second" "$OUT/model/second"
