"""Devices on the path between a probe and its resolvers, for the namespace lab: they redirect, drop, race and forge.

Everything here works on the loopback of a network namespace that has no way out. `rules` is what nftables does by
itself; `device` runs what needs a program: the meddler of datagrams, the relay of port 53 over TCP, the TLS front with a
certificate that nobody trusts. `tap` is no device: it notes every datagram that a probe is handed.
"""
