"""How it is seen: one module per question a reader asks, and the projector that keeps them."""
