"""What a person is shown, as values: pure functions from state to rows. No colour, no terminal, no clock."""
