"""Rules run backwards: from a triple to the triples it was made from, and from a missing triple to the condition that fails."""
