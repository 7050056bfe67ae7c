"""Deep networks of blocks, with and without skip connections, and a trainer that can stop and resume."""
