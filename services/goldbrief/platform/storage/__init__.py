"""Object storage: a folder or any S3, behind `core.seams.ObjectStore`; buckets of users."""

from goldbrief.platform.storage.buckets import BucketObject, Buckets
from goldbrief.platform.storage.directory import DirectoryStore
from goldbrief.platform.storage.opening import open_store
from goldbrief.platform.storage.s3 import S3Store

__all__ = ["BucketObject", "Buckets", "DirectoryStore", "S3Store", "open_store"]
