"""One module a command: `add_arguments(parser)` and `run(args)`. Each is imported only when it is called."""
