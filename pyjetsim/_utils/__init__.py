"""What all rooms use and no user needs to know."""
