"""One module a page: a request in, what explore says of it out, in the form that was asked for."""
