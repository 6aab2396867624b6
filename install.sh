#!/usr/bin/env bash
# Sets ternd up: for a try (demo), for its tests (test), or as a service on this machine (no command, as root).
# Running it again changes nothing that is as it should be.
set -euo pipefail

readonly ROOT=/opt/ternd
readonly CONFIG=/etc/ternd/ternd.toml
readonly HEALTH_S=${TERND_HEALTH_S:-10}
readonly UNITS=(
    "ternd.service /etc/systemd/system/ternd.service"
    "sysusers.conf /etc/sysusers.d/ternd.conf"
    "tmpfiles.conf /etc/tmpfiles.d/ternd.conf"
    "60-ternd.rules /etc/udev/rules.d/60-ternd.rules"
    "ternd-first-boot.service /etc/systemd/system/ternd-first-boot.service"
    "ternd-infer.service /etc/systemd/system/ternd-infer.service"
    "ternd-infer.socket /etc/systemd/system/ternd-infer.socket"
)

usage() {
    cat <<TEXT
Usage: install.sh [COMMAND]

  demo [ARGUMENT…]     a simulated home in this terminal, without hardware; see: install.sh demo --help
  test [ARGUMENT…]     set up and run the tests; arguments go to pytest
  (no command)         install or upgrade the service on this machine; as root
  --make-wheelhouse DIR [EXTRA,…]
                       fill DIR with all that an installation without a network needs; on a machine of the same kind
                       (extras: see pyproject.toml, such as voice)
  --wheelhouse DIR     install or upgrade from there: no network, no compiler; every file is checked against its hash
  --check              is what is installed sound?
  --uninstall          remove the service; keep /etc/ternd, /var/lib/ternd and the user
  --uninstall --purge  remove those too
  --help               this text

After an upgrade the service is watched for TERND_HEALTH_S seconds (10); if it fails, the release before is put back.
TERND_PYTHON names the Python to use (3.11 or later; the service always uses the distribution's own).
TEXT
}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "install.sh: $*"
    exit 1
}

is_root() { [[ $(id -u) == 0 ]]; }

systemd_runs() { [[ -d /run/systemd/system ]]; }

# --- what the machine must have ----------------------------------------------------------------------

python_suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

# Prints the first suitable Python of the given names.
find_python() {
    local name
    for name in "$@"; do
        if command -v "$name" >/dev/null && python_suits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

compiler_works() {
    echo '#include <stdlib.h>' | "${CC:-cc}" -fsyntax-only -x c - 2>/dev/null
}

# Prints the apt packages that are missing for a virtual environment with the native engine, for the Python $1.
missing_packages() {
    local python=$1
    [[ -n $python ]] || echo python3
    if [[ -z $python ]] || ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo python3-venv
    fi
    if [[ -z $python ]] || ! "$python" -c '
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' 2>/dev/null; then
        echo python3-dev
    fi
    compiler_works || printf '%s\n' gcc libc6-dev
}

has_mosquitto() { command -v mosquitto >/dev/null || [[ -x /usr/sbin/mosquitto ]]; }

# Installs the apt packages given, or says how to.
need_packages() {
    [[ $# -gt 0 ]] || return 0
    if ! command -v apt-get >/dev/null; then
        fail "this machine lacks what Debian calls: $*. Install it, then run this again."
    fi
    if ! is_root; then
        fail "some system packages are missing. Run this line, then this script again:
  sudo apt-get install -y $*"
    fi
    say "Installing system packages: $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -q --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -q >/dev/null && apt-get install -y -q --no-install-recommends "$@" >/dev/null; } ||
        fail "apt-get could not install: $*"
}

# --- the development environment: .venv in the checkout ------------------------------------------------

# Prints a digest of all that the environment made with the Python $1 depends on.
environment_digest() {
    {
        printf '%s\n' "$PWD"
        "$1" -c 'import sys; print(sys.version)'
        find pyproject.toml native -type f \( -name '*.toml' -o -name '*.[ch]' \) ! -path '*/build/*' -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d ' ' -f 1
}

# Is .venv made from the digest $1, with the extras $2?
is_prepared() {
    [[ -x .venv/bin/python ]] && {
        if [[ -n $2 ]]; then
            grep -qsxF "$1" ".venv/ternd-$2.stamp"
        else
            grep -qsxF "$1" .venv/ternd-*.stamp
        fi
    }
}

# Makes .venv with the extras $1, unless it is there already; prints nothing then.
prepare() {
    local extras=$1 python digest
    local -a pythons=(${TERND_PYTHON:+"$TERND_PYTHON"} python3 python3.13 python3.12 python3.11)
    python=$(find_python "${pythons[@]}" || true)
    if [[ -n $python ]] && is_prepared "$(environment_digest "$python")" "$extras"; then
        return
    fi
    mapfile -t packages < <(missing_packages "$python")
    [[ $extras != test ]] || has_mosquitto || packages+=(mosquitto)
    need_packages "${packages[@]}"
    python=$(find_python "${pythons[@]}") || fail "Python 3.11 or later is needed; this system has $(python3 --version 2>&1)."
    digest=$(environment_digest "$python")
    say "Setting up .venv with $("$python" --version): packages and the native engine, a minute or two the first time"
    is_prepared "$digest" "" || rm -f .venv/ternd-*.stamp
    if ! .venv/bin/python -c 'import pip' 2>/dev/null ||
        [[ $(.venv/bin/python --version) != $("$python" --version) ]]; then
        rm -rf .venv
        "$python" -m venv .venv
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".${extras:+[$extras]}" ||
        fail "pip could not set up .venv; see above."
    printf '%s\n' "$digest" >".venv/ternd-${extras:-base}.stamp"
}

demo() {
    local extras=""
    has_mosquitto || extras=demo
    prepare "$extras"
    exec .venv/bin/python -m appliance demo "$@"
}

run_tests() {
    prepare test
    exec .venv/bin/python -m pytest "$@"
}

# --- the service ---------------------------------------------------------------------------------------

version_of() { sed -n 's/^__version__ = "\(.*\)"$/\1/p' appliance/__init__.py; }

# The files of the checkout that make a release.
release_sources() {
    find pyproject.toml README.md LICENSE appliance native/_native.c native/include native/src systemd provisioning/ternd.toml \
        provisioning/udev provisioning/first-boot -type f ! -name '*.py[co]' ! -name '*.so' ! -path '*/__pycache__/*' -print0 | LC_ALL=C sort -z
}

# Does the section $1 of the configuration have a line that begins with $2?
configured() {
    [[ -r $CONFIG ]] &&
        awk -v section="^[[:space:]]*\\\\[$1\\\\]" -v line="^[[:space:]]*$2" \
            '/^[[:space:]]*\[/ { here = $0 ~ section } here && $0 ~ line { on = 1 } END { exit !on }' "$CONFIG"
}

wants_voice() { configured voice 'enabled[[:space:]]*=[[:space:]]*true'; }

wants_metrics() { configured metrics 'port[[:space:]]*=[[:space:]]*[1-9]'; }

is_pi() { grep -qsi 'raspberry pi' /proc/device-tree/model || compgen -G '/dev/gpiochip*' >/dev/null; }

# Installs apt's packages for the journal and the pins where there are such; prints the extras that pip must bring.
system_libraries() {
    local wanted=(python3-systemd) name
    ! is_pi || wanted+=(python3-lgpio)
    if wants_voice; then
        wanted+=(espeak-ng libportaudio2)
        echo voice
    fi
    ! wants_metrics || echo metrics
    compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || apt-get update -q >/dev/null 2>&1 || true
    for name in "${wanted[@]}"; do
        if apt-cache policy "$name" 2>/dev/null | grep -q 'Candidate: [0-9]'; then
            dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || need_packages "$name"
        elif [[ $name == python3-lgpio ]]; then
            echo pi
        fi
    done
}

# Prints the digest of the sources of a release.
sources_digest() { release_sources | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1; }

# Copies the sources of a release to a new folder and prints its name.
copy_sources() {
    local sources
    sources=$(mktemp -d)
    release_sources | xargs -0 cp --parents -t "$sources"
    printf '%s\n' "$sources"
}

# Builds the release $1 whose sources have the digest $2, from the wheelhouse $3 if one is given.
build_release() {
    local release=$1 digest=$2 wheelhouse=$3 sources extras
    say "Building $release: a few minutes on a small board"
    rm -rf "$release"
    mkdir -p "$release"
    # shellcheck disable=SC2064 # the folder of now; half a release is none
    trap "rm -rf '$release'" EXIT
    /usr/bin/python3 -m venv --system-site-packages "$release"
    if [[ -n $wheelhouse ]]; then
        "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location --no-index --no-deps \
            --find-links "$wheelhouse" --require-hashes --requirement "$wheelhouse/requirements.txt" ||
            fail "pip could not install from $wheelhouse; see above. Nothing was changed."
    else
        sources=$(copy_sources)
        # shellcheck disable=SC2064 # the folder of now
        trap "rm -rf '$sources' '$release'" EXIT
        extras=$(system_libraries | paste -sd,)
        "$release/bin/python" -m pip install --quiet --disable-pip-version-check --no-warn-script-location \
            "$sources${extras:+[$extras]}" || fail "pip could not build $release; see above."
        rm -rf "$sources"
    fi
    install -D -m 0644 -t "$release/share/ternd" systemd/*.service systemd/*.socket systemd/sysusers.conf systemd/tmpfiles.conf \
        provisioning/udev/60-ternd.rules provisioning/ternd.toml appliance/data/defaults.toml
    install -D -m 0755 -t "$release/share/ternd" provisioning/first-boot/ternd-first-boot
    self_test "$release"
    printf '%s\n' "$digest" >"$release/.complete"
    trap - EXIT
}

# Fills the folder $1 with the wheels of ternd, its extras $2 and of all that they need, and a list of their hashes.
make_wheelhouse() {
    local folder=$1 extras=$2 python sources work wheel name rest
    [[ -n $folder ]] || fail "say where: install.sh --make-wheelhouse DIR"
    [[ ! -e $folder || -z $(ls -A "$folder") ]] || fail "$folder is not empty; name a new folder."
    python=$(find_python ${TERND_PYTHON:+"$TERND_PYTHON"} /usr/bin/python3 python3) || fail "Python 3.11 or later is needed."
    mapfile -t packages < <(missing_packages "$python")
    need_packages "${packages[@]}"
    mkdir -p "$folder"
    work=$(mktemp -d)
    sources=$(copy_sources)
    # shellcheck disable=SC2064 # the folders of now
    trap "rm -rf '$work' '$sources'" EXIT
    "$python" -m venv "$work"
    say "Building and fetching wheels for $("$python" --version) on $(uname -m)"
    "$work/bin/python" -m pip wheel --quiet --disable-pip-version-check --wheel-dir "$folder" "$sources${extras:+[$extras]}" ||
        fail "pip could not make the wheels; see above."
    (
        cd "$folder"
        for wheel in *.whl; do
            name=${wheel%%-*} rest=${wheel#*-}
            printf '%s==%s --hash=sha256:%s\n' "${name//_/-}" "${rest%%-*}" "$(sha256sum <"$wheel" | cut -d ' ' -f 1)"
        done >requirements.txt
    )
    sources_digest >"$folder/sources.sha256"
    say "$folder has $(wc -l <"$folder/requirements.txt") wheels. On the other machine, with the same checkout: sudo ./install.sh --wheelhouse DIR"
}

# Is the folder $1 a wheelhouse that was made of these sources, with the digest $2?
check_wheelhouse() {
    [[ -r $1/requirements.txt && -r $1/sources.sha256 ]] ||
        fail "$1 is no wheelhouse. Make one where there is a network: install.sh --make-wheelhouse DIR"
    [[ $(cat "$1/sources.sha256") == "$2" ]] ||
        fail "$1 was made of other sources than this checkout: use the checkout it was made of, or make it again."
}

# One sentence through the model and the native engine of the release $1.
self_test() {
    local home answer
    home=$(mktemp --suffix .yaml)
    printf '%s\n' 'floors: []' 'areas: [{id: den, name: Den}]' \
        'entities: [{id: light.lamp, name: Lamp, area: den, state: "off"}]' >"$home"
    answer=$("$1/bin/ternd" intents --home "$home" --json "turn on the lamp") || true
    rm -f "$home"
    [[ $answer == *HassTurnOn*light.lamp* ]] || fail "the self-test of $1 failed, nothing was changed. It answered: $answer"
}

# Copies a file only when it differs.
place() {
    cmp -s "$1" "$2" || install -D -m 0644 "$1" "$2"
}

# Makes the release $1 the current one: units, user, folders, link.
activate() {
    local release=$1 entry
    for entry in "${UNITS[@]}"; do
        if [[ -e $release/share/ternd/${entry% *} ]]; then
            place "$release/share/ternd/${entry% *}" "${entry#* }"
        else # a release before did not have it
            rm -f "${entry#* }"
        fi
    done
    systemd-sysusers /etc/sysusers.d/ternd.conf
    systemd-tmpfiles --create /etc/tmpfiles.d/ternd.conf
    if [[ $(readlink "$ROOT/current" || true) != "$release" ]]; then
        ln -sfn "$release" "$ROOT/current.new"
        mv -T "$ROOT/current.new" "$ROOT/current"
    fi
    [[ -e /usr/local/bin/ternd ]] || ln -sfn "$ROOT/current/bin/ternd" /usr/local/bin/ternd
}

enable_units() {
    systemctl enable --quiet ternd.service
    [[ ! -e /etc/systemd/system/ternd-first-boot.service ]] || systemctl enable --quiet ternd-first-boot.service
}

# Would the release $1 take the configuration as it is?
accepts_configuration() {
    [[ ! -e $CONFIG ]] || "$1/bin/ternd" config check --config "$CONFIG" >/dev/null
}

# Is the service up and does it stay so for a while, without being started again?
stays_healthy() {
    local pid end=$((SECONDS + HEALTH_S))
    pid=$(systemctl show -p MainPID --value ternd.service)
    while [[ $SECONDS -lt $end ]]; do
        sleep 0.5
        systemctl is-active --quiet ternd.service || return 1
        [[ $(systemctl show -p MainPID --value ternd.service) == "$pid" ]] || return 1
    done
}

# Starts or restarts the service and waits for READY.
start_service() {
    systemctl daemon-reload
    ! command -v udevadm >/dev/null || udevadm control --reload || true
    enable_units
    systemctl reset-failed ternd.service 2>/dev/null || true
    ! systemctl is-active --quiet ternd-infer.service || systemctl restart ternd-infer.service
    systemctl restart ternd.service
}

# Removes the releases that are neither current nor the one before ($1).
prune_releases() {
    local release
    for release in "$ROOT"/releases/*/; do
        release=${release%/}
        [[ $release == "$(readlink "$ROOT/current")" || $release == "$1" ]] || rm -rf "$release"
    done
}

# Installs or upgrades the service, from the wheelhouse $1 if one is given.
install_service() {
    local wheelhouse=${1:-} digest release previous changed=no
    is_root || fail "installing the service needs root: sudo $0"
    python_suits /usr/bin/python3 || need_packages python3
    mapfile -t packages < <(missing_packages /usr/bin/python3)
    if [[ -n $wheelhouse ]]; then # nothing is compiled
        wheelhouse=$(readlink -f "$wheelhouse")
        mapfile -t packages < <(printf '%s\n' "${packages[@]}" | grep -x 'python3-venv' || true)
    fi
    command -v systemd-sysusers >/dev/null || packages+=(systemd)
    need_packages "${packages[@]}"
    python_suits /usr/bin/python3 || fail "the service needs the distribution's Python to be 3.11 or later."

    digest=$(sources_digest)
    [[ -z $wheelhouse ]] || check_wheelhouse "$wheelhouse" "$digest"
    previous=$(readlink "$ROOT/current" || true)
    release=$ROOT/releases/$(version_of)
    if [[ -e $release && $(cat "$release/.complete" 2>/dev/null) != "$digest" ]]; then
        release+=-${digest:0:8}
    fi
    if [[ $(cat "$release/.complete" 2>/dev/null) != "$digest" ]] ||
        ! "$release/bin/python" -c 'import appliance' 2>/dev/null; then
        build_release "$release" "$digest" "$wheelhouse"
    fi
    accepts_configuration "$release" ||
        fail "the new release does not take $CONFIG as it is, see above; nothing was changed. Mend it, then run this again."
    [[ $previous == "$release" ]] || changed=yes
    activate "$release"
    if [[ ! -e $CONFIG ]]; then
        install -m 0640 -g ternd "$release/share/ternd/ternd.toml" "$CONFIG"
    fi
    if ! systemd_runs; then
        say "Installed $release. systemd does not run here, so the service was not started."
        enable_units 2>/dev/null || true
        return
    fi
    if [[ $changed == no ]] && systemctl is-active --quiet ternd.service; then
        say "$release is installed and running."
        return
    fi
    if ! start_service || ! stays_healthy; then
        if [[ -n $previous && $previous != "$release" ]]; then
            activate "$previous"
            start_service || true
            fail "the new release did not become ready and stay so; $previous is in force again. See: journalctl -u ternd"
        fi
        fail "the service did not become ready and stay so. See: journalctl -u ternd"
    fi
    prune_releases "$previous"
    say "$release is installed and running. Configuration: $CONFIG. Try: sudo ternd ask \"what time is it\""
}

uninstall() {
    is_root || fail "removing the service needs root: sudo $0 --uninstall"
    local entry
    ! systemd_runs || systemctl disable --now --quiet ternd.service ternd-first-boot.service ternd-infer.socket ternd-infer.service \
        2>/dev/null || true
    rm -f /etc/systemd/system/multi-user.target.wants/ternd{,-first-boot}.service /etc/systemd/system/sockets.target.wants/ternd-infer.socket
    for entry in "${UNITS[@]}"; do
        rm -f "${entry#* }"
    done
    rm -rf "$ROOT"
    [[ ! -L /usr/local/bin/ternd ]] || rm -f /usr/local/bin/ternd
    ! systemd_runs || systemctl daemon-reload
    if [[ ${1:-} == --purge ]]; then
        rm -rf /etc/ternd /var/lib/ternd /etc/systemd/system/ternd.service.d
        ! id -u ternd >/dev/null 2>&1 || userdel ternd
        ! getent group ternd >/dev/null || groupdel ternd
        say "Removed, with its configuration and state."
    else
        say "Removed. Kept: /etc/ternd, /var/lib/ternd, the user ternd (--uninstall --purge removes them)."
    fi
}

check() {
    local status=0
    if [[ -x $ROOT/current/bin/ternd ]]; then
        say "release        $(readlink "$ROOT/current")"
    else
        say "release        not installed"
        return 1
    fi
    if [[ -r $CONFIG ]] || is_root; then
        "$ROOT/current/bin/ternd" config check --config "$CONFIG" >/dev/null && say "configuration  sound" || status=1
    else
        say "configuration  not readable for you: run this with sudo"
        status=1
    fi
    if ! systemd_runs; then
        say "service        systemd does not run here"
    elif systemctl is-active --quiet ternd.service; then
        say "service        running: $(systemctl show -p StatusText --value ternd.service)"
    else
        say "service        not running; see: journalctl -u ternd"
        status=1
    fi
    return "$status"
}

main() {
    local argument=${2:-}
    [[ ${1:-} != --*wheelhouse || -z $argument || $argument == /* ]] || set -- "$1" "$PWD/$argument" "${@:3}"
    cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
    case "${1:-}" in
    "") install_service ;;
    --wheelhouse)
        [[ $# -eq 2 && -d $2 ]] || fail "say where the wheelhouse is: install.sh --wheelhouse DIR"
        install_service "$2"
        ;;
    --make-wheelhouse)
        [[ $# -eq 2 || $# -eq 3 ]] || fail "say where: install.sh --make-wheelhouse DIR"
        make_wheelhouse "$2" "${3:-}"
        ;;
    demo) demo "${@:2}" ;;
    test) run_tests "${@:2}" ;;
    --check) check ;;
    --uninstall)
        [[ $# -eq 1 || ($# -eq 2 && $2 == --purge) ]] || fail "unknown argument after --uninstall: $2"
        uninstall "${2:-}"
        ;;
    -h | --help) usage ;;
    *)
        usage >&2
        fail "unknown command: $1"
        ;;
    esac
}

# Tests source the file for its functions.
[[ ${BASH_SOURCE[0]} != "$0" ]] || main "$@"
