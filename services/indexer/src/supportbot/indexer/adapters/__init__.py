"""Files, formats and tables behind the ports."""
