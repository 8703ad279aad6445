"""A collector for traces: takes OTLP over HTTP as protobuf, and tells what it got."""
