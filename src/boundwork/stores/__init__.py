"""Engines behind one small shape: a query in, an Answer out. pyoxigraph stays in stores.local."""
