"""What can happen: facts, decisions, rules."""
