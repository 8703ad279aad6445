"""What the gateway consists of, a module for each part."""
