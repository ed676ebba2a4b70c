"""The scripted lab: a world written in a TOML file, played on loopback ports by honest and lying resolvers."""
