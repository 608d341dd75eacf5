"""What people may ask of their own data: taking it along, bringing it in, having it gone, knowing how long it stays."""
