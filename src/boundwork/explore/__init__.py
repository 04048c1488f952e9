"""Everything that a face shows, as plain values: answers with their honesty, evidence, explanations, resolved extracts."""
