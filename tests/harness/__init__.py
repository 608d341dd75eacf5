"""What tests stand on: real engines, an application over them, a browser of sorts, workers, mail."""
