"""Everything on one machine: embedded Postgres, collector, probes, and in a lab the world they measure."""
