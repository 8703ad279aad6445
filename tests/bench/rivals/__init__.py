"""The product beside what somebody would write in its place."""
