# What several scripts share. Sourced, with `set -euo pipefail` in force.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=${SWIFTLET_CONFIGURATION:-debug}

say() { printf '\n\033[1m== %s\033[0m\n' "$*" >&2; }
die() { echo "$(basename "$0"): $*" >&2; exit 1; }

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
        grep -E 'error:|warning:' -A 4 "$log" | head -100 >&2 || true
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

build_directory() { swift build --package-path "$repository" -c "$configuration" --show-bin-path; }

booted_with_systemd() { [ -d /run/systemd/system ]; }
