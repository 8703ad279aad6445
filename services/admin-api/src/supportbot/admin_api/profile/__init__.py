"""What operators change about themselves: language, password, codes from an app, where they are signed in."""
