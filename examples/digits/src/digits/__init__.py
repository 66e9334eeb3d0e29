"""Handwritten digits: prepare, train, evaluate. Each module is a step of mlsystem.yaml."""
