"""What stands behind the gateway's ports."""
