"""The pages of a shop: who is shopping, what they are recommended, and why."""
