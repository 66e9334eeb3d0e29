"""Views drawn with Rich. `trimtab.cli.views` decides what is shown; here it only gets its place and colour."""
