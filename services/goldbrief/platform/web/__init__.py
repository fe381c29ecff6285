"""HTTP servers of our own: uvicorn in a thread, and clients that leave."""
