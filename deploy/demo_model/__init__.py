"""The recipe of the demo model: screenshots drawn and asked about, training, export. Run as ``python -m
deploy.demo_model`` from the project's root; see README.md beside this file."""
