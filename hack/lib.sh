# What several scripts share. Sourced, with `set -euo pipefail` in force.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=${SWIFTLET_CONFIGURATION:-debug}

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }
die() { echo "$(basename "$0"): $*" >&2; exit 1; }

# grep, for which it is no failure to find nothing; not to be able to search still is one.
lines_with() { grep "$@" || [ $? = 1 ]; }

# The compiler, also where only the toolchain's own folder is known.
find_swift() {
    command -v swift >/dev/null || PATH=$PATH:/opt/swift/usr/bin:/usr/share/swift/usr/bin
    command -v swift >/dev/null || die "no Swift compiler: put Swift 6.3's usr/bin on PATH"
}

# Builds with the arguments given, quietly: what the compiler says is shown when it fails.
build() {
    find_swift
    local log
    log=$(mktemp)
    if ! swift build --package-path "$repository" -c "$configuration" "$@" >"$log" 2>&1; then
        lines_with -E 'error:|warning:' -A 4 "$log" | head -100 >&2
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

build_directory() { swift build --package-path "$repository" -c "$configuration" --show-bin-path; }

booted_with_systemd() { [ -d /run/systemd/system ]; }

# Makes CNI plugins find an iptables that works on this kernel: Debian's speaks nftables, which needs nft_compat; where
# that is missing, links to the older variant are put into the directory $1, and it becomes the first of PATH.
choose_iptables() {
    rule=(-w -t nat -A OUTPUT -m addrtype --dst-type LOCAL -m comment --comment try -j RETURN)
    if unshare --net iptables "${rule[@]}" 2>/dev/null; then return 0; fi
    unshare --net iptables-legacy "${rule[@]}" 2>/dev/null || { echo "warning: no iptables works here" >&2; return 0; }
    mkdir -p "$1"
    for name in iptables ip6tables; do
        for suffix in '' -save -restore; do
            ln -sfn "$(command -v $name-legacy$suffix)" "$1/$name$suffix"
        done
    done
    export PATH=$1:$PATH
}

# The agent that hack/up has started without systemd. The number of one that is gone may be another process's by now.
agent_record=/run/swiftlet-up.pid
background_agent_runs() {
    [ -e $agent_record ] \
        && cat "/proc/$(cat $agent_record)/cmdline" 2>/dev/null | tr '\0' ' ' | grep -q '/usr/bin/swiftlet run '
}
stop_background_agent() {
    ! background_agent_runs || kill "$(cat $agent_record)"
    until_true 60 eval '! background_agent_runs' || kill -KILL "$(cat $agent_record)"
    rm -f $agent_record
}

# Waits until a condition holds; at most so many half seconds.
until_true() {
    local tries=$1
    shift
    for ((; tries > 0; tries--)); do
        if "$@"; then return 0; fi
        sleep 0.5
    done
    return 1
}
