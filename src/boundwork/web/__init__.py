"""The explorer: pages and a SPARQL endpoint over HTTP. Shows what explore/ says, and imports no RDF library."""
