"""A class graded by the workers of a Dask cluster: the teacher's side, and what runs on a worker."""
