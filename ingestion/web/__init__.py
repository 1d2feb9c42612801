"""How files are fetched from the web, politely and within limits."""
