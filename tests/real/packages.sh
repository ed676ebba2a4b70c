# Sourced by tests/run and tests/real/run: the servers of the namespace lab, as rows of `wanted` (tests/system.sh).
# shellcheck shell=bash
# shellcheck disable=SC2034  # read by who sources this
real_servers=(
    '/usr/sbin/nsd|nsd|the name servers of the namespace lab'
    '/usr/sbin/unbound|unbound|Unbound in the namespace lab'
    '/usr/sbin/named|bind9|BIND in the namespace lab'
    '/usr/sbin/kresd|knot-resolver|Knot Resolver in the namespace lab'
    '/usr/sbin/pdns_recursor|pdns-recursor|PowerDNS Recursor in the namespace lab'
    '/usr/bin/dnsdist|dnsdist|dnsdist in the namespace lab'
    '/usr/sbin/nft /sbin/nft|nftables|interception in the namespace lab'
    '/usr/sbin/ip /sbin/ip /usr/bin/ip|iproute2|a network of their own for the tests'
    '/usr/bin/unshare|util-linux|a network of their own for the tests'
)
