"""Pure rules and types of the gateway."""
