"""The core of Looksee: no platform SDK, no database driver and no model library is imported outside its edges."""
