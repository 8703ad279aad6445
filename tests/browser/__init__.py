"""Pages in a real browser: the product's routes served to headless Chromium."""
