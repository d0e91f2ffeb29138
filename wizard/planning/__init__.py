"""Pure planning: facts, target and policy go in, exact bytes come out."""
