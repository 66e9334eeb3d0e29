"""What `trimtab init` writes: one folder a template, as it stands, but for the system's name."""
