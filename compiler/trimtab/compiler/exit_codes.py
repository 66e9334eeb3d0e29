"""What shells and container runtimes say of a command that can't be run, and of one that does not exist."""

NOT_RUN, NOT_FOUND = 126, 127
