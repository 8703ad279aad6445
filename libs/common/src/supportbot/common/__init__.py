"""What the services share: contracts, bus, database, knowledge index, telemetry, settings."""
