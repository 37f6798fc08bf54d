"""What it costs to poll a thousand sources: CPU seconds of feedsvc and of `reader`, side by side on one server."""
