"""What it costs to publish one new article where there are many feeds and many events."""
