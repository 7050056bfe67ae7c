"""Files of strangers read as data: zips, trees, notebooks, tables; and files written whole."""
