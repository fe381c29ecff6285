"""gRPC: server bootstrap, interceptors, channels and error details.

`channel` and `status` are the client's half; they need nothing but grpc, and the SDK
uses them. `server`, `interceptors` and `work_messages` are the services' half.
"""
