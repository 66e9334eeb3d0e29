"""The language's shape without pydantic: what a pre-commit hook needs to know of it."""
