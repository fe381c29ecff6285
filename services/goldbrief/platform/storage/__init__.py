"""Object storage: a folder or any S3, behind `core.seams.ObjectStore`."""

from goldbrief.platform.storage.directory import DirectoryStore
from goldbrief.platform.storage.opening import open_store
from goldbrief.platform.storage.s3 import S3Store

__all__ = ["DirectoryStore", "S3Store", "open_store"]
