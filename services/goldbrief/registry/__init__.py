"""Model versions, their delivery to the engine, and the pointer to the one that is served."""
