# Sourced by tests/run, tests/bench/run and deploy/demo.sh: system packages, and a network namespace that holds nothing but loopback.
# shellcheck shell=bash
# The caller sets `wanted`, an array of rows: file(s) that show it is there | Debian package | what it is wanted for

say() { printf '%s: %s\n' "${0#"$PWD"/}" "$*" >&2; }

present() {
    local file
    for file in $1; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

missing() {
    local row
    for row in "${wanted[@]}"; do
        present "${row%%|*}" || printf '%s\n' "$row"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# Installing a server must not start one: Debian asks policy-rc.d, which is ours while apt runs and then what it was.
policy=/usr/sbin/policy-rc.d
aside=$policy.before-ottempera
install() {
    local status=0
    ! as_root test -e "$policy" || as_root mv "$policy" "$aside"
    trap restore_policy EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -qq -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@" >/dev/null || status=$?
    restore_policy
    trap - EXIT
    return "$status"
}
restore_policy() {
    as_root rm -f "$policy"
    ! as_root test -e "$aside" || as_root mv "$aside" "$policy"
}

# Installs what is missing where it may (Debian, Ubuntu; as root or with sudo), and says what is done without.
provide() {
    local package purpose
    if [ -n "$(missing)" ] && command -v apt-get >/dev/null && as_root true 2>/dev/null; then
        say 'apt-get update'
        as_root apt-get update -qq || say 'apt-get update failed; trying with the lists that are there'
        while IFS='|' read -r _ package _; do
            say "installing $package"
            install "$package" </dev/null || say "$package cannot be installed here"
        done < <(missing)
    fi
    while IFS='|' read -r _ package purpose; do
        say "not installed: $package. Skipped or done without: $purpose."
    done < <(missing)
}

# Becomes the command, inside a network namespace of its own where the machine lets us make one.
# Root may make one. Others make one in a user namespace, where they are root for long enough to bring loopback up, and
# go back to their own id in a second one: Postgres refuses to run as root, even as root of nothing.
alone() {
    # shellcheck disable=SC2016  # the inner shells expand
    local raise='ip link set lo up && exec "$@"'
    local back=(unshare --user "--map-user=$(id -u)" "--map-group=$(id -g)" --)
    if [ "$(id -u)" = 0 ] && unshare --net -- sh -c "$raise" sh true 2>/dev/null; then
        exec unshare --net -- sh -c "$raise" sh "$@"
    elif [ "$(id -u)" != 0 ] && unshare --user --map-root-user --net -- sh -c "$raise" sh "${back[@]}" true 2>/dev/null; then
        exec unshare --user --map-root-user --net -- sh -c "$raise" sh "${back[@]}" "$@"
    fi
    say "this machine lets us make no network namespace: ${without:-everything runs on its own network}."
    exec "$@"
}
