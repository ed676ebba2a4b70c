"""Who is who by default: the resolvers and fingerprints that come with the program, and worlds that people write."""

from collector.registry.builtin import builtin_fingerprints, builtin_networks, builtin_world, default_policy
from collector.registry.worlds import load_world

__all__ = ["builtin_fingerprints", "builtin_networks", "builtin_world", "default_policy", "load_world"]
